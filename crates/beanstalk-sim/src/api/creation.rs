//! The creation of an environment.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Reply, Request, lookup, views};
use crate::lifecycle::{Run, create as lifecycle};
use crate::wire::{ApiError, Params};
use crate::world::{
    Environment, HealthStatus, Operation, OptionSettings, Platform, Release, Site, Status, Tier,
    Version, World, names,
};

pub(super) fn create(request: &Request) -> Reply {
    let params = &request.params;
    let mut world = request.engine.world();
    let environment = draft(&world, params)?;
    let version = first_version(&world, params, &environment.application)?;
    let (id, name) = (environment.id.clone(), environment.name.clone());
    let arn = format!(
        "arn:aws:elasticbeanstalk:{}:{}:environment/{}/{name}",
        world.region, world.account, environment.application
    );
    world.tags.insert(arn, super::tags::read(params, "Tags"));
    world.environments.push(environment);
    world.begin(&id, Status::Launching, &request.id);
    let environment =
        lookup::environment(&world, &Params::from_pairs([("EnvironmentId".to_owned(), id)]))?;
    let run = Run::new(
        &request.engine,
        environment,
        request.engine.deploy_stretch(&world.faults, &name),
        world.faults.slowness(&name),
    );
    let label = version.as_ref().map(|version| version.label.clone());
    request.engine.spawn(lifecycle::run(run, version));
    Ok(Some(views::environment(&world, environment, label.as_deref())))
}

/// The environment as it is before anything has been launched.
fn draft(world: &World, params: &Params) -> Result<Environment, ApiError> {
    let application = params.required("ApplicationName")?;
    lookup::application(world, application)?;
    let name = environment_name(world, params)?;
    params.check_length("Description", 0..=200)?;
    let template = template(world, params)?;
    let options = match template {
        Some(source) => lookup::changed_options(&source.options, params)?
            .unwrap_or_else(|| source.options.clone()),
        None => lookup::changed_options(&OptionSettings::default(), params)?.unwrap_or_default(),
    };
    let tier = tier(params)?;
    let now = Timestamp::now();
    Ok(Environment {
        id: format!("e-{}", names::alphanumeric(10)),
        name: name.to_owned(),
        application: application.to_owned(),
        description: params.owned("Description"),
        tier,
        platform: platform(params, template)?,
        cname: (tier == Tier::WebServer).then(|| cname(world, params, name)).transpose()?,
        load_balancer: (options.load_balanced() && tier == Tier::WebServer)
            .then(|| load_balancer(&world.region)),
        address: None,
        status: Status::Launching,
        health: HealthStatus::Unknown,
        causes: Vec::new(),
        release: Release { version: None, deployment_id: 0, site: Arc::new(Site::sample()) },
        deployments: 0,
        instances: Vec::new(),
        options,
        pending_options: None,
        created: now,
        updated: now,
        operation: Operation::default(),
    })
}

fn environment_name<'a>(world: &World, params: &'a Params) -> Result<&'a str, ApiError> {
    params.check_length("EnvironmentName", 4..=40)?;
    let name = params.required("EnvironmentName")?;
    if !names::is_host_label(name) {
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

/// The environment to take settings from, as `eb clone` does; saved configurations are not simulated.
fn template<'a>(world: &'a World, params: &Params) -> Result<Option<&'a Environment>, ApiError> {
    if let Some(template) = params.text("TemplateName") {
        return Err(ApiError::invalid_value(format!(
            "No Configuration Template named '{template}' found."
        )));
    }
    let Some(name) = params.text("TemplateSpecification.TemplateSource.EnvironmentName") else {
        return Ok(None);
    };
    let found = world.named(name);
    let missing =
        || ApiError::invalid_value(format!("No Environment found for EnvironmentName = '{name}'."));
    found.map(Some).ok_or_else(missing)
}

fn tier(params: &Params) -> Result<Tier, ApiError> {
    match params.text("Tier.Name") {
        None | Some("WebServer") => Ok(Tier::WebServer),
        Some("Worker") => Ok(Tier::Worker),
        Some(other) => {
            Err(ApiError::invalid_value(format!("No EnvironmentTier found for name '{other}'.")))
        }
    }
}

/// The platform that is asked for, or the template's, or the default.
pub(super) fn platform(
    params: &Params,
    template: Option<&Environment>,
) -> Result<Platform, ApiError> {
    match (params.text("PlatformArn"), params.text("SolutionStackName")) {
        (Some(_), Some(_)) => Err(ApiError::invalid_combination(
            "Cannot specify both SolutionStackName and PlatformArn. Use one of the two.",
        )),
        (Some(arn), None) => Platform::from_arn(arn)
            .ok_or_else(|| ApiError::invalid_value(format!("No Platform named '{arn}' found."))),
        (None, Some(stack)) => Platform::from_solution_stack(stack).ok_or_else(|| {
            ApiError::invalid_value(format!("No Solution Stack named '{stack}' found."))
        }),
        (None, None) => Ok(template.map(|template| template.platform.clone()).unwrap_or_default()),
    }
}

fn cname(world: &World, params: &Params, environment: &str) -> Result<String, ApiError> {
    params.check_length("CNAMEPrefix", 4..=63)?;
    let Some(prefix) = params.text("CNAMEPrefix") else {
        let random = names::alphanumeric(8);
        return Ok(format!("{environment}.eba-{random}.{}.elasticbeanstalk.com", world.region)
            .to_lowercase());
    };
    if !names::is_host_label(prefix) {
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

fn load_balancer(region: &str) -> String {
    format!("awseb-AWSEB-{}.{region}.elb.amazonaws.com", names::hexadecimal(12).to_uppercase())
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
