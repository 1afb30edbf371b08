//! Operations that change neither version nor settings.

use super::run::Run;
use super::summary::Executed;
use super::{checks, command, launch, scaling};
use crate::engine::Superseded;
use crate::world::{NEWS, Severity};

/// Restarts the application servers.
pub(crate) async fn restart(mut run: Run) -> Result<(), Superseded> {
    run.start_activity("Application restart")?;
    run.info("restartAppServer is starting.")?;
    run.pass(3.0).await;
    let summary = command::restart(&run).await?;
    run.catch_up();
    run.pass(4.0).await;
    for _ in summary.with(Executed::Successful) {
        run.info("Instance deployment completed successfully.")?;
    }
    if summary.all_successful() {
        run.finish(Severity::Info, "Restarted application server on all ec2 instances.")?;
    } else {
        let ids = summary.unsuccessful().join(", ");
        run.error(format!(
            "Unsuccessful command execution on instance id(s) '{ids}'. Aborting the operation."
        ))?;
        run.finish(Severity::Error, "Failed to restart application servers.")?;
    }
    settle(run).await
}

/// Rebuilds an environment: replaces all instances.
pub(crate) async fn rebuild(mut run: Run) -> Result<(), Superseded> {
    run.start_activity("Rebuild")?;
    run.info("rebuildEnvironment is starting.")?;
    run.pass(5.0).await;
    let ids = run.environment(|environment| environment.instance_ids())?;
    launch::remove(&mut run, &ids).await?;
    run.environment(|environment| environment.group.rebuild(&environment.options))?;
    run.assess()?;
    run.pass(14.0).await;
    run.info("Waiting for EC2 instances to launch. This may take a few minutes.")?;
    scaling::fit(&mut run).await?;
    run.pass(5.0).await;
    run.finish(Severity::Info, "rebuildEnvironment completed successfully.")?;
    settle(run).await
}

/// Updates the tags of an environment.
pub(crate) async fn tag(mut run: Run) -> Result<(), Superseded> {
    run.info("Environment tag update is starting.")?;
    run.pass(10.0).await;
    run.finish(Severity::Info, "Environment tag update completed successfully.")
}

async fn settle(mut run: Run) -> Result<(), Superseded> {
    checks::look(&run.engine, &run.environment_id).await?;
    run.pass(NEWS).await;
    run.assess()
}
