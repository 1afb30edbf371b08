//! The content of a deployment.

use std::sync::Arc;

use crate::engine::Superseded;
use crate::host::Source;
use crate::lifecycle::command::ForcedOutcome;
use crate::lifecycle::run::Run;
use crate::world::{Release, Version};

/// The number of passed checks in a row that count as healthy, for policies with batches.
pub(super) const HEALTHY: u32 = 12;

/// The content of a deployment.
#[derive(Debug)]
pub(super) struct Deployment {
    pub(super) release: Release,
    /// The unpacked bundle; `None` if it cannot be deployed.
    pub(super) bundle: Option<Arc<Source>>,
    pub(super) forced: Option<ForcedOutcome>,
}

impl Deployment {
    /// Fetches the bundle and takes the environment's next deployment number.
    pub(super) async fn begin(run: &Run, version: Version) -> Result<Self, Superseded> {
        let loaded = run.engine.load(version.bundle.as_ref()).await;
        let bundle = loaded
            .inspect_err(|error| tracing::warn!("cannot deploy `{}`: {error}", version.label))
            .ok();
        let forced = ForcedOutcome::find(run, Some(&version.label));
        run.environment(|environment| {
            environment.deployments += 1;
            let release = Release {
                version: Some(version.label),
                deployment_id: environment.deployments,
                source: bundle.clone().unwrap_or_else(Source::sample),
            };
            Self { release, bundle, forced }
        })
    }
}
