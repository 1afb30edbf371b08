//! A running managed action: new instances with the current version, and optionally a newer platform.

use std::sync::Arc;

use super::deploy;
use super::run::{Order, Run};
use crate::engine::{Engine, Superseded};
use crate::world::managed::{Failure, FailureType, ManagedAction, Work};
use crate::world::{NEWS, Names, Severity, Status, World};

/// Starts an action that is already recorded as running.
pub(crate) fn start(
    engine: &Arc<Engine>,
    world: &mut World,
    id: &str,
    action: &ManagedAction,
    request_id: &str,
) {
    let version = world.environment(id).and_then(|environment| environment.release.version.clone());
    let order = Order { version: version.as_deref(), ..Order::new(Status::Updating, request_id) };
    if let Some(run) = Run::begin(engine, world, id, order) {
        engine.spawn(carry_out(run, action.work.clone()));
    }
}

/// Starts the action whose window is open, unless the environment is busy.
pub(crate) fn start_if_due(engine: &Arc<Engine>, id: &str) {
    let mut world = engine.world();
    let now = world.now();
    let Some(environment) = world.environment(id).filter(|one| one.status == Status::Ready) else {
        return;
    };
    let (updates, platform) = (environment.options.managed_updates(), environment.platform.clone());
    if updates.is_none() {
        return;
    }
    let actions = world.managed_actions.entry(id.to_owned()).or_default();
    actions.plan(id, updates, &platform, now);
    let due =
        actions.upcoming.as_ref().filter(|action| action.is_due(now)).map(|due| due.id.clone());
    if let Some(action) = due.and_then(|due| actions.start(&due, now).ok()) {
        // Not a request ID of the calls, which must not depend on actions of the service.
        let request_id = Names::of(&format!("{id} {}", action.id)).uuid().to_string();
        start(engine, &mut world, id, &action, &request_id);
    }
}

/// Starts an action without regard to the settings. Returns `false` if the environment is busy or gone.
pub(crate) fn start_now(engine: &Arc<Engine>, name: &str) -> bool {
    let mut world = engine.world();
    let now = world.now();
    let Some(environment) = world.named(name).filter(|one| one.status == Status::Ready) else {
        return false;
    };
    let (id, platform) = (environment.id.clone(), environment.platform.clone());
    let action = world.managed_actions.entry(id.clone()).or_default().force(&id, &platform, now);
    start(engine, &mut world, &id, &action, &engine.request_id());
    true
}

async fn carry_out(mut run: Run, work: Work) -> Result<(), Superseded> {
    let (engine, id) = (Arc::clone(&run.engine), run.environment_id.clone());
    let outcome = renew(&mut run, work).await;
    let failure = match &outcome {
        Ok(true) => None,
        Ok(false) => Some(Failure {
            kind: FailureType::RollbackSuccessful,
            description: "The new instances did not become healthy.".to_owned(),
        }),
        Err(Superseded) => Some(Failure {
            kind: FailureType::UpdateCancelled,
            description: "Another operation took the place of the action.".to_owned(),
        }),
    };
    {
        let mut world = engine.world();
        let now = world.now();
        if let Some(actions) = world.managed_actions.get_mut(&id) {
            actions.finish(failure, now);
        }
    }
    outcome?;
    run.assess()?;
    run.pass(NEWS).await;
    run.assess()
}

/// Returns whether the action succeeded.
async fn renew(run: &mut Run, work: Work) -> Result<bool, Superseded> {
    run.start_activity("Managed platform update")?;
    run.info("Managed platform update is in-progress.")?;
    run.info("Environment update is starting.")?;
    let version = run.world(|world| {
        let environment = world.environment(&run.environment_id)?;
        let label = environment.release.version.as_deref()?;
        world.version(&environment.application, label).cloned()
    })?;
    if !deploy::renew(run, version).await? {
        return Ok(false);
    }
    if let Work::Update(platform) = work {
        run.environment(|environment| environment.platform = platform)?;
    }
    run.finish(Severity::Info, "Environment update completed successfully.")?;
    Ok(true)
}
