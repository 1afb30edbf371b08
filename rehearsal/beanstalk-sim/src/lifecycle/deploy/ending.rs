//! The ends of deployments, and the events of instances.

use super::deployment::Deployment;
use crate::engine::Superseded;
use crate::lifecycle::command::ForcedOutcome;
use crate::lifecycle::run::Run;
use crate::lifecycle::summary::{Executed, Summary};
use crate::world::{Group, NEWS, Severity};

const ABORTED: &str = "During an aborted deployment, some instances may have deployed the new application version. \
    To ensure all instances are running the same version, re-deploy the appropriate application version.";
const WITH_ERRORS: &str = "Update environment operation is complete, but with errors. \
    For more information, see troubleshooting documentation.";

/// Ends a deployment with success: the label changes.
pub(super) async fn succeed(run: &mut Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.info("New application version was deployed to running EC2 instances.")?;
    adopt(run, deployment)?;
    run.finish(Severity::Info, "Environment update completed successfully.")?;
    settle(run).await
}

/// Makes the release that of the environment.
fn adopt(run: &Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.environment(|environment| environment.release = deployment.release.clone())
}

/// Waits until health no longer reports the activity.
async fn settle(run: &mut Run) -> Result<(), Superseded> {
    run.assess()?;
    run.catch_up();
    run.pass(NEWS).await;
    run.assess()
}

/// Records the events of the platform, and a warning about steps that were not run.
pub(crate) fn describe(run: &Run, summary: &Summary) -> Result<(), Superseded> {
    for notice in summary.notices() {
        if notice.is_error {
            run.error(&notice.message)?;
        } else {
            run.info(&notice.message)?;
        }
    }
    for omission in summary.omissions() {
        run.warn(omission)?;
    }
    Ok(())
}

/// Records the event of each instance at the end of its command.
pub(crate) fn report(run: &Run, summary: &Summary) -> Result<(), Superseded> {
    describe(run, summary)?;
    for _ in summary.with(Executed::Successful) {
        run.info("Instance deployment completed successfully.")?;
    }
    for _ in summary.with(Executed::Failed) {
        run.error("Instance deployment failed. For details, see 'eb-engine.log'.")?;
    }
    Ok(())
}

/// Ends a deployment whose command failed or timed out. The label has not changed.
pub(super) async fn fail_command(
    run: &mut Run,
    deployment: &Deployment,
    summary: &Summary,
) -> Result<(), Superseded> {
    summarize(run, summary)?;
    if deployment.forced == Some(ForcedOutcome::CompleteWithErrors) && deployment.bundle.is_some() {
        return complete_with_errors(run, deployment).await;
    }
    let ids = summary.unsuccessful().join(", ");
    run.error(format!(
        "Unsuccessful command execution on instance id(s) '{ids}'. Aborting the operation."
    ))?;
    fail(run).await
}

/// Ends a deployment "with errors", as on older platforms: the label changes although no instance runs the version.
async fn complete_with_errors(run: &mut Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.pass(3.0).await;
    run.info("New application version was deployed to running EC2 instances.")?;
    adopt(run, deployment)?;
    drop_temporary(run)?;
    run.finish(Severity::Error, WITH_ERRORS)?;
    settle(run).await
}

fn summarize(run: &Run, summary: &Summary) -> Result<(), Superseded> {
    let (failed, timed_out) = (summary.with(Executed::Failed), summary.with(Executed::TimedOut));
    for id in &failed {
        run.error(format!(
            "[Instance: {id}] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error.."
        ))?;
    }
    if !timed_out.is_empty() {
        let ids = timed_out.join(", ");
        run.warn(format!(
            "The following instances have not responded in the allowed command timeout time \
             (they might still finish eventually on their own): [{ids}]."
        ))?;
    }
    let successful = summary.with(Executed::Successful).len();
    let rest = match (failed.len(), timed_out.len()) {
        (0, timed_out) => format!("TimedOut: {timed_out}"),
        (failed, 0) => format!("Failed: {failed}"),
        (failed, timed_out) => format!("TimedOut: {timed_out}, Failed: {failed}"),
    };
    run.info(format!(
        "Command execution completed on all instances. Summary: [Successful: {successful}, {rest}]."
    ))
}

/// Ends a deployment whose instances do not pass their health checks.
pub(super) async fn fail_health(run: &mut Run, ids: &[String]) -> Result<(), Superseded> {
    run.error(format!(
        "Instance id(s) '{}' did not pass health check after command execution. Aborting the operation.",
        ids.join(", ")
    ))?;
    run.pass(0.5).await;
    fail(run).await
}

/// Ends a deployment that is refused before it reaches the instances.
pub(super) async fn refuse(run: &mut Run) -> Result<(), Superseded> {
    run.finish(Severity::Error, "Failed to deploy application.")?;
    settle(run).await
}

/// Records the last events of a failure.
pub(super) async fn fail(run: &mut Run) -> Result<(), Superseded> {
    run.pass(1.0).await;
    drop_temporary(run)?;
    run.finish(Severity::Error, "Failed to deploy application.")?;
    run.pass(1.0).await;
    run.error(ABORTED)?;
    settle(run).await
}

/// Removes the temporary instances of a failed deployment.
fn drop_temporary(run: &Run) -> Result<(), Superseded> {
    run.environment(|environment| {
        environment.instances.retain(|instance| instance.group == Group::Permanent);
        environment.split = None;
        for instance in &mut environment.instances {
            instance.registered = true;
        }
    })
}

/// The last event of an aborted operation.
pub(crate) fn aborted() -> &'static str {
    ABORTED
}
