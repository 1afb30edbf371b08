//! Makes a side as large as the live one before it goes live.

#[cfg(test)]
mod tests;

use mist_core::{
    EnvironmentName, Error, Group, Holder, Sizes, StackName,
    ports::{Clock, Groups, Ledger, Monitor},
};
use serde::{Deserialize, Serialize};

/// Everything that is looked at and changed.
#[derive(Debug)]
pub struct World<G, B, L, C> {
    /// The groups.
    pub groups: G,
    /// What runs on the instances.
    pub monitor: B,
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
    /// Whether to wait for new instances. A way back has no time for that.
    pub wait: bool,
}

/// How large both sides are.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// How many instances the environment that goes live has or gets.
    pub instances: u32,
    /// How many the live one has.
    pub live_instances: u32,
}

/// Gives the environment at least as many instances as the live one has. [`Error::NotReady`] asks to look
/// again later, until so many of them run the version. Running it again changes nothing.
pub async fn run<G: Groups, B: Monitor, L: Ledger, C: Clock>(
    world: &World<G, B, L, C>,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, environment, version, live, wait } = request;
    let wanted = world.groups.group(&live).await?.sizes.desired;
    let Group { name, sizes, in_service, .. } = world.groups.group(&environment).await?;
    let done = |instances: u32| {
        Ok(Response { instances: instances.max(sizes.desired), live_instances: wanted })
    };
    if sizes.desired < wanted {
        // One that must go live at once had better be too small than not there.
        let possible = wanted.min(sizes.max);
        if possible < wanted && wait {
            let environment = environment.to_string();
            return Err(Error::TooSmall { environment, max: sizes.max, wanted });
        }
        let state = world.ledger.state(&stack).await?;
        state.check_holder(&holder, world.clock.now().as_second())?;
        world.groups.resize(&name, Sizes { desired: possible, ..sizes }).await?;
        tracing::info!(environment.name = %environment, "`{environment}` gets {possible} instances");
        return if wait { Err(waits(&environment, in_service, wanted)) } else { done(possible) };
    }
    if !wait {
        return done(in_service);
    }
    if in_service < wanted {
        return Err(waits(&environment, in_service, wanted));
    }
    // In service is an instance that runs; what it runs, only enhanced health tells.
    if let Some(instances) = world.monitor.instances(&environment).await? {
        let ours = instances
            .iter()
            .filter(|it| it.version == version && it.deployment.as_deref() == Some("Deployed"));
        let ours = u32::try_from(ours.count()).unwrap_or(u32::MAX);
        if ours < wanted {
            return Err(waits(&environment, ours, wanted));
        }
    }
    done(in_service)
}

fn waits(environment: &EnvironmentName, found: u32, wanted: u32) -> Error {
    Error::NotReady {
        what: format!("environment `{environment}`"),
        status: format!("{found} of {wanted} instances serve, as many as the live side has"),
    }
}
