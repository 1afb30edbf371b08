//! Gives a stopped environment its capacity back, and waits until it is healthy.

use mist_core::{
    error::Error,
    names::StackName,
    ports::{Beanstalk, Clock, Groups, Locks, Monitor},
    release::{
        capacity::{self, CapacityWait},
        state::Holder,
    },
};

use crate::{
    request::{Response, Start},
    serving::Service,
};

/// Gives the environment its capacity back, and waits until every instance in service runs the version and the
/// health is good enough.
pub(crate) async fn run(
    (groups, beanstalk, locks, clock): (
        &impl Groups,
        &(impl Beanstalk + Monitor),
        &impl Locks,
        &impl Clock,
    ),
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
