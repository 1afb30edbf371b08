//! Operations on applications.

use jiff::Timestamp;

use super::{Reply, Request, lookup, views};
use crate::lifecycle::{Run, terminate};
use crate::wire::{ApiError, Structure};
use crate::world::{Application, Severity, Status, World};

pub(super) fn create(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("ApplicationName", 1..=100)?;
    params.check_length("Description", 0..=200)?;
    let name = params.required("ApplicationName")?;
    let mut world = request.engine.world();
    if world.applications.contains_key(name) {
        return Err(ApiError::invalid_value(format!("Application {name} already exists.")));
    }
    add(&mut world, name, params.owned("Description"));
    answer(&world, name)
}

/// Adds an application and says so in the events.
pub(super) fn add(world: &mut World, name: &str, description: Option<String>) {
    world.applications.insert(name.to_owned(), Application::new(name, description));
    world.note(Severity::Info, name, None, format!("Created new Application: {name}"));
}

pub(super) fn describe(request: &Request) -> Structure {
    let wanted = request.params.list("ApplicationNames");
    let world = request.engine.world();
    let applications = world
        .applications
        .values()
        .filter(|application| wanted.is_empty() || wanted.contains(&application.name.as_str()))
        .map(|application| views::application(&world, application));
    Structure::new().with_list("Applications", applications)
}

pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("Description", 0..=200)?;
    let name = params.required("ApplicationName")?;
    let mut world = request.engine.world();
    let application =
        world.applications.get_mut(name).ok_or_else(|| lookup::no_application(name))?;
    if let Some(description) = params.raw("Description") {
        application.description = Some(description.to_owned());
    }
    application.updated = Timestamp::now();
    answer(&world, name)
}

pub(super) fn delete(request: &Request) -> Reply {
    let name = request.params.required("ApplicationName")?;
    let force = request.params.flag("TerminateEnvByForce")?.unwrap_or_default();
    let mut world = request.engine.world();
    lookup::application(&world, name)?;
    let ids: Vec<_> = world
        .living()
        .filter(|environment| environment.application == name)
        .map(|environment| environment.id.clone())
        .collect();
    if !ids.is_empty() && !force {
        return Err(ApiError::sender(
            "OperationInProgressFailure",
            format!(
                "Unable to delete application {name} because it has a version that is deployed to a running environment."
            ),
        ));
    }
    for id in ids {
        let slowness = world
            .environment(&id)
            .map_or(1.0, |environment| world.faults.slowness(&environment.name));
        if world.begin(&id, Status::Terminating, &request.id).is_some()
            && let Some(environment) = world.environment(&id)
        {
            let run = Run::new(&request.engine, environment, 1.0, slowness);
            request.engine.spawn(terminate::run(run, environment.clone()));
        }
    }
    world.applications.remove(name);
    world.versions.retain(|version| version.application != name);
    world.note(
        Severity::Info,
        name,
        None,
        "The application has been deleted successfully.".to_owned(),
    );
    Ok(None)
}

fn answer(world: &World, name: &str) -> Reply {
    let application = lookup::application(world, name)?;
    Ok(Some(Structure::new().with("Application", views::application(world, application))))
}
