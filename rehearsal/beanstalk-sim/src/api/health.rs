//! Enhanced health, of environments and of their instances.

use super::lookup;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure, Value};
use crate::world::{Deployment, Environment, Instance, Metrics, World};

/// The health attributes of an environment.
const OF_ENVIRONMENTS: [&str; 8] = [
    "Status",
    "Color",
    "Causes",
    "ApplicationMetrics",
    "InstancesHealth",
    "All",
    "HealthStatus",
    "RefreshedAt",
];
/// The health attributes of instances.
const OF_INSTANCES: [&str; 11] = [
    "HealthStatus",
    "Color",
    "Causes",
    "ApplicationMetrics",
    "RefreshedAt",
    "LaunchedAt",
    "System",
    "Deployment",
    "AvailabilityZone",
    "InstanceType",
    "All",
];

pub(super) fn environment(request: &Request) -> Reply {
    let world = request.engine.world();
    let environment = enhanced(&world, &request.params, "DescribeEnvironmentHealth")?;
    let instances = world.instances_of(environment);
    let wanted = Wanted::read(&request.params, &OF_ENVIRONMENTS)?;
    let moment = world.clock.moment();
    let metrics = || {
        application_metrics(&Metrics::sum(instances.iter().map(|one| one.requests.metrics(moment))))
    };
    Ok(Some(
        Structure::new()
            .with("EnvironmentName", &environment.name)
            .with_some(
                "HealthStatus",
                wanted.any("HealthStatus").then(|| environment.health.name()),
            )
            .with_some("Status", wanted.any("Status").then(|| environment.status.to_string()))
            .with_some("Color", wanted.any("Color").then(|| environment.health.colour().name()))
            .with_some("Causes", wanted.any("Causes").then(|| list(environment.causes.clone())))
            .with_some("ApplicationMetrics", wanted.any("ApplicationMetrics").then(metrics))
            .with_some("InstancesHealth", wanted.any("InstancesHealth").then(|| counts(instances)))
            .with_some("RefreshedAt", wanted.any("RefreshedAt").then(|| world.now())),
    ))
}

pub(super) fn instances(request: &Request) -> Reply {
    let world = request.engine.world();
    let environment = enhanced(&world, &request.params, "DescribeInstancesHealth")?;
    let wanted = Wanted::read(&request.params, &OF_INSTANCES)?;
    let page =
        super::paging::page(world.instances_of(environment).iter().collect(), &request.params)?;
    let view = |instance: &Instance| single(&world, environment, instance, &wanted);
    Ok(Some(
        Structure::new()
            .with_list("InstanceHealthList", page.items.into_iter().map(view))
            .with("RefreshedAt", world.now())
            .with_some("NextToken", page.next_token),
    ))
}

/// The attributes that a call requests.
struct Wanted<'a>(Vec<&'a str>);

impl<'a> Wanted<'a> {
    fn read(params: &'a Params, known: &[&str]) -> Result<Self, ApiError> {
        let names = params.list("AttributeNames");
        if names.iter().all(|name| known.contains(name)) {
            return Ok(Self(names));
        }
        let rule = format_args!(
            "Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
            known.join(", ")
        );
        Err(ApiError::validation("AttributeNames", &format!("[{}]", names.join(", ")), rule))
    }

    fn any(&self, name: &str) -> bool {
        self.0.contains(&"All") || self.0.contains(&name)
    }
}

/// The environment of a call, which must have enhanced reporting. The refusal names the operation; that of
/// `DescribeInstancesHealth` is *assumed* to have the text of the other one.
fn enhanced<'a>(
    world: &'a World,
    params: &Params,
    operation: &str,
) -> Result<&'a Environment, ApiError> {
    let environment = lookup::environment(world, params)?;
    if environment.options.enhanced_health() {
        return Ok(environment);
    }
    let message = format!("{operation} is not supported.");
    Err(ApiError::sender("InvalidRequestException", message))
}

fn single(
    world: &World,
    environment: &Environment,
    instance: &Instance,
    wanted: &Wanted<'_>,
) -> Structure {
    let health = &instance.health;
    let metrics = || application_metrics(&instance.requests.metrics(world.clock.moment()));
    let zone = || format!("{}{}", world.region, instance.zone);
    Structure::new()
        .with("InstanceId", &instance.id)
        .with_some("HealthStatus", wanted.any("HealthStatus").then(|| health.status.name()))
        .with_some("Color", wanted.any("Color").then(|| health.status.colour().name()))
        .with_some("Causes", wanted.any("Causes").then(|| list(health.causes.clone())))
        .with_some("LaunchedAt", wanted.any("LaunchedAt").then_some(instance.launched))
        .with_some("ApplicationMetrics", wanted.any("ApplicationMetrics").then(metrics))
        .with_some("System", wanted.any("System").then(system))
        .with_some("Deployment", wanted.any("Deployment").then(|| deployment(&instance.deployment)))
        .with_some("AvailabilityZone", wanted.any("AvailabilityZone").then(zone))
        .with_some(
            "InstanceType",
            wanted.any("InstanceType").then(|| environment.options.instance_type()),
        )
}

fn deployment(deployment: &Deployment) -> Structure {
    Structure::new()
        .with_some("VersionLabel", deployment.version.as_ref())
        .with("DeploymentId", deployment.id)
        .with("Status", deployment.status.name())
        .with("DeploymentTime", deployment.at)
}

/// The figures of an idle instance. Instances are processes of one machine, so nothing is measured.
fn system() -> Structure {
    let usage = Structure::new()
        .with("User", 1.0)
        .with("Nice", 0.0)
        .with("System", 0.5)
        .with("Idle", 98.5)
        .with("IOWait", 0.0)
        .with("IRQ", 0.0)
        .with("SoftIRQ", 0.0);
    Structure::new().with("CPUUtilization", usage).with("LoadAverage", list([0.01, 0.02, 0.01]))
}

fn counts(instances: &[Instance]) -> Structure {
    ["NoData", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe"]
        .into_iter()
        .fold(Structure::new(), |counts, name| {
            let count = instances.iter().filter(|one| one.health.status.name() == name).count();
            counts.with(name, count)
        })
}

fn application_metrics(metrics: &Metrics) -> Structure {
    let [successes, redirections, client_errors, server_errors] = metrics.by_class;
    let codes = Structure::new()
        .with("Status2xx", successes)
        .with("Status3xx", redirections)
        .with("Status4xx", client_errors)
        .with("Status5xx", server_errors);
    let percentiles = [
        ("P999", 999),
        ("P99", 990),
        ("P95", 950),
        ("P90", 900),
        ("P85", 850),
        ("P75", 750),
        ("P50", 500),
        ("P10", 100),
    ];
    let latency = percentiles.into_iter().fold(Structure::new(), |latency, (name, share)| {
        latency.with_some(name, metrics.latency(share).map(milliseconds))
    });
    Structure::new()
        .with("Duration", 10_u64)
        .with("RequestCount", metrics.rate())
        .with("StatusCodes", codes)
        .with("Latency", latency)
}

/// Seconds with three decimals, as Beanstalk formats them.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0).ceil() / 1000.0
}

fn list<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Value {
    Value::List(values.into_iter().map(Into::into).collect())
}
