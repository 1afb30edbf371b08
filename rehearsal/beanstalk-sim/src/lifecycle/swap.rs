//! The swap of two environments' host names.

use super::run::Run;
use crate::engine::Superseded;
use crate::world::{Environment, Severity, Status};

/// Swaps the host names of the source (`run`, which records the events) and the destination (`other`). If one of them
/// is superseded, such as by a termination, the other one becomes ready again.
pub(crate) async fn run(
    mut run: Run,
    other: Run,
    source: Environment,
    destination: Environment,
) -> Result<(), Superseded> {
    let names = format!("'{}' and '{}'", source.name, destination.name);
    let exchanged = exchange(&mut run, &other, &source, &destination, &names).await;
    let freed = other.environment(|environment| environment.status = Status::Ready);
    let (severity, message) = if exchanged.and(freed).is_ok() {
        (Severity::Info, format!("Completed swapping CNAMEs for environments {names}."))
    } else {
        // *Assumed* text.
        (Severity::Error, format!("Failed swapping CNAMEs for environments {names}."))
    };
    run.finish(severity, message)
}

async fn exchange(
    run: &mut Run,
    other: &Run,
    source: &Environment,
    destination: &Environment,
    names: &str,
) -> Result<(), Superseded> {
    let host = destination.cname.clone().unwrap_or_default();
    let endpoint = source.endpoint().unwrap_or_default();
    run.info("swapEnvironmentCNAMEs is starting.")?;
    run.info(format!("Swapping CNAMEs for environments {names}."))?;
    run.pass(5.0).await;
    // The source is first, so that no two environments have the same name.
    run.environment(|environment| environment.cname.clone_from(&destination.cname))?;
    if let Err(gone) = other.environment(|environment| environment.cname.clone_from(&source.cname))
    {
        run.environment(|environment| environment.cname.clone_from(&source.cname))?;
        return Err(gone);
    }
    run.info(format!("'{host}' now points to '{endpoint}'."))?;
    run.pass(1.0).await;
    Ok(())
}
