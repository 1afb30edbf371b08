//! Gives an environment as many instances as the live one has, before it goes live.

use mist_core::{
    beanstalk::capacity::Group,
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Groups, Locks, Monitor},
    release::{capacity::CapacityWait, state::Holder, steps},
};

use crate::{
    request::{Match, Response},
    serving::Service,
};

/// The time in seconds for which the instances that *Wait until healthy* found count: less than the pause before the
/// next attempt.
const JUST_SECONDS: i64 = 10;

/// The reason why instances may be missing, as the end of a message.
const HINT: &str =
    "; a scaling policy may have terminated them; to go live without them, set `matchSize: false`";

/// Gives the environment at least as many instances as the live one has, and waits until that many run the version
/// and the health is good enough. Without the wait, an error is only a `problem` of the response.
pub(crate) async fn run(
    (groups, beanstalk, locks, clock): (
        &impl Groups,
        &(impl Beanstalk + Monitor),
        &impl Locks,
        &impl Clock,
    ),
    lock: (&StackName, &Holder),
    wait: CapacityWait<'_>,
    (request, serving): (&Match, Option<u32>),
) -> Result<Response, Error> {
    let grown = grow((groups, locks, clock), lock, wait.environment, request).await;
    let response = |instances, live_instances| Response {
        action: "match",
        instances,
        live_instances,
        ..Response::default()
    };
    if request.wait {
        let (group, wanted) = grown.map_err(|error| wait.later(error))?;
        if group.in_service < wanted {
            return Err(wait.not_reached(group.in_service, wanted, HINT));
        }
        // *Wait until healthy* has just found that many with the version. By the next attempt, instances may have been
        // replaced.
        if wait.seconds < JUST_SECONDS && serving.is_some_and(|serving| serving >= wanted) {
            return Ok(response(Some(group.capacity.desired), Some(wanted)));
        }
        let Match { version, allowed_health: allowed, .. } = request;
        let service =
            Service { instances: wanted, version: version.as_deref(), allowed, hint: HINT };
        let look = service.look(beanstalk, wait).await;
        look.map_err(|error| wait.later(error))?;
        return Ok(response(Some(group.capacity.desired), Some(wanted)));
    }
    Ok(match grown {
        Ok((group, wanted)) => response(Some(group.capacity.desired), Some(wanted)),
        Err(error) => {
            let problem = format!("capacity of `{}` is not matched: {error}", wait.environment);
            tracing::warn!("{problem}");
            Response { problem: Some(problem), ..response(None, None) }
        }
    })
}

/// Requests as many instances as the live environment has, within the maximum. Returns the group, and the number of
/// instances of the live environment.
async fn grow(
    (groups, locks, clock): (&impl Groups, &impl Locks, &impl Clock),
    (stack, holder): (&StackName, &Holder),
    environment: &EnvironmentName,
    Match { live, wait, .. }: &Match,
) -> Result<(Group, u32), Error> {
    let wanted = groups.group(live).await?.capacity.desired;
    let mut group = groups.group(environment).await?;
    let possible = wanted.min(group.capacity.max);
    // A rollback to too few instances is better than none.
    if *wait && group.capacity.desired.max(possible) < wanted {
        let environment = environment.to_string();
        return Err(Error::TooSmall { environment, max: group.capacity.max, wanted });
    }
    steps::hold(locks, clock, stack, holder).await?;
    if group.capacity.desired < possible {
        groups.set_capacity(&group.name, group.capacity.min, possible).await?;
        tracing::info!(environment.name = %environment, "`{environment}` gets {possible} instances");
        group.capacity.desired = possible;
    }
    Ok((group, wanted))
}
