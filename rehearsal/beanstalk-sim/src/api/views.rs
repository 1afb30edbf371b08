//! The parts of the world in answers.

use crate::health_status::{Colour, HealthStatus};
use crate::wire::Structure;
use crate::world::lifecycle_policy::{LifecyclePolicy, Rule};
use crate::world::{Application, Environment, Status, Version, World};

/// An environment's description.
pub(super) fn environment(world: &World, environment: &Environment) -> Structure {
    let version = environment.release.version.as_deref();
    describe(world, environment, version, environment.colour())
}

/// The description in the answer to a call that begins an operation: it has the new version and is grey.
pub(super) fn beginning(
    world: &World,
    environment: &Environment,
    version: Option<&str>,
) -> Structure {
    describe(world, environment, version, Colour::Grey)
}

fn describe(
    world: &World,
    environment: &Environment,
    version: Option<&str>,
    colour: Colour,
) -> Structure {
    let (region, account) = (&world.region, &world.account);
    let (application, name) = (&environment.application, &environment.name);
    let tier = Structure::new()
        .with("Name", environment.tier.name())
        .with("Type", environment.tier.kind())
        .with("Version", "1.0");
    let load_balancer = environment.load_balancer.as_ref().map(|host| load_balancer(host));
    let links = world.environment_links.get(&environment.id).into_iter().flatten();
    let links = links
        .map(|(link, name)| Structure::new().with("LinkName", link).with("EnvironmentName", name));
    Structure::new()
        .with("EnvironmentName", name)
        .with("EnvironmentId", &environment.id)
        .with("ApplicationName", application)
        .with_some("VersionLabel", version)
        .with("SolutionStackName", environment.platform.solution_stack())
        .with("PlatformArn", environment.platform.arn(region))
        .with_some("TemplateName", world.applied_templates.get(&environment.id))
        .with_some("Description", environment.description.as_ref())
        .with_some("EndpointURL", environment.endpoint())
        .with_some("CNAME", environment.cname.as_ref())
        .with("DateCreated", environment.created)
        .with("DateUpdated", environment.updated)
        .with("Status", environment.status.to_string())
        .with("AbortableOperationInProgress", environment.status == Status::Updating)
        .with("Health", colour.name())
        .with_some("HealthStatus", environment.health_status().map(HealthStatus::name))
        .with_some("Resources", load_balancer)
        .with("Tier", tier)
        .with_list("EnvironmentLinks", links)
        .with(
            "EnvironmentArn",
            format!("arn:aws:elasticbeanstalk:{region}:{account}:environment/{application}/{name}"),
        )
        .with_some("OperationsRole", world.operations_roles.get(&environment.id))
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

/// An application's description.
pub(super) fn application(world: &World, application: &Application) -> Structure {
    let name = &application.name;
    let labels = world
        .versions
        .iter()
        .rev()
        .filter(|version| version.application == *name)
        .map(|version| &version.label);
    let templates = world
        .templates
        .values()
        .filter(|template| template.application == *name)
        .map(|template| &template.name);
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
        .with_list("ConfigurationTemplates", templates)
        .with("ResourceLifecycleConfig", lifecycle(&application.lifecycle))
}

/// A lifecycle policy. The service includes rules that are disabled.
pub(super) fn lifecycle(policy: &LifecyclePolicy) -> Structure {
    let rule = |rule: Option<Rule>, limit: &'static str, default: usize| {
        let rule = rule.unwrap_or(Rule { enabled: false, limit: default, delete_source: false });
        Structure::new()
            .with("Enabled", rule.enabled)
            .with(limit, rule.limit)
            .with("DeleteSourceFromS3", rule.delete_source)
    };
    let rules = Structure::new()
        .with("MaxCountRule", rule(policy.max_count, "MaxCount", 200))
        .with("MaxAgeRule", rule(policy.max_age, "MaxAgeInDays", 180));
    Structure::new()
        .with_some("ServiceRole", policy.service_role.as_ref())
        .with("VersionLifecycleConfig", rules)
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
