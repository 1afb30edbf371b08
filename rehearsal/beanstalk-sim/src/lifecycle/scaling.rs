//! Instances that the Auto Scaling group launches and terminates, by itself or in an update.

use std::sync::Arc;

use super::run::Run;
use super::{checks, command, deploy, launch};
use crate::engine::{Engine, Superseded};
use crate::host::Source;
use crate::world::{Environment, Group, Instance, Process, Severity, Status, Termination, World};

/// The duration of a launch, in seconds.
const LAUNCH: f64 = 60.0;
/// The duration of a deployment to a new instance, in seconds.
const DEPLOY: f64 = 35.0;
/// The interval in which a new instance checks whether an operation is over, in seconds.
const TURN: f64 = 1.0;

/// The instances that a group launches and terminates to reach its desired capacity.
#[derive(Debug, Default)]
struct Change {
    launched: Vec<String>,
    terminated: Vec<Instance>,
}

/// Scales the group to its desired capacity, as part of an operation.
pub(crate) async fn fit(run: &mut Run) -> Result<(), Superseded> {
    let change = run.world(|world| Change::make(world, &run.environment_id))?;
    carry_out(run, change).await
}

/// Runs the processes of a group: applies scheduled actions, replaces unhealthy instances, and scales to the desired
/// capacity.
///
/// During an operation it does nothing; the monitor calls it again.
pub(crate) fn follow(engine: &Arc<Engine>, environment_id: &str) {
    let mut world = engine.world();
    let idle = world
        .environment(environment_id)
        .is_some_and(|environment| environment.status == Status::Ready);
    if !idle {
        return;
    }
    let now = world.now();
    if let Some(environment) = world.environment_mut(environment_id) {
        environment.group.follow_schedule(now);
    }
    let change = Change::make(&mut world, environment_id);
    if change.launched.is_empty() && change.terminated.is_empty() {
        return;
    }
    let Some(mut run) = Run::aside(engine, &world, environment_id) else { return };
    engine.spawn(async move {
        carry_out(&mut run, change).await?;
        checks::look(&run.engine, &run.environment_id).await
    });
}

/// Terminates an instance without an operation. Returns whether it existed.
pub(crate) fn lose(engine: &Arc<Engine>, environment_id: &str, instance_id: &str) -> bool {
    let ids = [instance_id.to_owned()];
    let mut world = engine.world();
    let lost = launch::take_from(&mut world, environment_id, &ids, Termination::Request);
    if lost.is_empty() {
        return false;
    }
    world.say(environment_id, None, Severity::Info, launch::removed(&ids));
    engine.spawn(async {
        launch::stop(lost).await;
        Ok(())
    });
    true
}

impl Change {
    /// Applies the change to the world: adds new instances and removes old ones.
    fn make(world: &mut World, environment_id: &str) -> Self {
        let Some(environment) = world.environment(environment_id) else { return Self::default() };
        let unhealthy = unhealthy(environment);
        let healthy = permanent(environment).filter(|id| !unhealthy.contains(id));
        let surplus: Vec<_> = healthy.skip(environment.group.desired).collect();
        let surplus = if environment.group.runs(Process::Terminate) { surplus } else { Vec::new() };
        let mut terminated =
            launch::take_from(world, environment_id, &unhealthy, Termination::Health);
        terminated.extend(launch::take_from(
            world,
            environment_id,
            &surplus,
            Termination::Capacity,
        ));
        let launched = launch_missing(world, environment_id);
        Self { launched, terminated }
    }
}

fn permanent(environment: &Environment) -> impl Iterator<Item = String> {
    let instances = environment.instances.iter();
    instances
        .filter(|instance| instance.group == Group::Permanent)
        .map(|instance| instance.id.clone())
}

/// The instances to replace because a client declared them unhealthy.
fn unhealthy(environment: &Environment) -> Vec<String> {
    let group = &environment.group;
    let replaces = [Process::HealthCheck, Process::ReplaceUnhealthy, Process::Terminate]
        .into_iter()
        .all(|process| group.runs(process));
    permanent(environment).filter(|id| replaces && group.unhealthy.contains(id)).collect()
}

fn launch_missing(world: &mut World, environment_id: &str) -> Vec<String> {
    let Some(environment) = world.environment(environment_id) else { return Vec::new() };
    let missing = environment.group.desired.saturating_sub(environment.capacity());
    if missing == 0 || !environment.group.runs(Process::Launch) {
        return Vec::new();
    }
    let release = environment.release.clone();
    launch::add_to(world, environment_id, missing, Group::Permanent, &release)
}

async fn carry_out(run: &mut Run, change: Change) -> Result<(), Superseded> {
    let Change { launched, terminated } = change;
    if !terminated.is_empty() {
        let ids: Vec<_> = terminated.iter().map(|instance| instance.id.clone()).collect();
        launch::stop(terminated).await;
        run.pass(1.0).await;
        run.info(launch::removed(&ids))?;
    }
    if launched.is_empty() {
        return Ok(());
    }
    run.pass(LAUNCH).await;
    run.info(launch::added(&launched))?;
    loop {
        // An update in the meantime changes the release for the instances.
        let waiting = await_turn(run, &launched).await?;
        if waiting.is_empty() {
            return launch::register(run, &launched, true);
        }
        // A new instance fetches the bundle again, in its current state.
        let mut release = run.environment(|environment| environment.release.clone())?;
        let bundle = load(run, release.version.as_deref()).await;
        if let Some(bundle) = &bundle {
            release.source = Arc::clone(bundle);
        }
        let summary = command::deploy(run, &waiting, &release, bundle.as_ref(), DEPLOY).await?;
        if !summary.all_successful() {
            deploy::report(run, &summary)?;
        }
    }
}

/// Waits until no other operation runs. Returns the instances that still need the current release.
async fn await_turn(run: &mut Run, launched: &[String]) -> Result<Vec<String>, Superseded> {
    while run.is_aside() && run.environment(|environment| environment.status != Status::Ready)? {
        run.pass(TURN).await;
        run.catch_up();
    }
    run.environment(|environment| {
        let instances = environment.instances.iter();
        let waiting = instances.filter(|instance| instance.awaits(&environment.release));
        waiting.map(|instance| instance.id.clone()).filter(|id| launched.contains(id)).collect()
    })
}

/// Fetches the bundle of a version of the environment's application. No label is the sample application.
pub(super) async fn load(run: &Run, label: Option<&str>) -> Option<Arc<Source>> {
    let location = {
        let world = run.engine.world();
        let environment = world.environment(&run.environment_id)?;
        match label.map(|label| world.version(&environment.application, label)) {
            Some(Some(version)) => version.bundle.clone(),
            // A deleted version cannot be deployed.
            Some(None) => return None,
            None => None,
        }
    };
    run.engine
        .load(location.as_ref())
        .await
        .inspect_err(|error| tracing::warn!("cannot deploy to a new instance: {error}"))
        .ok()
}
