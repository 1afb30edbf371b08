//! Takes all instances away from an environment, and remembers how many it had.

#[cfg(test)]
mod tests;

use mist_core::{
    Environment, EnvironmentName, EnvironmentStatus, Error, Group, Holder, RecordRef, Side, Sizes,
    StackName,
    ledger::Stopped,
    ports::{Beanstalk, Clock, Dns, Groups, Ledger},
};
use serde::{Deserialize, Serialize};

/// Everything that is looked at and changed.
#[derive(Debug)]
pub struct World<G, B, D, L, C> {
    /// The groups.
    pub groups: G,
    /// The environments.
    pub beanstalk: B,
    /// The record that says which side is live.
    pub dns: D,
    /// What mist remembers.
    pub ledger: L,
    /// The time.
    pub clock: C,
}

/// What to stop.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The run, which must have the stack's lock.
    pub holder: Holder,
    /// The side.
    pub side: Side,
    /// Its environment.
    pub environment: EnvironmentName,
    /// The record that decides which side is live.
    pub record: RecordRef,
    /// Whether it may be stopped even if it is live.
    pub live: bool,
}

/// The environment has no instances.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The sizes that it gets back when it is started; null when somebody else had stopped it.
    pub remembered: Option<Sizes>,
}

/// Stops the environment. [`Error::NotReady`] asks to look again later, until its last instance is gone, and
/// so does [`Error::EnvironmentBusy`]. Running it again changes nothing, and least of all what is remembered.
///
/// The group is changed and not the environment's configuration: Beanstalk refuses a `MinSize` of 0, and no
/// scheduled action may be left behind, since Beanstalk then refuses rolling updates. The next update that
/// changes the environment's sizes gives it its instances back.
pub async fn run<G: Groups, B: Beanstalk, D: Dns, L: Ledger, C: Clock>(
    world: &World<G, B, D, L, C>,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, side, environment, record, live } = request;
    let Group { name, sizes, instances, .. } = world.groups.group(&environment).await?;
    let state = world.ledger.state(&stack).await?;
    let mut remembered = state.stopped(side, &environment);
    if !sizes.is_stopped() || sizes.min > 0 {
        let found = ready(&world.beanstalk, &environment).await?;
        // Somebody may have moved the name here since the plan was made.
        if !live && world.dns.record(&record).await?.leads_to(&found.cname) {
            return Err(Error::EnvironmentIsLive {
                environment: found.name,
                remedy: "somebody moved the name there since this was planned".to_owned(),
            });
        }
        state.check_holder(&holder, world.clock.now().as_second())?;
        // A minimum of 0 is what an earlier call made of it; an alarm may have added instances since.
        if sizes.min > 0 || remembered.is_none() {
            // First of all: without it nobody could start the environment again.
            let stopped = Stopped { environment: environment.clone(), sizes };
            world.ledger.remember_stopped(&stack, side, &stopped).await?;
            remembered = Some(sizes);
        }
        world.groups.resize(&name, 0, 0).await?;
        tracing::info!(environment.name = %environment, "`{environment}` loses its instances");
    }
    if instances > 0 {
        let status = format!("{instances} instances are not gone yet");
        return Err(Error::NotReady { what: format!("environment `{environment}`"), status });
    }
    Ok(Response { remembered })
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
