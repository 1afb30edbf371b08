//! The policies `Immutable` and `TrafficSplitting`: new instances get the version, and replace the old ones if they
//! are healthy.

use super::deployment::{Deployment, HEALTHY};
use super::ending::{describe, fail_command, fail_health, report};
use crate::engine::Superseded;
use crate::lifecycle::checks;
use crate::lifecycle::command::{self, ForcedOutcome};
use crate::lifecycle::run::Run;
use crate::lifecycle::{launch, recovery};
use crate::world::{DeploymentPolicy, Group};

/// Replaces the instances. Returns whether it succeeded. If not, the operation has ended.
pub(super) async fn run(
    run: &mut Run,
    deployment: &Deployment,
    policy: DeploymentPolicy,
) -> Result<bool, Superseded> {
    let old = run.environment(|environment| environment.instance_ids())?;
    let count = old.len().max(1);
    let splits = policy == DeploymentPolicy::TrafficSplitting;
    let group = open_group(run, splits, count).await?;
    let first = if splits { count } else { 1 };
    let Some(mut new) = launch_healthy(run, deployment, first, &[], 69.0).await? else {
        return Ok(false);
    };
    if !splits && count > 1 {
        run.info(launch::added(&new))?;
        run.info("Test instance passed health checks. Launching remaining new instances.")?;
        let Some(rest) = launch_healthy(run, deployment, count - 1, &new, 91.0).await? else {
            return Ok(false);
        };
        new.extend(rest);
    }
    if splits && !evaluate(run, deployment, &new).await? {
        return Ok(false);
    }
    if deployment.forced == Some(ForcedOutcome::RollBack) {
        fail_health(run, &new).await?;
        return Ok(false);
    }
    attach(run, &group, &new).await?;
    run.info("Deployment succeeded. Terminating old instances and temporary Auto Scaling group.")?;
    launch::remove(run, &old).await?;
    run.pass(162.0).await;
    Ok(true)
}

/// Records the first events. Returns the name of the temporary group.
async fn open_group(run: &mut Run, splits: bool, count: usize) -> Result<String, Superseded> {
    run.pass(12.0).await;
    run.info(if splits {
        format!("Traffic splitting deployment policy enabled. Launching {count} instance(s) with the new settings.")
    } else {
        "Immutable deployment policy enabled. Launching one instance with the new settings to verify health.".to_owned()
    })?;
    run.assess()?;
    run.pass(16.0).await;
    let group = run.world(|world| {
        let suffix = world.names.alphanumeric(12).to_uppercase();
        format!("awseb-{}-immutable-stack-AWSEBAutoScalingGroup-{suffix}", run.environment_id)
    })?;
    run.info(format!("Created temporary auto scaling group {group}."))?;
    Ok(group)
}

/// Launches instances with the version and waits until they and those in `before` are healthy. `None` means that they
/// are not, and the operation has ended.
async fn launch_healthy(
    run: &mut Run,
    deployment: &Deployment,
    count: usize,
    before: &[String],
    seconds: f64,
) -> Result<Option<Vec<String>>, Superseded> {
    let ids = launch::add(run, count, Group::Temporary, &deployment.release)?;
    let summary =
        command::deploy(run, &ids, &deployment.release, deployment.bundle.as_ref(), seconds)
            .await?;
    if !summary.all_successful() || before.is_empty() {
        report(run, &summary)?;
    } else {
        describe(run, &summary)?;
    }
    if !summary.all_successful() {
        fail_command(run, deployment, &summary).await?;
        return Ok(None);
    }
    if !before.is_empty() {
        run.info(launch::added(&ids))?;
        run.pass(30.0).await;
        run.info("Successfully launched all instances.")?;
    }
    if run.environment(|environment| environment.load_balancer.is_some())? {
        run.pass(4.0).await;
        run.info(format!("Adding new instance(s) ({}) to the load balancer.", ids.join(",")))?;
    }
    // With traffic splitting, the new instances get no traffic before the evaluation.
    let splits = run.environment(|environment| environment.options.deployment_policy())?
        == DeploymentPolicy::TrafficSplitting;
    if splits {
        run.environment(|environment| environment.split = Some(0))?;
    }
    launch::register(run, &ids, true)?;
    let all: Vec<_> = before.iter().chain(&ids).cloned().collect();
    run.pass(1.0).await;
    run.info(
        format!("Waiting for instance(s) ({}) to pass health checks. ", all.join(",")).trim_end(),
    )?;
    let release = &deployment.release;
    let unhealthy = recovery::await_health(run, &all, release, HEALTHY).await?;
    if !unhealthy.is_empty() {
        fail_health(run, &unhealthy).await?;
        return Ok(None);
    }
    Ok(Some(ids))
}

/// Sends part of the traffic to the new instances for the evaluation time. Returns whether they stayed healthy.
async fn evaluate(
    run: &mut Run,
    deployment: &Deployment,
    new: &[String],
) -> Result<bool, Superseded> {
    let (percent, seconds) = run.environment(|environment| {
        (environment.options.new_version_percent(), environment.options.evaluation_seconds())
    })?;
    let seconds = f64::from(seconds);
    run.environment(|environment| environment.split = Some(percent))?;
    run.info(format!(
        "Sending {percent}% of the traffic to the new instances for {} minute(s).",
        (seconds / 60.0).ceil()
    ))?;
    let release = &deployment.release;
    let times = (seconds / checks::INTERVAL).ceil();
    let mut left = times;
    while left > 0.0 {
        run.pass(seconds / times).await;
        left -= 1.0;
        let unhealthy = recovery::await_health_for(run, new, release, 1, 30.0).await?;
        if !unhealthy.is_empty() {
            run.environment(|environment| environment.split = None)?;
            fail_health(run, &unhealthy).await?;
            return Ok(false);
        }
    }
    run.environment(|environment| environment.split = Some(100))?;
    run.info("The new instances stayed healthy. Sending all traffic to them.")?;
    Ok(true)
}

/// Moves the new instances to the permanent group.
async fn attach(run: &mut Run, temporary: &str, new: &[String]) -> Result<(), Superseded> {
    run.pass(2.0).await;
    run.info(format!("Detached new instance(s) from temporary auto scaling group {temporary}."))?;
    run.pass(4.0).await;
    let permanent = run.environment(|environment| {
        for instance in &mut environment.instances {
            if new.contains(&instance.id) {
                instance.group = Group::Permanent;
            }
        }
        environment.split = None;
        environment.group.name.clone()
    })?;
    run.info(format!("Attached new instance(s) to the permanent auto scaling group {permanent}."))?;
    run.pass(27.0).await;
    run.info("Starting post-deployment configuration on new instances.")?;
    run.pass(11.0).await;
    run.info("Instance deployment completed successfully.")?;
    run.pass(3.0).await;
    run.info("Waiting for post-deployment configuration to complete.")?;
    run.pass(94.0).await;
    Ok(())
}
