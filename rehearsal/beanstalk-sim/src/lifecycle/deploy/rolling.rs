//! The policies `Rolling` and `RollingWithAdditionalBatch`: one batch of instances after the other gets the version.

use super::deployment::{Deployment, HEALTHY};
use super::ending::{fail, fail_command, fail_health, report, succeed};
use crate::engine::Superseded;
use crate::lifecycle::command::{self, ForcedOutcome};
use crate::lifecycle::run::Run;
use crate::lifecycle::{launch, recovery};
use crate::world::Group;

/// Deploys in batches. With an additional batch, new instances get the version first, which keeps the capacity.
pub(super) async fn run(
    run: &mut Run,
    deployment: &Deployment,
    additional: bool,
) -> Result<(), Superseded> {
    let ids = run.environment(|environment| environment.instance_ids())?;
    let size = run.environment(|environment| environment.options.batch_size(ids.len()))?;
    let mut batches: Vec<Vec<String>> = ids.chunks(size.max(1)).map(<[_]>::to_vec).collect();
    let mut launched = Vec::new();
    if additional {
        launched = launch_batch(run, deployment, size.max(1)).await?;
        batches.insert(0, launched.clone());
    }
    let total = ids.len() + launched.len();
    let mut done = 0;
    for (index, batch) in batches.iter().enumerate() {
        let is_new = additional && index == 0;
        if !deploy_batch(run, deployment, index + 1, batch, is_new, (done, total)).await? {
            return Ok(());
        }
        done += batch.len();
    }
    if deployment.forced == Some(ForcedOutcome::RollBack) {
        let before = run.environment(|environment| environment.release.clone())?;
        command::put_back(run, &ids, &before).await?;
        return fail(run).await;
    }
    if additional {
        launch::remove(run, &launched).await?;
    }
    run.pass(5.0).await;
    succeed(run, deployment).await
}

async fn launch_batch(
    run: &mut Run,
    deployment: &Deployment,
    size: usize,
) -> Result<Vec<String>, Superseded> {
    // Beanstalk's message has two blanks.
    run.info(format!(
        "Rolling with Additional Batch deployment policy enabled. Launching  a new batch of {size} additional instance(s)."
    ))?;
    run.pass(60.0).await;
    let ids = launch::add(run, size, Group::Temporary, &deployment.release)?;
    run.info(launch::added(&ids))?;
    Ok(ids)
}

/// Deploys to a batch. Returns whether the deployment continues. If not, it has ended.
async fn deploy_batch(
    run: &mut Run,
    deployment: &Deployment,
    number: usize,
    ids: &[String],
    is_new: bool,
    (done, total): (usize, usize),
) -> Result<bool, Superseded> {
    let (names, count) = (ids.join(", "), ids.len());
    let balanced = run.environment(|environment| environment.load_balancer.is_some())?;
    run.pass(2.0).await;
    if is_new {
        let label = deployment.release.label();
        run.info(format!(
            "Batch {number}: {count} EC2 instance(s) [{names}] launched. Deploying application version '{label}'."
        ))?;
    } else {
        run.info(format!(
            "Batch {number}: Starting application deployment on instance(s) [{names}]."
        ))?;
        if balanced {
            run.pass(1.0).await;
            run.info(format!(
                "Batch {number}: De-registering instance(s) from the load balancer and waiting for them to go out of service."
            ))?;
            launch::register(run, ids, false)?;
            run.pass(13.0).await;
        }
    }
    run.info(format!("Batch {number}: Starting application deployment command execution."))?;
    run.assess()?;
    let summary =
        command::deploy(run, ids, &deployment.release, deployment.bundle.as_ref(), 5.0).await?;
    report(run, &summary)?;
    if !summary.all_successful() {
        fail_command(run, deployment, &summary).await?;
        return Ok(false);
    }
    run.pass(4.0).await;
    run.info(format!("Batch {number}: Completed application deployment command execution."))?;
    run.info(format!(
        "Command execution completed on {} of {total} instances in environment.",
        done + count
    ))?;
    if balanced {
        // Beanstalk's message has a blank at the end.
        run.info(format!(
            "Batch {number}: Registering instance(s) with the load balancer and waiting for them to be healthy. "
        ))?;
    }
    launch::register(run, ids, true)?;
    let unhealthy = recovery::await_health(run, ids, &deployment.release, HEALTHY).await?;
    if !unhealthy.is_empty() {
        fail_health(run, &unhealthy).await?;
        return Ok(false);
    }
    run.info(format!("Batch {number}: Completed application deployment."))?;
    Ok(true)
}
