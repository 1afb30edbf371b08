//! A change of option settings or of the platform.

use super::platform_update::Replaced;
use super::run::Run;
use super::{command, deploy, platform_update, scaling};
use crate::engine::Superseded;
use crate::faults::Fault;
use crate::world::{Environment, OptionSettings, Platform, Process, Severity};

/// The result of applying settings.
pub(crate) enum Applied {
    Yes,
    /// The operation has ended with its last event.
    No,
}

/// Applies the pending options, and changes the platform if there is another one.
pub(crate) async fn apply(
    run: &mut Run,
    platform: Option<Platform>,
) -> Result<Applied, Superseded> {
    run.start_activity("Configuration update")?;
    run.pass(2.0).await;
    run.info(format!("Updating environment {}'s configuration settings.", run.environment_name))?;
    run.assess()?;
    run.pass(23.0).await;
    let mut fails = run.world(|world| {
        let environment = world.environment(&run.environment_id);
        environment.is_some_and(|environment| {
            world.faults.has(&environment.target(), &Fault::FailConfiguration)
        })
    })?;
    let before = run.environment(|environment| environment.options.clone())?;
    let pending = run.environment(|environment| environment.pending_options.take())?;
    if let Some(obstacle) = obstacle(run, pending.as_ref())? {
        run.error(obstacle)?;
        fails = true;
    }
    if fails {
        return revert(run).await;
    }
    let options = pending.unwrap_or_else(|| before.clone());
    let configures = options.configures_processes(&before);
    run.environment(|environment| {
        environment.group.configure(&options);
        environment.options = options;
    })?;
    if configures && !configure(run).await? {
        return revert(run).await;
    }
    run.catch_up();
    scaling::fit(run).await?;
    if let Some(platform) = platform {
        match platform_update::run(run, platform).await? {
            Replaced::Yes => {}
            Replaced::No => return revert(run).await,
            Replaced::Ended => {
                run.environment(|environment| {
                    environment.group.configure(&before);
                    environment.options = before;
                })?;
                return Ok(Applied::No);
            }
        }
    }
    run.pass(5.0).await;
    run.info("Successfully deployed new configuration to environment.")?;
    Ok(Applied::Yes)
}

/// Gives the settings to the applications. Returns whether all of them run.
async fn configure(run: &Run) -> Result<bool, Superseded> {
    let summary = command::configure(run).await?;
    deploy::describe(run, &summary)?;
    for id in summary.unsuccessful() {
        run.error(format!(
            "[Instance: {id}] {}",
            summary.failure(id).lines().next().unwrap_or_default()
        ))?;
    }
    Ok(summary.all_successful())
}

/// The obstacle to these settings in the Auto Scaling group, if any.
fn obstacle(run: &Run, next: Option<&OptionSettings>) -> Result<Option<String>, Superseded> {
    run.environment(|environment| {
        let group = &environment.group;
        if group.deleted.is_some() {
            return Some(format!("Auto Scaling group named {} does not exist.", group.name));
        }
        let rolls = next.is_some_and(|next| environment.options.rolls_to(next));
        if !rolls || group.scheduled.is_empty() || !group.runs(Process::ScheduledActions) {
            return None;
        }
        let names: Vec<_> = group.scheduled.keys().map(String::as_str).collect();
        Some(format!(
            "Autoscaling rolling updates cannot be performed because scheduled action(s) [{}] are currently associated \
             with this autoscaling group; either delete these actions or suspend the ScheduledActions process and then \
             retry the update.",
            names.join(", ")
        ))
    })
}

/// Restores the old settings.
async fn revert(run: &mut Run) -> Result<Applied, Superseded> {
    run.error("Failed to deploy configuration.")?;
    let changed = run.environment(Environment::restore_settings)?;
    if changed {
        command::configure(run).await?;
        run.catch_up();
    }
    let (idle, release) = run.environment(|environment| {
        let idle = environment.instances.iter().filter(|one| one.application.is_none());
        (idle.map(|one| one.id.clone()).collect::<Vec<_>>(), environment.release.clone())
    })?;
    if !idle.is_empty() {
        command::put_back(run, &idle, &release).await?;
        run.catch_up();
    }
    run.pass(5.0).await;
    run.finish(
        Severity::Error,
        "The environment was reverted to the previous configuration setting.",
    )?;
    Ok(Applied::No)
}
