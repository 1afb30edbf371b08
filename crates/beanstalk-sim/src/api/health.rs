//! Enhanced health, of environments and of their instances.

use jiff::Timestamp;

use super::{Reply, Request, lookup, views};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Environment, HealthStatus, Instance, World};

pub(super) fn environment(request: &Request) -> Reply {
    let world = request.engine.world();
    let environment = enhanced(&world, &request.params)?;
    let (health, causes) = views::health(&world, environment);
    let wanted = Wanted::read(&request.params);
    let counts = || instance_counts(health, world.instances_of(environment).len());
    Ok(Some(
        Structure::new()
            .with("EnvironmentName", &environment.name)
            .with_some("HealthStatus", wanted.any("HealthStatus").then(|| health.name()))
            .with_some("Status", wanted.any("Status").then(|| environment.status.to_string()))
            .with_some("Color", wanted.any("Color").then(|| colour(environment, health)))
            .with_some("Causes", wanted.any("Causes").then(|| list(causes)))
            .with_some("ApplicationMetrics", wanted.any("ApplicationMetrics").then(no_requests))
            .with_some("InstancesHealth", wanted.any("InstancesHealth").then(counts))
            .with_some("RefreshedAt", wanted.any("RefreshedAt").then(Timestamp::now)),
    ))
}

pub(super) fn instances(request: &Request) -> Reply {
    let world = request.engine.world();
    let environment = enhanced(&world, &request.params)?;
    let wanted = Wanted::read(&request.params);
    let (health, _) = views::health(&world, environment);
    let view = |instance| single_instance(environment, instance, health, &world.region, &wanted);
    Ok(Some(
        Structure::new()
            .with_list("InstanceHealthList", world.instances_of(environment).iter().map(view))
            .with("RefreshedAt", Timestamp::now()),
    ))
}

/// The attributes that a call asks for.
struct Wanted<'a>(Vec<&'a str>);

impl<'a> Wanted<'a> {
    fn read(params: &'a Params) -> Self {
        Self(params.list("AttributeNames"))
    }

    fn any(&self, name: &str) -> bool {
        self.0.contains(&"All") || self.0.contains(&name)
    }
}

fn enhanced<'a>(world: &'a World, params: &Params) -> Result<&'a Environment, ApiError> {
    let environment = lookup::environment(world, params)?;
    if environment.options.enhanced_health() {
        return Ok(environment);
    }
    Err(ApiError::sender("InvalidRequestException", "DescribeEnvironmentHealth is not supported."))
}

/// The colour goes with the status of health here, other than in descriptions of environments.
fn colour(environment: &Environment, health: HealthStatus) -> &'static str {
    if environment.status == crate::world::Status::Ready {
        health.colour().name()
    } else {
        environment.colour().name()
    }
}

fn single_instance(
    environment: &Environment,
    instance: &Instance,
    health: HealthStatus,
    region: &str,
    wanted: &Wanted<'_>,
) -> Structure {
    let deployment = || {
        Structure::new()
            .with_some("VersionLabel", instance.deployment.version.as_ref())
            .with("DeploymentId", instance.deployment.id)
            .with("Status", instance.deployment.status.name())
            .with("DeploymentTime", instance.deployment.at)
    };
    let system = || {
        let load = list(["0.01", "0.02", "0.01"]);
        let usage = Structure::new()
            .with("User", 1.0)
            .with("System", 0.5)
            .with("Idle", 98.5)
            .with("IOWait", 0.0);
        Structure::new().with("CPUUtilization", usage).with("LoadAverage", load)
    };
    Structure::new()
        .with("InstanceId", &instance.id)
        .with_some("HealthStatus", wanted.any("HealthStatus").then(|| health.name()))
        .with_some("Color", wanted.any("Color").then(|| health.colour().name()))
        .with_some(
            "Causes",
            wanted.any("Causes").then(|| list(causes(environment, instance, health))),
        )
        .with_some("LaunchedAt", wanted.any("LaunchedAt").then_some(instance.launched))
        .with_some("ApplicationMetrics", wanted.any("ApplicationMetrics").then(no_requests))
        .with_some("System", wanted.any("System").then(system))
        .with_some("Deployment", wanted.any("Deployment").then(deployment))
        .with_some("AvailabilityZone", wanted.any("AvailabilityZone").then(|| format!("{region}a")))
        .with_some("InstanceType", wanted.any("InstanceType").then_some("t3.micro"))
}

/// An instance on another version says so, unless nobody noticed.
fn causes(environment: &Environment, instance: &Instance, health: HealthStatus) -> Vec<String> {
    let (running, expected) = (&instance.running, &environment.release);
    if health == HealthStatus::Ok || running.deployment_id == expected.deployment_id {
        return environment.causes.clone();
    }
    let name = |version: &Option<String>| {
        version.clone().unwrap_or_else(|| "Sample Application".to_owned())
    };
    vec![format!(
        "Incorrect application version \"{}\" (deployment {}). Expected version \"{}\" (deployment {}).",
        name(&running.version),
        running.deployment_id,
        name(&expected.version),
        expected.deployment_id
    )]
}

fn instance_counts(health: HealthStatus, count: usize) -> Structure {
    ["NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe"]
        .into_iter()
        .fold(Structure::new(), |counts, name| {
            counts.with(name, if name == health.name() { count } else { 0 })
        })
}

fn no_requests() -> Structure {
    let codes = ["Status2xx", "Status3xx", "Status4xx", "Status5xx"];
    let codes = codes.into_iter().fold(Structure::new(), |codes, name| codes.with(name, 0_u64));
    Structure::new().with("Duration", 10_u64).with("RequestCount", 0_u64).with("StatusCodes", codes)
}

fn list<T: Into<crate::wire::Value>>(values: impl IntoIterator<Item = T>) -> crate::wire::Value {
    crate::wire::Value::List(values.into_iter().map(Into::into).collect())
}
