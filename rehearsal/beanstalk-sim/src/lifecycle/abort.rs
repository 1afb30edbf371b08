//! The abortion of an update.

use super::command;
use super::deploy;
use super::extensions;
use super::launch;
use super::run::Run;
use crate::engine::Superseded;
use crate::world::{Group, NEWS, Severity};

/// Aborts an update. The label has not changed yet, so the old one stays. Instances with the new version keep it, and
/// new instances are terminated.
pub(crate) async fn run(mut run: Run) -> Result<(), Superseded> {
    run.info("Environment update is aborting.")?;
    run.pass(4.0).await;
    let temporary: Vec<_> = run.environment(|environment| {
        let instances = environment.instances.iter();
        instances
            .filter(|instance| instance.group == Group::Temporary)
            .map(|instance| instance.id.clone())
            .collect()
    })?;
    launch::remove(&mut run, &temporary).await?;
    run.pass(1.0).await;
    let (stopped, release) = run.environment(|environment| {
        environment.give_up();
        environment.pending_options = None;
        environment.restore_settings();
        let instances = environment.instances.iter();
        let stopped = instances.filter(|instance| instance.application.is_none());
        (
            stopped.map(|instance| instance.id.clone()).collect::<Vec<_>>(),
            environment.release.clone(),
        )
    })?;
    extensions::restore(&run)?;
    if !stopped.is_empty() {
        command::put_back(&run, &stopped, &release).await?;
        run.catch_up();
    }
    run.finish(Severity::Error, deploy::aborted())?;
    run.assess()?;
    run.pass(NEWS).await;
    run.assess()
}
