//! Changes of the capacity of a group.

use super::lookup::{self, group, group_mut, validation};
use super::views;
use crate::lifecycle::scaling;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{AutoScalingGroup, Sizes};

/// The most instances that a group may have.
const MOST: usize = 10_000;
/// The longest cooldown, in seconds.
const LONGEST_COOLDOWN: usize = 100_000;

/// The capacity in a call.
pub(super) fn read(params: &Params) -> Result<Sizes, ApiError> {
    let size = |name| params.number(name, 0..=MOST);
    Ok(Sizes { min: size("MinSize")?, max: size("MaxSize")?, desired: size("DesiredCapacity")? })
}

pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    let sizes = read(params)?;
    let cooldown = params.number("DefaultCooldown", 0..=LONGEST_COOLDOWN)?;
    let mut world = request.engine.world();
    let now = world.now();
    let environment = group_mut(&mut world, params)?;
    let group = &mut environment.group;
    let before = group.desired;
    group.resize(sizes).map_err(|error| validation(error.to_string()))?;
    if let Some(cooldown) = cooldown.and_then(|seconds| u32::try_from(seconds).ok()) {
        group.cooldown = cooldown;
    }
    group.explain(format!(
        "At {now:.0} a user request update of AutoScalingGroup constraints to min: {}, max: {}, desired: {} changing \
         the desired capacity from {before} to {}.",
        group.min, group.max, group.desired, group.desired
    ));
    let id = environment.id.clone();
    drop(world);
    scaling::follow(&request.engine, &id);
    Ok(None)
}

pub(super) fn set_desired(request: &Request) -> Reply {
    let params = &request.params;
    let polite = params.flag("HonorCooldown")?.unwrap_or_default();
    let desired = params
        .number("DesiredCapacity", 0..=MOST)?
        .ok_or_else(|| ApiError::missing("DesiredCapacity"))?;
    let mut world = request.engine.world();
    let (now, moment) = (world.now(), world.clock.moment());
    let environment = group_mut(&mut world, params)?;
    let group = &mut environment.group;
    check_bounds(group, desired)?;
    if let Some(activity) = group.cooling(moment).filter(|_| polite) {
        return Err(ApiError::sender(
            "ScalingActivityInProgress",
            format!("Scaling activity {} is in progress and blocks this action", activity.id),
        ));
    }
    group.explain(format!(
        "At {now:.0} a user request explicitly set group desired capacity changing the desired capacity from {} to \
         {desired}.",
        group.desired
    ));
    group.desired = desired;
    let id = environment.id.clone();
    drop(world);
    scaling::follow(&request.engine, &id);
    Ok(None)
}

fn check_bounds(group: &AutoScalingGroup, desired: usize) -> Result<(), ApiError> {
    let (word, bound, size) = if desired > group.max {
        ("above", "max", group.max)
    } else if desired < group.min {
        ("below", "min", group.min)
    } else {
        return Ok(());
    };
    Err(validation(format!(
        "New SetDesiredCapacity value {desired} is {word} {bound} value {size} for the AutoScalingGroup."
    )))
}

pub(super) fn terminate(request: &Request) -> Reply {
    let params = &request.params;
    let shrinks = params
        .flag("ShouldDecrementDesiredCapacity")?
        .ok_or_else(|| ApiError::missing("ShouldDecrementDesiredCapacity"))?;
    let mut world = request.engine.world();
    let (environment, instance) = lookup::instance(&world, params)?;
    let (id, group) = (environment.id.clone(), &environment.group);
    if shrinks && group.desired <= group.min {
        return Err(validation(format!(
            "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate \
             group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's \
             min size.",
            group.min
        )));
    }
    if let Some(environment) = world.environment_mut(&id).filter(|_| shrinks) {
        environment.group.desired -= 1;
    }
    drop(world);
    scaling::lose(&request.engine, &id, instance);
    let activity = {
        let world = request.engine.world();
        let environment = world.environment(&id).ok_or_else(ApiError::internal)?;
        let newest = environment.group.activities.front();
        newest.map(|activity| views::activity(&world, environment, activity))
    };
    scaling::follow(&request.engine, &id);
    Ok(Some(Structure::new().with_some("Activity", activity)))
}

pub(super) fn delete(request: &Request) -> Reply {
    let params = &request.params;
    let force = params.flag("ForceDelete")?.unwrap_or_default();
    let mut world = request.engine.world();
    let environment = group(&world, params)?;
    let (id, instances) = (environment.id.clone(), environment.instance_ids());
    if !force && !instances.is_empty() {
        return Err(ApiError::sender(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) \
             still in the group.",
        ));
    }
    let moment = world.clock.moment();
    if let Some(environment) = world.environment_mut(&id) {
        environment.group.deleted = Some(moment);
    }
    drop(world);
    for instance in &instances {
        scaling::lose(&request.engine, &id, instance);
    }
    Ok(None)
}
