//! How the parts of the world look on the wire.

use crate::wire::Structure;
use crate::world::{Application, Environment, HealthStatus, Status, Version, World};

/// An environment's description; `version` is the label to show, which may be ahead of the deployed one.
pub(super) fn environment(
    world: &World,
    environment: &Environment,
    version: Option<&str>,
) -> Structure {
    let (region, account) = (&world.region, &world.account);
    let (application, name) = (&environment.application, &environment.name);
    let (health, _) = health(world, environment);
    let colour =
        if environment.status == Status::Ready { health.colour() } else { environment.colour() };
    let tier = Structure::new()
        .with("Name", environment.tier.name())
        .with("Type", environment.tier.kind())
        .with("Version", "1.0");
    let load_balancer = environment.load_balancer.as_ref().map(|host| load_balancer(host));
    Structure::new()
        .with("EnvironmentName", name)
        .with("EnvironmentId", &environment.id)
        .with("ApplicationName", application)
        .with_some("VersionLabel", version)
        .with("SolutionStackName", environment.platform.solution_stack())
        .with("PlatformArn", environment.platform.arn(region))
        .with_some("Description", environment.description.as_ref())
        .with_some("EndpointURL", environment.endpoint())
        .with_some("CNAME", environment.cname.as_ref())
        .with("DateCreated", environment.created)
        .with("DateUpdated", environment.updated)
        .with("Status", environment.status.to_string())
        .with("AbortableOperationInProgress", environment.status == Status::Updating)
        .with("Health", colour.name())
        .with_some("HealthStatus", environment.options.enhanced_health().then(|| health.name()))
        .with_some("Resources", load_balancer)
        .with("Tier", tier)
        .with_list("EnvironmentLinks", Vec::<Structure>::new())
        .with(
            "EnvironmentArn",
            format!("arn:aws:elasticbeanstalk:{region}:{account}:environment/{application}/{name}"),
        )
}

fn load_balancer(host: &str) -> Structure {
    let listener = Structure::new().with("Protocol", "HTTP").with("Port", "80");
    let description = Structure::new()
        .with("LoadBalancerName", load_balancer_name(host))
        .with("Domain", host)
        .with_list("Listeners", [listener]);
    Structure::new().with("LoadBalancer", description)
}

pub(super) fn load_balancer_name(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

/// The health that can be seen, and its causes: without instances there is nothing to be well.
pub(super) fn health(world: &World, environment: &Environment) -> (HealthStatus, Vec<String>) {
    let alone = world.instances_of(environment).is_empty();
    if alone && environment.status == Status::Ready && environment.health != HealthStatus::Severe {
        let desired = environment.options.instance_count();
        let cause = format!(
            "There are no instances. Auto Scaling group desired capacity is set to {desired}."
        );
        return (HealthStatus::Suspended, vec![cause]);
    }
    (environment.health, environment.causes.clone())
}

/// An application's description.
pub(super) fn application(world: &World, application: &Application) -> Structure {
    let name = &application.name;
    let labels = world
        .versions
        .iter()
        .rev()
        .filter(|version| version.application == *name)
        .map(|version| &version.label);
    Structure::new()
        .with("ApplicationName", name)
        .with(
            "ApplicationArn",
            format!(
                "arn:aws:elasticbeanstalk:{}:{}:application/{name}",
                world.region, world.account
            ),
        )
        .with_some("Description", application.description.as_ref())
        .with("DateCreated", application.created)
        .with("DateUpdated", application.updated)
        .with_list("Versions", labels)
        .with_list("ConfigurationTemplates", Vec::<Structure>::new())
}

/// An application version's description.
pub(super) fn version(world: &World, version: &Version) -> Structure {
    let (application, label) = (&version.application, &version.label);
    let bundle = version
        .bundle
        .as_ref()
        .map(|bundle| Structure::new().with("S3Bucket", &bundle.bucket).with("S3Key", &bundle.key));
    Structure::new()
        .with(
            "ApplicationVersionArn",
            format!(
                "arn:aws:elasticbeanstalk:{}:{}:applicationversion/{application}/{label}",
                world.region, world.account
            ),
        )
        .with("ApplicationName", application)
        .with_some("Description", version.description.as_ref())
        .with("VersionLabel", label)
        .with_some("SourceBundle", bundle)
        .with("DateCreated", version.created)
        .with("DateUpdated", version.updated)
        .with("Status", version.status.name())
}
