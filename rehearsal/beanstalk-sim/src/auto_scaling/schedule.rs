//! Scheduled actions, which change the capacity of a group.

use super::lookup::{group_mut, page, validation, with_group};
use super::{sizes, views};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Structure};
use crate::world::{Environment, ScheduledAction};

/// Adds an action, or replaces the one with the same name.
pub(super) fn put(request: &Request) -> Reply {
    let params = &request.params;
    let name = params.required("ScheduledActionName")?;
    params.check_length("ScheduledActionName", 1..=255)?;
    // `Time` is the older name; the newer one takes precedence.
    let start = match params.time("StartTime")? {
        Some(start) => Some(start),
        None => params.time("Time")?,
    };
    let action = ScheduledAction {
        start,
        end: params.time("EndTime")?,
        recurrence: params.owned("Recurrence"),
        time_zone: params.owned("TimeZone"),
        sizes: sizes::read(params)?,
    };
    let mut world = request.engine.world();
    let now = world.now();
    if action.start.is_some_and(|start| start < now) {
        return Err(validation("Given start time is in the past"));
    }
    check(&action)?;
    group_mut(&mut world, params)?.group.scheduled.insert(name.to_owned(), action);
    Ok(None)
}

fn check(action: &ScheduledAction) -> Result<(), ApiError> {
    let sizes = action.sizes;
    if sizes.min.or(sizes.max).or(sizes.desired).is_none() {
        return Err(validation(
            "At least one of MinSize, MaxSize, or DesiredCapacity must be specified",
        ));
    }
    if action.start.is_none() && action.recurrence.is_none() {
        return Err(validation("At least one of StartTime or Recurrence must be specified"));
    }
    match &action.recurrence {
        Some(cron) if cron.split_whitespace().count() != 5 && !cron.starts_with('@') => {
            Err(validation("Given recurrence string is invalid"))
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn delete(request: &Request) -> Reply {
    let params = &request.params;
    let name = params.required("ScheduledActionName")?;
    let mut world = request.engine.world();
    let removed = group_mut(&mut world, params)?.group.scheduled.remove(name);
    removed.map(|_| None).ok_or_else(|| validation("Scheduled action name not found"))
}

pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let group = params.text("AutoScalingGroupName");
    let names = params.list("ScheduledActionNames");
    let (earliest, latest) = (params.time("StartTime")?, params.time("EndTime")?);
    let world = request.engine.world();
    let actions = |environment: &Environment| {
        let actions = environment.group.scheduled.iter();
        let views = actions
            .filter(|(name, _)| names.is_empty() || names.contains(&name.as_str()))
            .filter(|(_, action)| earliest.is_none_or(|time| action.start >= Some(time)))
            .filter(|(_, action)| latest.is_none_or(|time| action.start <= Some(time)))
            .map(|(name, action)| views::scheduled_action(&world, environment, name, action));
        views.collect::<Vec<_>>()
    };
    let found = with_group(&world)
        .filter(|environment| group.is_none_or(|name| environment.group.name == name))
        .flat_map(actions);
    let (actions, next) = page(found, params)?;
    Ok(Some(
        Structure::new()
            .with_list("ScheduledUpdateGroupActions", actions)
            .with_some("NextToken", next),
    ))
}
