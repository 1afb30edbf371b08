//! Makes a side as large as the live one before it goes live.

#[cfg(test)]
mod tests;

use mist_core::{
    AllowedHealth, EnvironmentName, Error, Group, Holder, StackName,
    ports::{Beanstalk, Clock, Groups, Ledger, Monitor},
};
use serde::{Deserialize, Serialize};

/// Everything that is looked at and changed.
#[derive(Debug)]
pub struct World<G, B, L, C> {
    /// The groups.
    pub groups: G,
    /// The environments, and what runs on their instances.
    pub beanstalk: B,
    /// What mist remembers: who has the lock.
    pub ledger: L,
    /// The time.
    pub clock: C,
}

/// Which sides.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The run, which must have the stack's lock.
    pub holder: Holder,
    /// The environment that goes live.
    pub environment: EnvironmentName,
    /// The version that its instances must run; null when it runs none.
    pub version: Option<String>,
    /// The environment that is live.
    pub live: EnvironmentName,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
    /// Whether to wait for new instances. A way back has no time for that.
    pub wait: bool,
}

/// How large both sides are.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// How many instances the environment that goes live has or gets; null when that could not be told.
    pub instances: Option<u32>,
    /// How many the live one has; null when that could not be told.
    pub live_instances: Option<u32>,
    /// What went wrong where nobody waits.
    pub problem: Option<String>,
}

/// Gives the environment at least as many instances as the live one has. [`Error::NotReady`] asks to look
/// again later, until so many of them run the version, and do well. Where nobody waits, nothing is an error.
/// Running it again changes nothing.
pub async fn run<G: Groups, B: Beanstalk + Monitor, L: Ledger, C: Clock>(
    world: &World<G, B, L, C>,
    request: Request,
) -> Result<Response, Error> {
    if request.wait {
        return matched(world, &request).await;
    }
    Ok(match asked(world, &request).await {
        Ok((group, live_instances)) => Response {
            instances: Some(group.sizes.desired),
            live_instances: Some(live_instances),
            problem: None,
        },
        Err(error) => {
            let problem = format!("how large the side is could not be looked after: {error}");
            tracing::warn!("{problem}");
            Response { instances: None, live_instances: None, problem: Some(problem) }
        }
    })
}

/// The group, with as many instances asked for as the live one has, or as it may have; and how many those are.
async fn asked<G: Groups, B, L: Ledger, C: Clock>(
    World { groups, ledger, clock, .. }: &World<G, B, L, C>,
    Request { stack, holder, environment, live, wait, .. }: &Request,
) -> Result<(Group, u32), Error> {
    let wanted = groups.group(live).await?.sizes.desired;
    let mut group = groups.group(environment).await?;
    let possible = wanted.min(group.sizes.max);
    // One that must go live at once had better be too small than not there.
    if *wait && group.sizes.desired.max(possible) < wanted {
        let environment = environment.to_string();
        return Err(Error::TooSmall { environment, max: group.sizes.max, wanted });
    }
    if group.sizes.desired < possible {
        ledger.state(stack).await?.check_holder(holder, clock.now().as_second())?;
        groups.resize(&group.name, group.sizes.min, possible).await?;
        tracing::info!(environment.name = %environment, "`{environment}` gets {possible} instances");
        group.sizes.desired = possible;
    }
    Ok((group, wanted))
}

async fn matched<G: Groups, B: Beanstalk + Monitor, L: Ledger, C: Clock>(
    world: &World<G, B, L, C>,
    request: &Request,
) -> Result<Response, Error> {
    let environment = &request.environment;
    let (Group { sizes, in_service, .. }, wanted) = asked(world, request).await?;
    if in_service < wanted {
        return Err(waits(environment, in_service, wanted));
    }
    // In service is an instance that runs; what it runs, only enhanced health tells.
    if let Some(instances) = world.beanstalk.instances(environment).await? {
        let ours = instances.iter().filter(|it| {
            it.version == request.version && it.deployment.as_deref() == Some("Deployed")
        });
        let ours = u32::try_from(ours.count()).unwrap_or(u32::MAX);
        if ours < wanted {
            return Err(waits(environment, ours, wanted));
        }
    }
    // New instances make the health worse for a moment, and with that the side does not go live.
    let found = world.beanstalk.environments(&[environment]).await?.pop();
    if let Some(found) = found.filter(|found| !request.allowed_health.allows(&found.health)) {
        let what = format!("environment `{environment}`");
        return Err(Error::NotReady { what, status: format!("its health is {}", found.health) });
    }
    Ok(Response { instances: Some(sizes.desired), live_instances: Some(wanted), problem: None })
}

fn waits(environment: &EnvironmentName, found: u32, wanted: u32) -> Error {
    Error::NotReady {
        what: format!("environment `{environment}`"),
        status: format!(
            "{found} of {wanted} instances serve, as many as the live side has; a scaling policy may take \
             them away again, and `matchSize: false` goes live without them"
        ),
    }
}
