//! The policy `AllAtOnce`: all instances get the version at the same time.

use super::deployment::Deployment;
use super::ending::{fail, fail_command, fail_health, report, succeed};
use crate::engine::Superseded;
use crate::lifecycle::command::{self, ForcedOutcome};
use crate::lifecycle::recovery;
use crate::lifecycle::run::Run;

pub(super) async fn run(run: &mut Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.pass(3.0).await;
    run.assess()?;
    let ids = run.environment(|environment| environment.instance_ids())?;
    let before = run.environment(|environment| environment.release.clone())?;
    let summary =
        command::deploy(run, &ids, &deployment.release, deployment.bundle.as_ref(), 32.0).await?;
    report(run, &summary)?;
    if !summary.all_successful() {
        return fail_command(run, deployment, &summary).await;
    }
    let unhealthy = recovery::await_health(run, &ids, &deployment.release, 1).await?;
    if !unhealthy.is_empty() {
        return fail_health(run, &unhealthy).await;
    }
    if deployment.forced == Some(ForcedOutcome::RollBack) {
        command::put_back(run, &ids, &before).await?;
        return fail(run).await;
    }
    run.pass(3.0).await;
    succeed(run, deployment).await
}
