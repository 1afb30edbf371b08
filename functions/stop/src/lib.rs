//! Takes all instances away from an environment, and remembers how many it had.

#[cfg(test)]
mod tests;

use mist_core::{
    EnvironmentName, Error, Group, Holder, Side, Sizes, StackName,
    ledger::Stopped,
    ports::{Clock, Groups, Ledger},
};
use serde::{Deserialize, Serialize};

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
}

/// The environment has no instances.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The sizes that it gets back when it is started; null when somebody else had stopped it.
    pub remembered: Option<Sizes>,
}

/// Stops the environment. [`Error::NotReady`] asks to look again later, until its last instance is gone.
/// Running it again changes nothing, and least of all what is remembered.
///
/// The group is changed and not the environment's configuration: Beanstalk refuses a `MinSize` of 0, and no
/// scheduled action may be left behind, since Beanstalk then refuses rolling updates. The next update that
/// changes the environment's sizes gives it its instances back.
pub async fn run(
    groups: &impl Groups,
    ledger: &impl Ledger,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, side, environment } = request;
    let Group { name, sizes, instances, .. } = groups.group(&environment).await?;
    let state = ledger.state(&stack).await?;
    let mut remembered = state.stopped(side, &environment);
    if !sizes.is_stopped() || sizes.min > 0 {
        state.check_holder(&holder, clock.now().as_second())?;
        // First of all: without it nobody could start the environment again.
        let stopped = Stopped { environment: environment.clone(), sizes };
        ledger.remember_stopped(&stack, side, &stopped).await?;
        remembered = Some(sizes);
        groups.resize(&name, sizes.stopped()).await?;
        tracing::info!(environment.name = %environment, "`{environment}` loses its instances");
    }
    if instances > 0 {
        let status = format!("{instances} instances are not gone yet");
        return Err(Error::NotReady { what: format!("environment `{environment}`"), status });
    }
    Ok(Response { remembered })
}
