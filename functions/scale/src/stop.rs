//! Takes all instances away from an environment, and remembers how many it had.

use mist_core::{
    beanstalk::{
        capacity::Group,
        environment::{Environment, EnvironmentStatus},
    },
    dns::record::RecordRef,
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Dns, Groups, Locks},
    release::{
        capacity::CapacityWait,
        state::{Holder, Stopped},
        steps,
    },
    stack::side::Side,
};
use serde::Deserialize;

use crate::{Response, World};

/// The side of the environment, and whether it may be live.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stop {
    /// The side.
    pub side: Side,
    /// The record that decides which environment is live.
    pub record: RecordRef,
    /// Whether it may be stopped even if it is live.
    pub live: bool,
}

/// Takes the instances away, and waits until the last one is gone. An environment that Beanstalk works on is
/// [`Error::EnvironmentBusy`]. Running it again changes nothing, and least of all what is remembered.
///
/// The group is changed and not the environment's configuration: Beanstalk refuses a `MinSize` of 0, and no
/// scheduled action may be left behind, since Beanstalk then refuses rolling updates. The next update that
/// changes the environment's sizes gives it its instances back.
pub(crate) async fn run<G: Groups, B: Beanstalk, D: Dns, L: Locks, C: Clock>(
    World { groups, beanstalk, dns, locks, clock }: &World<G, B, D, L, C>,
    (stack, holder): (&StackName, &Holder),
    wait: CapacityWait<'_>,
    Stop { side, record, live }: &Stop,
) -> Result<Response, Error> {
    let environment = wait.environment;
    let Group { name, capacity, instances, .. } = groups.group(environment).await?;
    let state = steps::hold(locks, clock, stack, holder).await?;
    let mut remembered = state.stopped(*side, environment);
    if !capacity.is_stopped() || capacity.min > 0 {
        let found = ready(beanstalk, environment).await?;
        // The record may have moved here since the release was planned.
        if !live && dns.record(record).await?.points_to(&found.cname) {
            return Err(Error::EnvironmentIsLive {
                environment: found.name,
                remedy: "somebody moved the name there since this was planned".to_owned(),
            });
        }
        // First of all: without it, the environment cannot be started again.
        remembered = steps::change(locks, stack, |state| {
            let known = state.stopped(*side, environment);
            // A minimum of 0 is what an earlier call made of it; an alarm may have added instances since.
            if capacity.min == 0 && known.is_some() {
                return state.lease_of(holder).map(|_| (None, known));
            }
            let stopped = Stopped { environment: environment.clone(), capacity };
            Ok((Some(state.stopping(holder, *side, stopped)?), Some(capacity)))
        })
        .await?;
        groups.set_capacity(&name, 0, 0).await?;
        tracing::info!(environment.name = %environment, "`{environment}` loses its instances");
    }
    if instances > 0 && wait.timed_out() {
        return Err(wait.not_reached(instances, 0, "; they are not gone yet"));
    }
    if instances > 0 {
        return Err(wait.not_ready(format!("{instances} instances are not gone yet")));
    }
    Ok(Response { action: "stop", instances: Some(0), remembered, ..Response::default() })
}

/// The environment, if Beanstalk does nothing with it: nobody takes its instances away then.
async fn ready(
    beanstalk: &impl Beanstalk,
    environment: &EnvironmentName,
) -> Result<Environment, Error> {
    let Some(found) = beanstalk.environments(&[environment]).await?.pop() else {
        return Err(Error::EnvironmentMissing { environment: environment.to_string() });
    };
    match found.status {
        EnvironmentStatus::Ready => Ok(found),
        status => {
            let status = status.to_string();
            Err(Error::EnvironmentBusy { environment: found.name, status })
        }
    }
}
