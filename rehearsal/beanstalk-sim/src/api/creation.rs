//! The creation of an environment.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{lookup, views};
use crate::faults::Target;
use crate::health_status::HealthStatus;
use crate::host::Source;
use crate::host_name::is_host_label;
use crate::lifecycle::{Order, Run, create as lifecycle, deploy, monitor};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params};
use crate::world::{
    AutoScalingGroup, Environment, Operation, OptionSettings, Platform, Release, Status, Tier,
    Version, World,
};

/// The time for which the service keeps the data of terminated environments.
const KEPT: SignedDuration = SignedDuration::from_hours(42 * 24);

pub(super) fn create(request: &Request) -> Reply {
    let params = &request.params;
    let mut world = request.engine.world();
    check_quota(&world, request.engine.settings.environment_quota)?;
    let environment = draft(&mut world, params)?;
    let version = first_version(&world, params, &environment.application)?;
    let (id, name) = (environment.id.clone(), environment.name.clone());
    let tags = super::tags::read_new(params, super::tags::MOST_OF_ENVIRONMENT)?;
    let arn = world.arn(&format!("environment/{}/{name}", environment.application));
    world.tags.insert(arn, tags);
    if let Some(template) = params.owned("TemplateName") {
        world.applied_templates.insert(id.clone(), template);
    }
    if let Some(role) = params.owned("OperationsRole") {
        world.operations_roles.insert(id.clone(), role);
    }
    world.environments.push(environment);
    let label = version.as_ref().map(|version| version.label.clone());
    let stretch = deploy::stretch(
        &request.engine.settings,
        &world.faults,
        &Target { version: label.as_deref(), ..Target::environment(&name) },
    );
    let order =
        Order { version: label.as_deref(), stretch, ..Order::new(Status::Launching, &request.id) };
    let run = Run::begin(&request.engine, &mut world, &id, order).ok_or_else(ApiError::internal)?;
    request.engine.spawn(lifecycle::run(run, version));
    request.engine.spawn(monitor::watch(Arc::clone(&request.engine), id.clone()));
    let environment = world.environment(&id).ok_or_else(ApiError::internal)?;
    Ok(Some(views::beginning(&world, environment, label.as_deref())))
}

/// The environment before anything is launched.
fn draft(world: &mut World, params: &Params) -> Result<Environment, ApiError> {
    let application = params.required("ApplicationName")?;
    lookup::application(world, application)?;
    let name = environment_name(world, params)?;
    params.check_length("Description", 0..=200)?;
    let (base, base_platform) = base(world, params, application)?;
    let options = lookup::changed_options(&base, params)?.unwrap_or(base);
    let tier = tier(params)?;
    let platform = platform(params, Some(&base_platform))?;
    let (name, now) = (name.to_owned(), world.now());
    let cname = match tier {
        Tier::WebServer => Some(cname(world, params, &name)?),
        Tier::Worker => None,
    };
    let balanced = options.load_balanced() && tier == Tier::WebServer;
    let load_balancer = balanced.then(|| load_balancer(world));
    let id = format!("e-{}", world.names.alphanumeric(10));
    let group = format!(
        "awseb-{id}-stack-AWSEBAutoScalingGroup-{}",
        world.names.alphanumeric(12).to_uppercase()
    );
    Ok(Environment {
        id,
        name,
        application: application.to_owned(),
        description: params.owned("Description"),
        tier,
        platform,
        next_platform: None,
        cname,
        load_balancer,
        address: None,
        status: Status::Launching,
        health: HealthStatus::Unknown,
        causes: Vec::new(),
        activity: None,
        release: Release { version: None, deployment_id: 0, source: Source::sample() },
        deployments: 0,
        group: AutoScalingGroup::new(group, &options),
        instances: Vec::new(),
        split: None,
        infos: Vec::new(),
        options,
        file_options: Vec::new(),
        pending_options: None,
        before_update: None,
        created: now,
        updated: now,
        first_version: params.owned("VersionLabel"),
        operation: Operation::default(),
    })
}

/// The terminated environment with this identifier, as long as the service keeps its data.
pub(super) fn terminated<'a>(world: &'a World, id: &str) -> Option<&'a Environment> {
    let now = world.now();
    world.environment(id).filter(|environment| {
        environment.status == Status::Terminated && now.duration_since(environment.updated) < KEPT
    })
}

/// Creates a terminated environment again, with its version, its settings and its names, which must be free.
///
/// The texts of the refusals are those of a creation, which is *assumed*, like the events.
pub(super) fn rebuild(request: &Request, world: &mut World, id: &str) -> Reply {
    check_quota(world, request.engine.settings.environment_quota)?;
    let environment = world.environment(id).ok_or_else(ApiError::internal)?;
    check_names_are_free(world, environment)?;
    let label = environment.release.version.clone();
    let version = label
        .as_deref()
        .map(|label| lookup::version(world, &environment.application, label).cloned())
        .transpose()?;
    let environment = world.environment_mut(id).ok_or_else(ApiError::internal)?;
    environment.rebuild();
    let order = Order { version: label.as_deref(), ..Order::new(Status::Launching, &request.id) };
    let run = Run::begin(&request.engine, world, id, order).ok_or_else(ApiError::internal)?;
    request.engine.spawn(lifecycle::run(run, version));
    request.engine.spawn(monitor::watch(Arc::clone(&request.engine), id.to_owned()));
    Ok(None)
}

fn check_names_are_free(world: &World, environment: &Environment) -> Result<(), ApiError> {
    let name = &environment.name;
    if world.named(name).is_some() {
        return Err(ApiError::invalid_value(format!("Environment {name} already exists.")));
    }
    match &environment.cname {
        Some(cname) if world.cname_is_taken(cname) => {
            Err(ApiError::invalid_value(format!("DNS name ({cname}) is not available.")))
        }
        _ => Ok(()),
    }
}

fn check_quota(world: &World, quota: usize) -> Result<(), ApiError> {
    if world.living().count() >= quota {
        return Err(ApiError::quota("Environments", "TooManyEnvironmentsException", quota));
    }
    Ok(())
}

fn environment_name<'a>(world: &World, params: &'a Params) -> Result<&'a str, ApiError> {
    params.check_length("EnvironmentName", 4..=40)?;
    let name = params.required("EnvironmentName")?;
    if !is_host_label(name) {
        return Err(ApiError::invalid_value(format!(
            "Value {name} at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, \
             digits, and the dash character and may not start or end with a dash"
        )));
    }
    if world.named(name).is_some() {
        return Err(ApiError::invalid_value(format!("Environment {name} already exists.")));
    }
    Ok(name)
}

/// The base of settings and platform: a saved configuration, or an environment as with `eb clone`.
fn base(
    world: &World,
    params: &Params,
    application: &str,
) -> Result<(OptionSettings, Platform), ApiError> {
    if let Some(template) = lookup::base(world, params, application)? {
        return Ok((template.options.clone(), template.platform.clone()));
    }
    let source = source_environment(world, params)?;
    let of = |source: &Environment| (source.options.clone(), source.platform.clone());
    Ok(source.map(of).unwrap_or_default())
}

fn source_environment<'a>(
    world: &'a World,
    params: &Params,
) -> Result<Option<&'a Environment>, ApiError> {
    let Some(name) = params.text("TemplateSpecification.TemplateSource.EnvironmentName") else {
        return Ok(None);
    };
    let found = world.named(name);
    let missing =
        || ApiError::invalid_value(format!("No Environment found for EnvironmentName = '{name}'."));
    found.map(Some).ok_or_else(missing)
}

pub(super) fn tier(params: &Params) -> Result<Tier, ApiError> {
    match params.text("Tier.Name") {
        None | Some("WebServer") => Ok(Tier::WebServer),
        Some("Worker") => Ok(Tier::Worker),
        Some(other) => {
            Err(ApiError::invalid_value(format!("No EnvironmentTier found for name '{other}'.")))
        }
    }
}

/// The requested platform, or the previous one, or the default.
pub(super) fn platform(params: &Params, before: Option<&Platform>) -> Result<Platform, ApiError> {
    match (params.text("PlatformArn"), params.text("SolutionStackName")) {
        (Some(_), Some(_)) => Err(ApiError::invalid_combination(
            "Cannot specify both SolutionStackName and PlatformArn. Use one of the two.",
        )),
        (Some(arn), None) => Platform::from_arn(arn)
            .ok_or_else(|| ApiError::invalid_value(format!("No Platform named '{arn}' found."))),
        (None, Some(stack)) => Platform::from_solution_stack(stack).ok_or_else(|| {
            ApiError::invalid_value(format!("No Solution Stack named '{stack}' found."))
        }),
        (None, None) => Ok(before.cloned().unwrap_or_default()),
    }
}

fn cname(world: &mut World, params: &Params, environment: &str) -> Result<String, ApiError> {
    params.check_length("CNAMEPrefix", 4..=63)?;
    let Some(prefix) = params.text("CNAMEPrefix") else {
        let random = world.names.alphanumeric(8);
        return Ok(format!("{environment}.eba-{random}.{}.elasticbeanstalk.com", world.region)
            .to_lowercase());
    };
    if !is_host_label(prefix) {
        return Err(ApiError::invalid_value(format!(
            "Value {prefix} at 'CNAMEPrefix' failed to satisfy constraint: Member must contain only letters, \
             digits, and the dash character and may not start or end with a dash"
        )));
    }
    let cname = prefixed(prefix, &world.region);
    if world.cname_is_taken(&cname) {
        return Err(ApiError::invalid_value(format!("DNS name ({cname}) is not available.")));
    }
    Ok(cname)
}

/// The host name for a prefix.
pub(super) fn prefixed(prefix: &str, region: &str) -> String {
    format!("{prefix}.{region}.elasticbeanstalk.com").to_lowercase()
}

fn load_balancer(world: &mut World) -> String {
    let name = world.names.hexadecimal(12).to_uppercase();
    format!("awseb-AWSEB-{name}.{}.elb.amazonaws.com", world.region)
}

fn first_version(
    world: &World,
    params: &Params,
    application: &str,
) -> Result<Option<Version>, ApiError> {
    params
        .text("VersionLabel")
        .map(|label| lookup::version(world, application, label).cloned())
        .transpose()
}
