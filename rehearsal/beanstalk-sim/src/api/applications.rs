//! Operations on applications.

use super::{lookup, tags, views};
use crate::lifecycle::{Order, Run, terminate};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::lifecycle_policy::{LifecyclePolicy, Rule};
use crate::world::{Application, Severity, Status, World};

pub(super) fn create(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("ApplicationName", 1..=100)?;
    params.check_length("Description", 0..=200)?;
    let name = params.required("ApplicationName")?;
    let lifecycle = changed_policy(&LifecyclePolicy::default(), params)?;
    let tags = tags::read_new(params, tags::MOST)?;
    let mut world = request.engine.world();
    if world.applications.contains_key(name) {
        return Err(ApiError::invalid_value(format!("Application {name} already exists.")));
    }
    check_new(&world, name, request.engine.settings.application_quota)?;
    add(&mut world, name, params.owned("Description"));
    if let Some(application) = world.applications.get_mut(name) {
        application.lifecycle = lifecycle;
    }
    let arn = arn(&world, name);
    world.tags.insert(arn, tags);
    answer(&world, name)
}

/// Refuses an application if the quota is reached or its name is invalid.
pub(super) fn check_new(world: &World, name: &str, quota: usize) -> Result<(), ApiError> {
    // *Assumed* text; the console says that the slash is not allowed.
    if name.contains('/') {
        return Err(ApiError::invalid_value(format!(
            "Value {name} at 'ApplicationName' failed to satisfy constraint: Member must not contain '/'"
        )));
    }
    if world.applications.len() >= quota {
        let code = "TooManyApplicationsException";
        return Err(ApiError::quota("Applications", code, quota));
    }
    Ok(())
}

fn arn(world: &World, name: &str) -> String {
    world.arn(&format!("application/{name}"))
}

/// Adds an application and records an event.
pub(super) fn add(world: &mut World, name: &str, description: Option<String>) {
    world.applications.insert(name.to_owned(), Application::new(name, description, world.now()));
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
    let now = world.now();
    let application =
        world.applications.get_mut(name).ok_or_else(|| lookup::no_application(name))?;
    if let Some(description) = params.raw("Description") {
        application.description = Some(description.to_owned());
    }
    application.updated = now;
    answer(&world, name)
}

pub(super) fn update_lifecycle(request: &Request) -> Reply {
    let params = &request.params;
    let name = params.required("ApplicationName")?;
    let mut world = request.engine.world();
    let application =
        world.applications.get_mut(name).ok_or_else(|| lookup::no_application(name))?;
    application.lifecycle = changed_policy(&application.lifecycle, params)?;
    Ok(Some(
        Structure::new()
            .with("ApplicationName", name)
            .with("ResourceLifecycleConfig", views::lifecycle(&application.lifecycle)),
    ))
}

/// The policy with the changes in `ResourceLifecycleConfig`; other members keep their values.
fn changed_policy(before: &LifecyclePolicy, params: &Params) -> Result<LifecyclePolicy, ApiError> {
    let rules = "ResourceLifecycleConfig.VersionLifecycleConfig";
    let count = rule(params, &format!("{rules}.MaxCountRule"), "MaxCount", 200)?;
    let age = rule(params, &format!("{rules}.MaxAgeRule"), "MaxAgeInDays", 180)?;
    let role = params.owned("ResourceLifecycleConfig.ServiceRole");
    let policy = LifecyclePolicy {
        service_role: role.or_else(|| before.service_role.clone()),
        max_count: count.or(before.max_count),
        max_age: age.or(before.max_age),
    };
    // The texts of both refusals are *assumed*.
    if (count.is_some() || age.is_some()) && policy.service_role.is_none() {
        return Err(ApiError::invalid_combination(
            "A ServiceRole must be specified the first time that a VersionLifecycleConfig is.",
        ));
    }
    let enabled = |rule: Option<Rule>| rule.is_some_and(|rule| rule.enabled);
    if enabled(policy.max_count) && enabled(policy.max_age) {
        return Err(ApiError::invalid_combination(
            "MaxCountRule and MaxAgeRule cannot both be enabled.",
        ));
    }
    Ok(policy)
}

fn rule(
    params: &Params,
    name: &str,
    limit: &str,
    default: usize,
) -> Result<Option<Rule>, ApiError> {
    let Some(enabled) = params.flag(&format!("{name}.Enabled"))? else { return Ok(None) };
    let limit = params.number(&format!("{name}.{limit}"), 1..=1_000_000)?.unwrap_or(default);
    let delete_source = params.flag(&format!("{name}.DeleteSourceFromS3"))?.unwrap_or_default();
    Ok(Some(Rule { enabled, limit, delete_source }))
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
        let order = Order::new(Status::Terminating, &request.id);
        let run = Run::begin(&request.engine, &mut world, &id, order);
        if let (Some(run), Some(environment)) = (run, world.environment(&id)) {
            request.engine.spawn(terminate::run(run, environment.clone()));
        }
    }
    world.applications.remove(name);
    world.versions.retain(|version| version.application != name);
    world.templates.retain(|_, template| template.application != name);
    forget_tags(&mut world, name);
    world.note(
        Severity::Info,
        name,
        None,
        "The application has been deleted successfully.".to_owned(),
    );
    Ok(None)
}

/// Forgets the tags of an application and its versions. Environments keep theirs until they are terminated.
fn forget_tags(world: &mut World, name: &str) {
    let own = arn(world, name);
    let parts = ["applicationversion", "configurationtemplate"]
        .map(|kind| world.arn(&format!("{kind}/{name}/")));
    world.tags.retain(|arn, _| {
        *arn != own && !parts.iter().any(|prefix| arn.starts_with(prefix.as_str()))
    });
}

fn answer(world: &World, name: &str) -> Reply {
    let application = lookup::application(world, name)?;
    Ok(Some(Structure::new().with("Application", views::application(world, application))))
}
