//! The exchange of two environments' host names.

use super::run::{Run, Superseded};
use crate::world::{Environment, Severity, Status};

/// Runs a swap to its end; the run is the source's, and both environments are busy.
pub(crate) async fn run(
    mut run: Run,
    source: Environment,
    destination: Environment,
) -> Result<(), Superseded> {
    let names = format!("'{}' and '{}'", source.name, destination.name);
    let host = destination.cname.clone().unwrap_or_default();
    let endpoint = source.endpoint().unwrap_or_default();
    run.info("swapEnvironmentCNAMEs is starting.")?;
    run.info(format!("Swapping CNAMEs for environments {names}."))?;
    run.pass(5.0).await;
    run.world(|world| {
        for (id, cname) in [(&source.id, &destination.cname), (&destination.id, &source.cname)] {
            if let Some(environment) = world.environment_mut(id) {
                environment.cname.clone_from(cname);
            }
        }
    })?;
    run.info(format!("'{host}' now points to '{endpoint}'."))?;
    run.pass(1.0).await;
    run.world(|world| {
        if let Some(other) = world.environment_mut(&destination.id) {
            other.status = Status::Ready;
        }
    })?;
    run.finish(Severity::Info, format!("Completed swapping CNAMEs for environments {names}."))
}
