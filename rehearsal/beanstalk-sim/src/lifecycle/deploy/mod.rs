//! Deployments, by policy.

mod all_at_once;
mod deployment;
mod ending;
mod new_instances;
mod rolling;

use std::sync::Arc;

pub(crate) use ending::{aborted, describe, report};

use super::command::ForcedOutcome;
use super::extensions::{self, Applied};
use super::run::Run;
use super::scaling;
use crate::engine::Superseded;
use crate::faults::{Faults, Target};
use crate::settings::Settings;
use crate::world::{DeploymentPolicy, Version};
use deployment::Deployment;
use ending::{refuse, succeed};

/// The planned seconds of a deployment to all instances at once. The settings scale them.
const SECONDS: f64 = 42.0;
/// The factor of planned seconds, from faults or settings.
pub(crate) fn stretch(settings: &Settings, faults: &Faults, target: &Target<'_>) -> f64 {
    faults.deploy_seconds(target).unwrap_or(settings.deploy_seconds) / SECONDS
}

/// Deploys a version.
pub(crate) async fn run(run: &mut Run, version: Version) -> Result<(), Superseded> {
    run.start_activity("Application update")?;
    let deployment = Deployment::begin(run, version).await?;
    if let Some(bundle) = &deployment.bundle {
        match extensions::apply(run, bundle, deployment.release.label())? {
            Applied::Unchanged => {}
            Applied::Changed => scaling::fit(run).await?,
            Applied::No => {
                run.pass(2.0).await;
                return refuse(run).await;
            }
        }
    }
    by_policy(run, &deployment).await?;
    let id = run.environment(|environment| environment.release.deployment_id)?;
    if id == deployment.release.deployment_id { Ok(()) } else { extensions::restore(run) }
}

async fn by_policy(run: &mut Run, deployment: &Deployment) -> Result<(), Superseded> {
    let policy = run.environment(|environment| environment.options.deployment_policy())?;
    if matches!(policy, DeploymentPolicy::Immutable | DeploymentPolicy::TrafficSplitting) {
        return if new_instances::run(run, deployment, policy).await? {
            succeed(run, deployment).await
        } else {
            Ok(())
        };
    }
    run.pass(4.0).await;
    run.info("Deploying new version to instance(s).")?;
    match policy {
        DeploymentPolicy::Rolling => rolling::run(run, deployment, false).await,
        DeploymentPolicy::RollingWithAdditionalBatch => rolling::run(run, deployment, true).await,
        _ => all_at_once::run(run, deployment).await,
    }
}

/// Replaces the instances by new ones with the current version, as a managed update does. Returns whether it
/// succeeded. If not, the operation has ended.
pub(crate) async fn renew(run: &mut Run, version: Option<Version>) -> Result<bool, Superseded> {
    let loaded = run.engine.load(version.and_then(|version| version.bundle).as_ref()).await;
    let mut release = run.environment(|environment| environment.release.clone())?;
    if let Ok(bundle) = &loaded {
        release.source = Arc::clone(bundle);
    }
    let forced = ForcedOutcome::find(run, release.version.as_deref());
    let deployment = Deployment { release, bundle: loaded.ok(), forced };
    new_instances::run(run, &deployment, DeploymentPolicy::Immutable).await
}
