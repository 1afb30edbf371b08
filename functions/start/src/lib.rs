//! Gives an environment back the instances that it had before it was stopped.

#[cfg(test)]
mod tests;

use mist_core::{
    EnvironmentName, Error, Group, Holder, Side, Sizes, StackName,
    ports::{Clock, Groups, Ledger},
};
use serde::{Deserialize, Serialize};

/// What to start.
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

/// The environment has its instances again. What they run was not looked at.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The sizes of its group.
    pub sizes: Sizes,
}

/// Gives the environment its sizes back. [`Error::NotReady`] asks to look again later, until as many
/// instances are in service as there shall be. Running it again changes nothing.
pub async fn run(
    groups: &impl Groups,
    ledger: &impl Ledger,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, side, environment } = request;
    let Group { name, sizes, in_service, .. } = groups.group(&environment).await?;
    if !sizes.is_stopped() {
        if in_service >= sizes.desired {
            return Ok(Response { sizes });
        }
        return Err(waits(&environment, in_service, sizes));
    }
    let state = ledger.state(&stack).await?;
    let Some(sizes) = state.stopped(side, &environment) else {
        return Err(Error::SizesUnknown { environment: environment.to_string() });
    };
    state.check_holder(&holder, clock.now().as_second())?;
    groups.resize(&name, sizes.min, sizes.desired).await?;
    tracing::info!(environment.name = %environment, "`{environment}` gets {} instances", sizes.desired);
    Err(waits(&environment, in_service, sizes))
}

fn waits(environment: &EnvironmentName, in_service: u32, sizes: Sizes) -> Error {
    Error::NotReady {
        what: format!("environment `{environment}`"),
        status: format!("{in_service} of {} instances are in service", sizes.desired),
    }
}
