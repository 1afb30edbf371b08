//! Describing and terminating environments.

use jiff::SignedDuration;

use super::paging::page;
use super::{lookup, views};
use crate::faults::{Fault, Target};
use crate::lifecycle::{Order, Run, terminate as lifecycle};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Structure};
use crate::world::{Environment, Status};

/// The time for which terminated environments are described.
const TERMINATED_VISIBLE: SignedDuration = SignedDuration::from_hours(1);

/// Describes environments. Unknown names are not an error; they are left out.
pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let (names, ids) = (params.list("EnvironmentNames"), params.list("EnvironmentIds"));
    let (application, version) = (params.text("ApplicationName"), params.text("VersionLabel"));
    // Terminated environments no longer count as running their version.
    let deleted = params.flag("IncludeDeleted")?.unwrap_or(true) && version.is_none();
    let deleted_back_to = params.time("IncludedDeletedBackTo")?;
    let target = Target {
        environment: names.first().copied(),
        version,
        operation: Some("DescribeEnvironments"),
    };
    let mut world = request.engine.world();
    let is_empty = |fault: &Fault| matches!(fault, Fault::EmptyDescribe { .. }).then_some(());
    // A read must not count as a change of the world, which would be saved.
    let nothing = !world.faults.is_empty() && world.faults.take(&target, is_empty).is_some();
    let now = world.now();
    let visible = |environment: &Environment| {
        environment.status != Status::Terminated
            || (deleted
                && now.duration_since(environment.updated) < TERMINATED_VISIBLE
                && deleted_back_to.is_none_or(|earliest| environment.updated >= earliest))
    };
    let environments = world
        .environments
        .iter()
        .filter(|environment| visible(environment))
        .filter(|environment| names.is_empty() || names.contains(&environment.name.as_str()))
        .filter(|environment| ids.is_empty() || ids.contains(&environment.id.as_str()))
        .filter(|environment| application.is_none_or(|name| environment.application == name))
        .filter(|environment| {
            version.is_none() || environment.release.version.as_deref() == version
        })
        .filter(|_| !nothing)
        .collect();
    let page = page(environments, params)?;
    let view = |environment: &Environment| views::environment(&world, environment);
    Ok(Some(
        Structure::new()
            .with_list("Environments", page.items.into_iter().map(view))
            .with_some("NextToken", page.next_token),
    ))
}

pub(super) fn terminate(request: &Request) -> Reply {
    let params = &request.params;
    let force = params.flag("ForceTerminate")?.unwrap_or_default();
    let mut world = request.engine.world();
    let environment = lookup::environment(&world, params)?;
    if !force {
        check_can_be_terminated(environment)?;
    }
    let id = environment.id.clone();
    let order = Order::new(Status::Terminating, &request.id);
    let run = Run::begin(&request.engine, &mut world, &id, order).ok_or_else(ApiError::internal)?;
    let environment = lookup::environment(&world, params)?;
    request.engine.spawn(lifecycle::run(run, environment.clone()));
    Ok(Some(views::beginning(&world, environment, environment.release.version.as_deref())))
}

fn check_can_be_terminated(environment: &Environment) -> Result<(), ApiError> {
    let name = &environment.name;
    match environment.status {
        Status::Ready => Ok(()),
        Status::Updating | Status::Aborting => Err(ApiError::invalid_value(format!(
            "Cannot terminate environment named {name}. It is currently pending deployment."
        ))),
        Status::Launching | Status::Busy | Status::Terminating | Status::Terminated => {
            Err(ApiError::must_be_ready(name))
        }
    }
}
