//! What a deployment puts on instances.

use std::sync::Arc;

use crate::engine::Superseded;
use crate::host::Source;
use crate::lifecycle::command::Told;
use crate::lifecycle::run::Run;
use crate::world::{Release, Version};

/// How long instances get to pass their health checks, in seconds.
pub(super) const HEALTH_PATIENCE: f64 = 120.0;
/// How many checks in a row count as healthy where instances go into service one after the other.
pub(super) const HEALTHY: u32 = 12;

/// What is to be deployed.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) release: Release,
    /// The unpacked bundle, when there is one that can be deployed.
    pub(super) bundle: Option<Arc<Source>>,
    pub(super) told: Option<Told>,
}

impl Deployment {
    /// Takes the environment's next deployment number and fetches the bundle.
    pub(super) async fn begin(run: &Run, version: Version) -> Result<Self, Superseded> {
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
