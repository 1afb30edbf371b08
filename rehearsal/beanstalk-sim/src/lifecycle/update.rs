//! An update of an environment: new settings, another platform, a new version, or several of them.

use super::configuration::{self, Applied};
use super::deploy;
use super::run::Run;
use crate::engine::Superseded;
use crate::world::{NEWS, Platform, Severity, Version};

/// The content of an update.
#[derive(Debug)]
pub(crate) struct Update {
    /// The version to deploy.
    pub(crate) version: Option<Version>,
    /// Whether the environment has pending settings.
    pub(crate) settings: bool,
    /// The other platform, if it changes.
    pub(crate) platform: Option<Platform>,
}

/// Updates an environment.
pub(crate) async fn run(mut run: Run, update: Update) -> Result<(), Superseded> {
    run.info("Environment update is starting.")?;
    if (update.settings || update.platform.is_some())
        && let Applied::No = configuration::apply(&mut run, update.platform).await?
    {
        return settle(run).await;
    }
    if let Some(version) = update.version {
        return deploy::run(&mut run, version).await;
    }
    run.pass(1.0).await;
    run.finish(Severity::Info, "Environment update completed successfully.")?;
    settle(run).await
}

async fn settle(mut run: Run) -> Result<(), Superseded> {
    run.assess()?;
    run.pass(NEWS).await;
    run.assess()
}
