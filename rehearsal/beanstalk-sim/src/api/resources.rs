//! The resources of environments, and the attributes of the account.

use super::{creation, lookup, views};
use crate::host_name::is_host_label;
use crate::request::{Reply, Request};
use crate::wire::{Structure, Value};
use crate::world::{Environment, TEMPLATE_QUOTA, Tier, VERSION_QUOTA};

pub(super) fn describe(request: &Request) -> Reply {
    let world = request.engine.world();
    let environment = lookup::environment(&world, &request.params)?;
    let named = |name: String| Structure::new().with("Name", name);
    let instances = world
        .instances_of(environment)
        .iter()
        .map(|instance| Structure::new().with("Id", &instance.id));
    let balancers = environment
        .load_balancer
        .iter()
        .map(|host| named(views::load_balancer_name(host).to_owned()));
    let nothing = Vec::<Value>::new;
    let resources = Structure::new()
        .with("EnvironmentName", &environment.name)
        .with_list("AutoScalingGroups", [named(environment.group.name.clone())])
        .with_list("Instances", instances)
        .with_list("LaunchConfigurations", nothing())
        .with_list(
            "LaunchTemplates",
            [Structure::new().with("Id", format!("lt-{}", environment.id))],
        )
        .with_list("LoadBalancers", balancers)
        .with_list("Triggers", nothing())
        .with_list("Queues", queues(environment, &world.region, &world.account));
    Ok(Some(Structure::new().with("EnvironmentResources", resources)))
}

fn queues(environment: &Environment, region: &str, account: &str) -> Vec<Structure> {
    match environment.tier {
        Tier::WebServer => Vec::new(),
        Tier::Worker => {
            let name = format!("awseb-{}-stack-AWSEBWorkerQueue", environment.id);
            let url = format!("https://sqs.{region}.amazonaws.com/{account}/{name}");
            vec![Structure::new().with("Name", "WorkerQueue").with("URL", url)]
        }
    }
}

pub(super) fn check_dns(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("CNAMEPrefix", 4..=63)?;
    let prefix = params.required("CNAMEPrefix")?;
    let world = request.engine.world();
    let cname = creation::prefixed(prefix, &world.region);
    let available = is_host_label(prefix) && !world.cname_is_taken(&cname);
    Ok(Some(Structure::new().with("Available", available).with("FullyQualifiedCNAME", cname)))
}

/// Creates the bucket too, if S3 allows it.
pub(super) async fn create_storage_location(request: &Request) -> Reply {
    let bucket = request.engine.storage_bucket();
    if let Err(error) = request.engine.bundles.ensure_bucket(&bucket).await {
        tracing::warn!("bucket `{bucket}` could not be created: {error}");
    }
    Ok(Some(Structure::new().with("S3Bucket", bucket)))
}

pub(super) fn account_attributes(request: &Request) -> Structure {
    let quota = |maximum: usize| Structure::new().with("Maximum", maximum);
    let quotas = Structure::new()
        .with("ApplicationQuota", quota(request.engine.settings.application_quota))
        .with("ApplicationVersionQuota", quota(VERSION_QUOTA))
        .with("EnvironmentQuota", quota(request.engine.settings.environment_quota))
        .with("ConfigurationTemplateQuota", quota(TEMPLATE_QUOTA))
        .with("CustomPlatformQuota", quota(50));
    Structure::new().with("ResourceQuotas", quotas)
}
