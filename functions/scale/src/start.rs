//! Gives an environment back the instances that it had before it was stopped, and waits until it serves.

use mist_core::{
    beanstalk::health::AllowedHealth,
    error::Error,
    names::StackName,
    ports::{Beanstalk, Clock, Groups, Locks, Monitor},
    release::{
        capacity::{self, CapacityWait},
        state::Holder,
    },
    stack::side::Side,
};
use serde::Deserialize;

use crate::{Response, World, serving::Service};

/// The side of the environment, and how it must serve.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Start {
    /// The side.
    pub side: Side,
    /// The version that its instances must run; null if the environment runs none.
    pub version: Option<String>,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
    /// The longest time in seconds that all this may take.
    pub timeout_seconds: i64,
}

/// Gives the environment its capacity back, and waits until every instance in service runs the version and the
/// health is good enough.
pub(crate) async fn run<G: Groups, B: Beanstalk + Monitor, D, L: Locks, C: Clock>(
    World { groups, beanstalk, locks, clock, .. }: &World<G, B, D, L, C>,
    lock: (&StackName, &Holder),
    wait: CapacityWait<'_>,
    Start { side, version, allowed_health, .. }: &Start,
) -> Result<Response, Error> {
    let group = capacity::restore((groups, locks, clock), lock, *side, wait).await?;
    let service = Service {
        instances: group.in_service,
        version: version.as_deref(),
        allowed: allowed_health,
        hint: "",
    };
    let health = service.look(beanstalk, wait).await.map_err(|error| wait.later(error))?;
    let (environment, instances) = (wait.environment, group.capacity.desired);
    tracing::info!(environment.name = %environment, "`{environment}` has {instances} instances and is {health}");
    let (instances, health) = (Some(instances), Some(health));
    Ok(Response { action: "start", instances, health, ..Response::default() })
}
