//! The processing of an application version, which checks its bundle.

use std::sync::Arc;

use crate::engine::{Engine, Superseded};
use crate::world::{Severity, Version, VersionStatus};

/// The planned seconds of the processing.
const SECONDS: f64 = 5.0;

/// Processes a version.
pub(crate) async fn run(engine: Arc<Engine>, version: Version) -> Result<(), Superseded> {
    engine.clock.sleep(SECONDS).await;
    let status = match engine.load(version.bundle.as_ref()).await {
        Ok(source) => match source.extensions() {
            Ok(_) => VersionStatus::Processed,
            Err(broken) => {
                tracing::warn!("version `{}` is not usable: {broken}", version.label);
                VersionStatus::Failed
            }
        },
        Err(error) => {
            tracing::warn!("version `{}` is not usable: {error}", version.label);
            VersionStatus::Failed
        }
    };
    let mut world = engine.world();
    let now = world.now();
    let stored = world.version_mut(&version.application, &version.label).ok_or(Superseded)?;
    stored.status = status;
    stored.updated = now;
    let severity =
        if status == VersionStatus::Processed { Severity::Info } else { Severity::Error };
    let message =
        format!("Finished processing application version. The version is now {}.", status.name());
    world.note(severity, &version.application, Some(&version.label), message);
    Ok(())
}
