//! Managed actions: updates that the service starts in an environment's weekly window.

use super::lookup;
use super::paging::page_of;
use crate::lifecycle::managed_action;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::managed::{ManagedAction, NotStarted, PastAction};
use crate::world::{Status, World};

pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let wanted = params.text("Status");
    let mut world = request.engine.world();
    let id = planned(&mut world, params)?;
    let now = world.now();
    let actions = world.managed_actions.get(&id);
    let upcoming = actions
        .and_then(|actions| actions.upcoming.as_ref())
        .filter(|action| wanted.is_none_or(|status| action.status(now) == status))
        .map(|action| {
            view(action).with("Status", action.status(now)).with("WindowStartTime", action.window)
        });
    Ok(Some(Structure::new().with_list("ManagedActions", upcoming)))
}

/// The history, newest first.
pub(super) fn history(request: &Request) -> Reply {
    let params = &request.params;
    let mut world = request.engine.world();
    let id = planned(&mut world, params)?;
    let history = world.managed_actions.get(&id).map(|actions| actions.history.as_slice());
    let newest_first = history.unwrap_or_default().iter().rev().collect();
    let page = page_of(newest_first, params, "MaxItems", 100)?;
    Ok(Some(
        Structure::new()
            .with_list("ManagedActionHistoryItems", page.items.into_iter().map(past_view))
            .with_some("NextToken", page.next_token),
    ))
}

/// Starts an action without waiting for the window.
pub(super) fn apply(request: &Request) -> Reply {
    let params = &request.params;
    let action_id = params.required("ActionId")?;
    let mut world = request.engine.world();
    let id = planned(&mut world, params)?;
    let environment = world.environment(&id).ok_or_else(ApiError::internal)?;
    let (name, ready) = (environment.name.clone(), environment.status == Status::Ready);
    let now = world.now();
    let actions = world.managed_actions.entry(id.clone()).or_default();
    let upcoming = actions.upcoming.as_ref().filter(|action| action.id == action_id);
    if upcoming.is_some_and(|action| action.running.is_none()) && !ready {
        return Err(ApiError::must_be_ready(&name));
    }
    let action = actions.start(action_id, now).map_err(|error| not_started(action_id, error))?;
    managed_action::start(&request.engine, &mut world, &id, &action, &request.id);
    Ok(Some(view(&action).with("Status", action.status(now))))
}

/// The identifier of the environment, after its schedule is brought up to date.
fn planned(world: &mut World, params: &Params) -> Result<String, ApiError> {
    let environment = lookup::environment(world, params)?;
    let id = environment.id.clone();
    let (updates, platform) = (environment.options.managed_updates(), environment.platform.clone());
    let now = world.now();
    world.managed_actions.entry(id.clone()).or_default().plan(&id, updates, &platform, now);
    Ok(id)
}

/// The text is *assumed*.
fn not_started(id: &str, error: NotStarted) -> ApiError {
    match error {
        NotStarted::Unknown => {
            ApiError::invalid_value(format!("No Managed Action found for ActionId = '{id}'."))
        }
        NotStarted::NotScheduled => ApiError::sender(
            "ManagedActionInvalidStateException",
            format!(
                "Managed action {id} is in an invalid state for this operation. Must be Scheduled."
            ),
        ),
    }
}

fn view(action: &ManagedAction) -> Structure {
    Structure::new()
        .with("ActionId", &action.id)
        .with("ActionDescription", &action.description)
        .with("ActionType", action.work.kind())
}

fn past_view(past: &PastAction) -> Structure {
    let failure = past.failure.as_ref();
    view(&past.action)
        .with("Status", if failure.is_none() { "Completed" } else { "Failed" })
        .with_some("FailureType", failure.map(|failure| failure.kind.name()))
        .with_some("FailureDescription", failure.map(|failure| &failure.description))
        .with_some("ExecutedTime", past.action.running)
        .with("FinishedTime", past.finished)
}
