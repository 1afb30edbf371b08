//! The exchange of two environments' host names.

use super::run::Run;
use super::script::Script;
use crate::world::{Change, Environment, Severity, Superseded};

/// Runs a swap to its end; the run is the source's, and both environments are busy.
pub(crate) async fn run(
    run: Run,
    source: Environment,
    destination: Environment,
) -> Result<(), Superseded> {
    run.play(script(&source, &destination)).await
}

fn script(source: &Environment, destination: &Environment) -> Script {
    let names = format!("'{}' and '{}'", source.name, destination.name);
    let host = destination.cname.as_deref().unwrap_or_default();
    let endpoint = source.endpoint().unwrap_or_default();
    Script::new()
        .info(0.0, "swapEnvironmentCNAMEs is starting.")
        .info(0.0, format!("Swapping CNAMEs for environments {names}."))
        .at(5.0, [Change::SwapCnames(destination.id.clone())])
        .info(5.0, format!("'{host}' now points to '{endpoint}'."))
        .at(
            6.0,
            [
                Change::Free(destination.id.clone()),
                Change::Finish,
                Change::Say(
                    Severity::Info,
                    format!("Completed swapping CNAMEs for environments {names}."),
                ),
            ],
        )
}
