//! Operations on environments that are ready, and their abortion.

use super::{creation, lookup, views};
use crate::engine::Engine;
use crate::faults::{Fault, Target};
use crate::lifecycle::update::Update;
use crate::lifecycle::{
    Order, Run, abort as abortion, deploy, maintenance, swap as swapping, update as updating,
};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params};
use crate::world::{Environment, Status, Tier, Version, VersionStatus, World};

/// Updates an environment. The answer already has the new label; descriptions have it only after success.
pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("Description", 0..=200)?;
    params.check_length("VersionLabel", 1..=100)?;
    let mut world = request.engine.world();
    let environment = lookup::environment(&world, params)?.clone();
    check_application(params, &environment)?;
    check_tier(params, &environment)?;
    let template = lookup::base(&world, params, &environment.application)?.cloned();
    let base = template.as_ref().map_or(&environment.options, |template| &template.options);
    let options = lookup::changed_options(base, params)?
        .or_else(|| template.as_ref().map(|template| template.options.clone()));
    let before = template.as_ref().map_or(&environment.platform, |template| &template.platform);
    let platform = creation::platform(params, Some(before))?;
    let version = wanted_version(&request.engine, &mut world, params, &environment)?;
    lookup::must_be_ready(&environment)?;

    let settings = options.is_some();
    let platform = (platform != environment.platform).then_some(platform);
    let stretch = match &version {
        Some(version) => {
            let target = target(&environment.name, Some(&version.label));
            deploy::stretch(&request.engine.settings, &world.faults, &target)
        }
        None => 1.0,
    };
    let label =
        version.as_ref().map(|version| version.label.clone()).or(environment.release.version);
    if let Some(template) = template {
        world.applied_templates.insert(environment.id.clone(), template.name);
    }
    if let Some(environment) = world.environment_mut(&environment.id) {
        if options.is_some() {
            environment.before_update =
                Some((environment.options.clone(), environment.platform.clone()));
        }
        environment.pending_options = options;
        if let Some(description) = params.raw("Description") {
            environment.description = Some(description.to_owned());
        }
    }
    let version_label = version.as_ref().map(|version| version.label.clone());
    let order = Order {
        version: version_label.as_deref(),
        stretch,
        ..Order::new(Status::Updating, &request.id)
    };
    let run = begin(request, &mut world, &environment.id, order)?;
    request.engine.spawn(updating::run(run, Update { version, settings, platform }));
    let environment = lookup::environment(&world, params)?;
    Ok(Some(views::beginning(&world, environment, label.as_deref())))
}

fn check_application(params: &Params, environment: &Environment) -> Result<(), ApiError> {
    let Some(application) = params.text("ApplicationName") else { return Ok(()) };
    if application == environment.application {
        return Ok(());
    }
    Err(ApiError::invalid_value(format!(
        "No Environment found for EnvironmentName = '{}'.",
        environment.name
    )))
}

/// The text is *assumed*.
fn check_tier(params: &Params, environment: &Environment) -> Result<(), ApiError> {
    if params.text("Tier.Name").is_none() || creation::tier(params)? == environment.tier {
        return Ok(());
    }
    Err(ApiError::invalid_value(format!(
        "The tier of environment named {} cannot be changed.",
        environment.name
    )))
}

fn target<'a>(environment: &'a str, version: Option<&'a str>) -> Target<'a> {
    Target { environment: Some(environment), version, operation: Some("UpdateEnvironment") }
}

fn wanted_version(
    engine: &Engine,
    world: &mut World,
    params: &Params,
    environment: &Environment,
) -> Result<Option<Version>, ApiError> {
    let Some(label) = params.text("VersionLabel") else { return Ok(None) };
    let target = target(&environment.name, Some(label));
    let invisible = |fault: &Fault| matches!(fault, Fault::VersionInvisible { .. }).then_some(());
    if world.faults.take(&target, invisible).is_some() {
        return Err(lookup::no_version(label));
    }
    let version = lookup::version(world, &environment.application, label)?;
    if let Some(seconds) = world.faults.version_invisible(&target)
        && engine.clock.is_younger(version.created, seconds)
    {
        return Err(lookup::no_version(label));
    }
    match version.status {
        VersionStatus::Processed | VersionStatus::Unprocessed => Ok(Some(version.clone())),
        VersionStatus::Processing | VersionStatus::Failed => Err(ApiError::invalid_value(format!(
            "Application Version '{label}' cannot be deployed. Its status is {}.",
            version.status.name()
        ))),
    }
}

pub(super) fn abort(request: &Request) -> Reply {
    let mut world = request.engine.world();
    let environment = lookup::environment(&world, &request.params)?;
    let name = environment.name.clone();
    if environment.status != Status::Updating || world.faults.stuck(&environment.target()) {
        return Err(ApiError::invalid_value(format!(
            "Environment named {name} is in an invalid state for this operation. Must be pending deployment."
        )));
    }
    let id = environment.id.clone();
    // Clients that follow the update by its request ID must see its end.
    let request_id = environment.operation.request_id.clone();
    let run = begin(request, &mut world, &id, Order::new(Status::Aborting, &request_id))?;
    request.engine.spawn(abortion::run(run));
    Ok(None)
}

pub(super) fn restart(request: &Request) -> Reply {
    let mut world = request.engine.world();
    let id = lookup::ready_environment(&world, &request.params)?.id.clone();
    let run = begin(request, &mut world, &id, Order::new(Status::Busy, &request.id))?;
    request.engine.spawn(maintenance::restart(run));
    Ok(None)
}

/// Rebuilds an environment. A terminated one must be named by its identifier.
pub(super) fn rebuild(request: &Request) -> Reply {
    let mut world = request.engine.world();
    if let Some(id) = request.params.text("EnvironmentId")
        && let Some(terminated) = creation::terminated(&world, id)
    {
        let id = terminated.id.clone();
        return creation::rebuild(request, &mut world, &id);
    }
    let environment = lookup::ready_environment(&world, &request.params)?;
    let (id, version) = (environment.id.clone(), environment.release.version.clone());
    let order = Order { version: version.as_deref(), ..Order::new(Status::Busy, &request.id) };
    let run = begin(request, &mut world, &id, order)?;
    request.engine.spawn(maintenance::rebuild(run));
    Ok(None)
}

pub(super) fn swap(request: &Request) -> Reply {
    let params = &request.params;
    let mut world = request.engine.world();
    let find = |world, id, name| lookup::environment_by(world, params, id, name).cloned();
    let source = find(&world, "SourceEnvironmentId", "SourceEnvironmentName")?;
    let destination = find(&world, "DestinationEnvironmentId", "DestinationEnvironmentName")?;
    for environment in [&source, &destination] {
        lookup::must_be_ready(environment)?;
        check_has_cname(environment)?;
    }
    if source.id == destination.id {
        return Err(ApiError::invalid_combination(
            "The source and the destination environment must differ.",
        ));
    }
    let order = Order::new(Status::Busy, &request.id);
    let other = begin(request, &mut world, &destination.id, order)?;
    let run = begin(request, &mut world, &source.id, order)?;
    request.engine.spawn(swapping::run(run, other, source, destination));
    Ok(None)
}

fn check_has_cname(environment: &Environment) -> Result<(), ApiError> {
    match environment.tier {
        Tier::WebServer => Ok(()),
        Tier::Worker => Err(ApiError::invalid_value(format!(
            "Environment named {} is a worker environment, which has no CNAME to swap.",
            environment.name
        ))),
    }
}

fn begin(
    request: &Request,
    world: &mut World,
    id: &str,
    order: Order<'_>,
) -> Result<Run, ApiError> {
    Run::begin(&request.engine, world, id, order).ok_or_else(ApiError::internal)
}
