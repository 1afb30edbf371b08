//! Scales an environment to zero instances, and remembers its capacity.

use mist_core::{
    beanstalk::{
        capacity::Group,
        environment::{Environment, EnvironmentStatus},
    },
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Dns, Groups, Locks},
    release::{
        capacity::CapacityWait,
        records,
        state::{Holder, Stopped},
        steps,
    },
};

use crate::request::{Response, Stop};

/// Scales the environment to zero instances, and waits until the last one is terminated. If Beanstalk is updating the
/// environment, the error is [`Error::EnvironmentBusy`]. Running again changes nothing, and keeps the remembered capacity.
///
/// It changes the Auto Scaling group, not the configuration of the environment: Beanstalk refuses a `MinSize` of 0. A
/// scheduled action is no alternative, as Beanstalk refuses rolling updates while there is one. The next update that
/// changes the capacity in the configuration starts instances again.
pub(crate) async fn run(
    (groups, beanstalk, dns, locks, clock): (
        &impl Groups,
        &impl Beanstalk,
        &impl Dns,
        &impl Locks,
        &impl Clock,
    ),
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
        // The records may have changed since the release was planned.
        if !live {
            records::check_idle(dns, (stack, record), &found).await?;
        }
        // Before the change: without a remembered capacity, the environment cannot be started again.
        remembered = steps::change(locks, stack, |state| {
            let known = state.stopped(*side, environment);
            // A minimum of 0 is the work of an earlier call; a scaling policy may have added instances since.
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

/// The environment, if Beanstalk is not updating it: an update needs its instances.
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
