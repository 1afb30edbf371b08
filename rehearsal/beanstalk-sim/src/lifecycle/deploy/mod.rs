//! Deployments: how a version gets onto the instances, by policy.

mod all_at_once;
mod new_instances;
mod rolling;

use std::sync::Arc;

use super::command::{Executed, Summary, Told};
use super::run::Run;
use crate::engine::Superseded;
use crate::faults::{Faults, Target};
use crate::host::Source;
use crate::settings::Settings;
use crate::world::{DeploymentPolicy, Group, NEWS, Release, Severity, Version};

/// The planned seconds of a deployment to all instances at once; the settings say how long it really takes.
const SECONDS: f64 = 42.0;
/// How long instances get to pass their health checks, in seconds.
const HEALTH_PATIENCE: f64 = 120.0;
/// How many checks in a row count as healthy where instances go into service one after the other.
const HEALTHY: u32 = 12;

const ABORTED: &str = "During an aborted deployment, some instances may have deployed the new application version. \
    To ensure all instances are running the same version, re-deploy the appropriate application version.";
const WITH_ERRORS: &str = "Update environment operation is complete, but with errors. \
    For more information, see troubleshooting documentation.";

/// How many times as long as planned a deployment takes.
pub(crate) fn stretch(settings: &Settings, faults: &Faults, target: &Target<'_>) -> f64 {
    faults.deploy_seconds(target).unwrap_or(settings.deploy_seconds) / SECONDS
}

/// What is to be deployed.
#[derive(Debug)]
struct Deployment {
    release: Release,
    /// The unpacked bundle, when there is one that can be deployed.
    bundle: Option<Arc<Source>>,
    told: Option<Told>,
}

/// Runs a deployment to its end.
pub(crate) async fn run(run: &mut Run, version: Version) -> Result<(), Superseded> {
    run.start_activity("Application update")?;
    let deployment = Deployment::begin(run, version).await?;
    let policy = run.environment(|environment| environment.options.deployment_policy())?;
    if matches!(policy, DeploymentPolicy::Immutable | DeploymentPolicy::TrafficSplitting) {
        return if new_instances::run(run, &deployment, policy).await? {
            succeed(run, &deployment).await
        } else {
            Ok(())
        };
    }
    run.pass(4.0).await;
    run.info("Deploying new version to instance(s).")?;
    match policy {
        DeploymentPolicy::Rolling => rolling::run(run, &deployment, false).await,
        DeploymentPolicy::RollingWithAdditionalBatch => rolling::run(run, &deployment, true).await,
        _ => all_at_once::run(run, &deployment).await,
    }
}

/// Replaces the instances by new ones with the version that the environment has, as a managed update does. Answers
/// whether that worked; if not, the last words have been said.
pub(crate) async fn renew(run: &mut Run, version: Option<Version>) -> Result<bool, Superseded> {
    let loaded = run.engine.load(version.and_then(|version| version.bundle).as_ref()).await;
    let mut release = run.environment(|environment| environment.release.clone())?;
    if let Ok(bundle) = &loaded {
        release.source = Arc::clone(bundle);
    }
    let told = Told::about(run, release.version.as_deref());
    let deployment = Deployment { release, bundle: loaded.ok(), told };
    new_instances::run(run, &deployment, DeploymentPolicy::Immutable).await
}

impl Deployment {
    /// Takes the environment's next deployment number and fetches the bundle.
    async fn begin(run: &Run, version: Version) -> Result<Self, Superseded> {
        let loaded = run.engine.load(version.bundle.as_ref()).await;
        let bundle = loaded
            .inspect_err(|error| tracing::warn!("cannot deploy `{}`: {error}", version.label))
            .ok();
        let told = Told::about(run, Some(&version.label));
        run.environment(|environment| {
            environment.deployments += 1;
            let release = Release {
                version: Some(version.label),
                deployment_id: environment.deployments,
                source: bundle.clone().unwrap_or_else(Source::sample),
            };
            Self { release, bundle, told }
        })
    }
}

/// Success: the label moves.
async fn succeed(run: &mut Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.info("New application version was deployed to running EC2 instances.")?;
    adopt(run, deployment)?;
    run.finish(Severity::Info, "Environment update completed successfully.")?;
    settle(run).await
}

/// The environment counts the release as its own.
fn adopt(run: &Run, deployment: &Deployment) -> Result<(), Superseded> {
    run.environment(|environment| environment.release = deployment.release.clone())
}

/// What was going on is no news any more.
async fn settle(run: &mut Run) -> Result<(), Superseded> {
    run.assess()?;
    run.catch_up();
    run.pass(NEWS).await;
    run.assess()
}

/// The instances say what a bundle is, which depends on the platform.
fn describe_bundle(run: &Run, deployment: &Deployment) -> Result<(), Superseded> {
    if deployment.bundle.as_ref().is_some_and(|bundle| bundle.has_jar()) {
        run.info("Instance deployment successfully detected a JAR file in your source bundle.")?;
        run.info("Instance deployment successfully generated a 'Procfile'.")?;
    }
    Ok(())
}

/// What each instance says at the end of its command.
fn report(run: &Run, summary: &Summary) -> Result<(), Superseded> {
    for _ in summary.with(Executed::Successful) {
        run.info("Instance deployment completed successfully.")?;
    }
    for _ in summary.with(Executed::Failed) {
        run.error("Instance deployment failed. For details, see 'eb-engine.log'.")?;
    }
    Ok(())
}

/// The command failed or timed out: the label was never moved, so the old one stands.
async fn fail_command(
    run: &mut Run,
    deployment: &Deployment,
    summary: &Summary,
) -> Result<(), Superseded> {
    summarize(run, summary)?;
    if deployment.told == Some(Told::CompleteWithErrors) && deployment.bundle.is_some() {
        return complete_with_errors(run, deployment).await;
    }
    let ids = summary.unsuccessful().join(", ");
    run.error(format!(
        "Unsuccessful command execution on instance id(s) '{ids}'. Aborting the operation."
    ))?;
    fail(run).await
}

/// Older platforms count a version as deployed though no instance took it.
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

/// The instances run the version and do not pass their checks.
async fn fail_health(run: &mut Run, ids: &[String]) -> Result<(), Superseded> {
    run.error(format!(
        "Instance id(s) '{}' did not pass health check after command execution. Aborting the operation.",
        ids.join(", ")
    ))?;
    run.pass(0.5).await;
    fail(run).await
}

/// The last words of every failure.
async fn fail(run: &mut Run) -> Result<(), Superseded> {
    run.pass(1.0).await;
    drop_temporary(run)?;
    run.finish(Severity::Error, "Failed to deploy application.")?;
    run.pass(1.0).await;
    run.error(ABORTED)?;
    settle(run).await
}

/// Only instances of a deployment that succeeded stay.
fn drop_temporary(run: &Run) -> Result<(), Superseded> {
    run.environment(|environment| {
        environment.instances.retain(|instance| instance.group == Group::Permanent);
        environment.split = None;
        for instance in &mut environment.instances {
            instance.registered = true;
        }
    })
}

/// The last words of an operation that was aborted.
pub(crate) fn aborted() -> &'static str {
    ABORTED
}
