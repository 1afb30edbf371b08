//! The continuation of the state of an earlier simulator.
//!
//! Instances start their applications. A creation starts again, a termination is completed, and any other operation
//! ends as an aborted update.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::try_join_all;

use super::replacement::{Claim, Limits, Machine, Outcome, setup};
use super::run::{Order, Run};
use super::{abort, checks, create, monitor, terminate, validation};
use crate::engine::{Engine, Superseded};
use crate::host::{Occasion, Source};
use crate::world::managed::{Failure, FailureType};
use crate::world::{DeploymentStatus, Operation, Release, Status, VersionStatus, World};

/// Continues all operations, in the background.
pub(crate) fn resume(engine: &Arc<Engine>) {
    reopen_sites(engine);
    let mut world = engine.world();
    let living: Vec<_> =
        world.living().map(|environment| (environment.id.clone(), environment.status)).collect();
    for (id, status) in living {
        cancel_managed_action(&mut world, &id);
        match status {
            Status::Launching => create_again(engine, &mut world, &id),
            Status::Terminating => finish_termination(engine, &mut world, &id),
            Status::Ready => restart(engine, &world, &id, None),
            Status::Updating | Status::Busy | Status::Aborting => {
                let run = take_over(engine, &mut world, &id, Status::Aborting);
                restart(engine, &world, &id, run);
            }
            Status::Terminated => {}
        }
    }
    for version in &world.versions {
        if version.status == VersionStatus::Processing {
            engine.spawn(validation::run(Arc::clone(engine), version.clone()));
        }
    }
}

/// Serves sites at their previous addresses, or at another one if an address is in use.
fn reopen_sites(engine: &Arc<Engine>) {
    let mut world = engine.world();
    let mut without = Vec::new();
    for environment in &world.environments {
        let serves = !matches!(
            environment.status,
            Status::Launching | Status::Terminating | Status::Terminated
        );
        if let Some(address) = environment.address.filter(|_| serves)
            && engine.data_plane.open_at(&engine.shared_world, &environment.id, address).is_err()
        {
            without.push(environment.id.clone());
        }
    }
    for id in without {
        let address = engine.data_plane.open(&engine.shared_world, &id);
        if let Some(environment) = world.environment_mut(&id) {
            environment.address = address
                .inspect_err(|error| {
                    tracing::error!("no address for `{}`: {error}", environment.name);
                })
                .ok();
        }
    }
}

/// Continues with the request ID of the interrupted operation, so that clients see its end.
fn take_over(engine: &Arc<Engine>, world: &mut World, id: &str, status: Status) -> Option<Run> {
    let Operation { request_id, version, .. } = world.environment(id)?.operation.clone();
    let order = Order { version: version.as_deref(), ..Order::new(status, &request_id) };
    Run::begin(engine, world, id, order)
}

fn cancel_managed_action(world: &mut World, id: &str) {
    let now = world.now();
    if let Some(actions) = world.managed_actions.get_mut(id) {
        let failure = Failure {
            kind: FailureType::UpdateCancelled,
            description: "The service was restarted during the action.".to_owned(),
        };
        actions.finish(Some(failure), now);
    }
}

fn create_again(engine: &Arc<Engine>, world: &mut World, id: &str) {
    let Some(environment) = world.environment_mut(id) else { return };
    environment.instances.clear();
    environment.address = None;
    environment.deployments = 0;
    let (application, label) = (environment.application.clone(), environment.first_version.clone());
    let version = label.and_then(|label| world.version(&application, &label).cloned());
    let Some(run) = take_over(engine, world, id, Status::Launching) else { return };
    engine.spawn(create::run(run, version));
    engine.spawn(monitor::watch(Arc::clone(engine), id.to_owned()));
}

fn finish_termination(engine: &Arc<Engine>, world: &mut World, id: &str) {
    let Some(run) = take_over(engine, world, id, Status::Terminating) else { return };
    if let Some(environment) = world.environment(id).cloned() {
        engine.spawn(terminate::run(run, environment));
    }
}

/// Starts the applications of instances, then ends `interrupted` and monitors the environment again.
fn restart(engine: &Arc<Engine>, world: &World, id: &str, interrupted: Option<Run>) {
    let Some(run) = Run::aside(engine, world, id) else { return };
    let (engine_of_watch, id) = (Arc::clone(engine), id.to_owned());
    engine.spawn(async move {
        start_instances(&run).await?;
        checks::look(&run.engine, &run.environment_id).await?;
        if let Some(interrupted) = interrupted {
            run.engine.spawn(abort::run(interrupted));
        }
        engine_of_watch.spawn(monitor::watch(Arc::clone(&engine_of_watch), id));
        Ok(())
    });
}

async fn start_instances(run: &Run) -> Result<(), Superseded> {
    let (instances, mut release) = run.environment(|environment| {
        let limits = Limits::of(run, environment.options.command_timeout());
        let instances: Vec<_> = environment
            .instances
            .iter()
            .map(|one| {
                let occasion = Occasion::Deployment { leads: false };
                (Machine::of(one), setup(environment, &one.running, occasion, limits), &one.running)
            })
            .map(|(machine, setup, running)| (machine, setup, running.clone()))
            .collect();
        (instances, environment.release.clone())
    })?;
    let sources =
        sources(run, instances.iter().map(|(_, _, release)| release).chain([&release])).await;
    let starts = instances.into_iter().map(async |(machine, mut setup, running)| {
        let Some(Some(source)) = sources.get(&running.version) else {
            return Ok(machine.fail("The source bundle cannot be fetched any more"));
        };
        setup.source = Arc::clone(source);
        let replaced = machine.replace(run, setup, running.label(), &Claim(None)).await?;
        let application = match replaced.outcome {
            Outcome::Running(application, _) => Some(application),
            Outcome::Kept(_) | Outcome::Stopped(_) | Outcome::Lost => None,
        };
        Ok((replaced.id, application))
    });
    let started = try_join_all(starts).await?;
    if let Some(Some(source)) = sources.get(&release.version) {
        release.source = Arc::clone(source);
    }
    let now = run.engine.clock.date();
    run.environment(|environment| {
        let source = |release: &Release| sources.get(&release.version).cloned().flatten();
        let ready = environment.status == Status::Ready;
        environment.release = release;
        for (id, application) in started {
            environment.group.end_activities(&id, now);
            let Some(instance) = environment.instance_mut(&id) else { continue };
            instance.running.source = source(&instance.running).unwrap_or_else(Source::sample);
            instance.command = None;
            if ready {
                instance.registered = true;
                // Its launch was in progress and is complete now.
                if instance.deployment.status == DeploymentStatus::InProgress {
                    let running = instance.running.clone();
                    instance.install(&running, application.clone(), now);
                }
            }
            instance.application = application;
        }
    })
}

/// The sources of releases by version; `None` for those that are not available.
async fn sources<'a>(
    run: &Run,
    releases: impl Iterator<Item = &'a Release>,
) -> BTreeMap<Option<String>, Option<Arc<Source>>> {
    let mut sources = BTreeMap::new();
    for release in releases {
        if !sources.contains_key(&release.version) {
            let source = super::scaling::load(run, release.version.as_deref()).await;
            sources.insert(release.version.clone(), source);
        }
    }
    sources
}
