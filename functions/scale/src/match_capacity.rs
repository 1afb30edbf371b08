//! Gives an environment as many instances as the live one has, before it goes live.

use mist_core::{
    beanstalk::{capacity::Group, health::AllowedHealth},
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Groups, Locks, Monitor},
    release::{capacity::CapacityWait, state::Holder, steps},
};
use serde::Deserialize;

use crate::{Response, World, serving::Service};

const HINT: &str =
    "; a scaling policy may take them away again, and `matchSize: false` goes live without them";

/// The live environment, and how the other one must serve.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Match {
    /// The version that the instances must run; null if the environment runs none.
    pub version: Option<String>,
    /// The live environment.
    pub live: EnvironmentName,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
    /// Whether to wait for new instances. A rollback has no time for that.
    pub wait: bool,
}

/// Gives the environment at least as many instances as the live one has, and waits until so many run the version
/// and the health is good enough. If it does not wait, nothing is an error.
pub(crate) async fn run<G: Groups, B: Beanstalk + Monitor, D, L: Locks, C: Clock>(
    world: &World<G, B, D, L, C>,
    lock: (&StackName, &Holder),
    wait: CapacityWait<'_>,
    (request, serving): (&Match, Option<u32>),
) -> Result<Response, Error> {
    let grown = grow(world, lock, wait.environment, request).await;
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
        // The wait for the deployment has just found so many that run the version: nothing came since.
        if serving.is_some_and(|serving| serving >= wanted) {
            return Ok(response(Some(group.capacity.desired), Some(wanted)));
        }
        let Match { version, allowed_health: allowed, .. } = request;
        let service =
            Service { instances: wanted, version: version.as_deref(), allowed, hint: HINT };
        let look = service.look(&world.beanstalk, wait).await;
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

/// The group, with as many instances requested as the live one has, or as it may have; and how many those are.
async fn grow<G: Groups, B, D, L: Locks, C: Clock>(
    World { groups, locks, clock, .. }: &World<G, B, D, L, C>,
    (stack, holder): (&StackName, &Holder),
    environment: &EnvironmentName,
    Match { live, wait, .. }: &Match,
) -> Result<(Group, u32), Error> {
    let wanted = groups.group(live).await?.capacity.desired;
    let mut group = groups.group(environment).await?;
    let possible = wanted.min(group.capacity.max);
    // One that must go live at once had better be too small than not there.
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
