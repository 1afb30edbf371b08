//! The launch and the termination of instances.

use super::run::Run;
use crate::engine::Superseded;
use crate::world::{Checks, Group, Instance, Release, Termination, World};

/// Launches instances without an application. Returns their identifiers.
pub(crate) fn add(
    run: &Run,
    count: usize,
    group: Group,
    release: &Release,
) -> Result<Vec<String>, Superseded> {
    run.world(|world| add_to(world, &run.environment_id, count, group, release))
}

/// The same with a guard of the world.
pub(super) fn add_to(
    world: &mut World,
    environment_id: &str,
    count: usize,
    group: Group,
    release: &Release,
) -> Vec<String> {
    let (moment, date) = (world.clock.moment(), world.now());
    let made_up: Vec<_> =
        (0..count).map(|_| (world.names.instance_id(), world.names.uuid().to_string())).collect();
    let Some(environment) = world.environment_mut(environment_id) else { return Vec::new() };
    let mut ids = Vec::new();
    for (id, activity) in made_up {
        let number = environment.instances.len();
        if group == Group::Permanent {
            let capacity = environment.capacity();
            environment.group.launches(activity, &id, (date, moment), capacity);
        }
        let mut instance = Instance::launch(id.clone(), number, group, release.clone(), date);
        instance.command = Some(moment);
        environment.instances.push(instance);
        ids.push(id);
    }
    ids
}

/// The message about new instances.
pub(crate) fn added(ids: &[String]) -> String {
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("Added instance{plural} [{}] to your environment.", ids.join(", "))
}

/// The message about terminated instances.
pub(crate) fn removed(ids: &[String]) -> String {
    let plural = if ids.len() == 1 { "" } else { "s" };
    format!("Removed instance{plural} [{}] from your environment.", ids.join(", "))
}

/// Registers instances with the load balancer, or deregisters them.
pub(crate) fn register(run: &Run, ids: &[String], registered: bool) -> Result<(), Superseded> {
    let date = run.engine.clock.date();
    run.environment(|environment| {
        for instance in &mut environment.instances {
            if ids.contains(&instance.id) {
                if !registered {
                    // A target that is registered again has no history.
                    instance.checks = Checks::default();
                }
                instance.registered = registered;
                environment.group.end_activities(&instance.id, date);
            }
        }
    })
}

/// Terminates instances and their applications.
pub(crate) async fn remove(run: &mut Run, ids: &[String]) -> Result<(), Superseded> {
    if ids.is_empty() {
        return Ok(());
    }
    let gone =
        run.world(|world| take_from(world, &run.environment_id, ids, Termination::Capacity))?;
    stop(gone).await;
    run.pass(1.0).await;
    run.info(removed(ids))
}

/// Removes instances from an environment. The caller must stop their applications.
pub(super) fn take_from(
    world: &mut World,
    environment_id: &str,
    ids: &[String],
    cause: Termination,
) -> Vec<Instance> {
    let (moment, date) = (world.clock.moment(), world.now());
    let activities: Vec<_> = ids.iter().map(|_| world.names.uuid().to_string()).collect();
    let Some(environment) = world.environment_mut(environment_id) else { return Vec::new() };
    let mut gone = Vec::new();
    for (id, activity) in ids.iter().zip(activities) {
        let place = environment.instances.iter().position(|instance| instance.id == *id);
        let Some(place) = place else { continue };
        let capacity = environment.capacity();
        let instance = environment.instances.remove(place);
        if instance.group == Group::Permanent {
            environment.group.terminates(activity, id, (date, moment), capacity, cause);
        }
        gone.push(instance);
    }
    gone
}

/// Stops the applications of removed instances.
pub(super) async fn stop(gone: Vec<Instance>) {
    for application in gone.into_iter().filter_map(|instance| instance.application) {
        application.stop().await;
    }
}
