//! An update of an environment: new settings, a new version, or both.

use super::configuration;
use super::deploy::{self, Deployment};
use super::outcome::Outcome;
use super::run::Run;
use super::script::Script;
use crate::faults::Fault;
use crate::world::{Superseded, Version};

/// What is to be updated.
#[derive(Debug)]
pub(crate) struct Update {
    /// The version to deploy.
    pub(crate) version: Option<Version>,
    /// Are there new settings, waiting in the environment?
    pub(crate) settings: bool,
}

/// Runs an update to its end.
pub(crate) async fn run(mut run: Run, update: Update) -> Result<(), Superseded> {
    run.play(Script::new().info(0.0, "Environment update is starting.")).await?;
    if update.settings {
        if !configure(&run).await? {
            return Ok(());
        }
        if update.version.is_none() {
            return run.play(configuration::completed()).await;
        }
        run.restart_after(configuration::SECONDS);
    }
    match update.version {
        Some(version) => deploy(&run, version).await,
        None => run.play(configuration::completed()).await,
    }
}

/// Answers whether the settings could be applied.
async fn configure(run: &Run) -> Result<bool, Superseded> {
    run.play(configuration::opening(&run.environment_name)).await?;
    let options = {
        let world = run.engine.world();
        let environment = world.environment(&run.environment_id).ok_or(Superseded)?;
        let fails = world.faults.has(&environment.name, &Fault::FailConfiguration);
        environment.pending_options.clone().filter(|_| !fails)
    };
    let works = options.is_some();
    run.play(options.map_or_else(configuration::failure, configuration::success)).await?;
    Ok(works)
}

async fn deploy(run: &Run, version: Version) -> Result<(), Superseded> {
    let mut deployment = Deployment::begin(run, Some(version.label.clone()))?;
    run.play(deploy::opening(&deployment.release)).await?;
    let bundle_is_good = match run.engine.load(version.bundle.as_ref()).await {
        Ok(site) => {
            deployment.release.site = site;
            true
        }
        Err(error) => {
            tracing::warn!("cannot deploy `{}`: {error}", version.label);
            false
        }
    };
    let outcome =
        Outcome::decide(&run.engine.world().faults, &run.environment_name, bundle_is_good);
    run.play(deploy::closing(&deployment, outcome)).await
}
