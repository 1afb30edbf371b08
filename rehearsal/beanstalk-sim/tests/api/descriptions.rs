//! Descriptions of environments and events: filters and pages.

use aws_sdk_elasticbeanstalk::operation::describe_environments::builders::DescribeEnvironmentsFluentBuilder;
use aws_sdk_elasticbeanstalk::types::EnvironmentTier;

use crate::stage::{APPLICATION, refusal, stage};

async fn names(request: DescribeEnvironmentsFluentBuilder) -> Vec<String> {
    let environments = request.send().await.unwrap().environments.unwrap_or_default();
    environments.into_iter().filter_map(|environment| environment.environment_name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_are_found_by_name_id_application_and_version() {
    let stage = stage().await;
    for name in ["shop-a", "shop-b"] {
        stage.environment(name).await;
    }
    stage.deploy("shop-b", "v2").await;
    let describe = || stage.client.describe_environments();
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    assert_eq!(names(describe()).await, ["shop-a", "shop-b"]);
    assert_eq!(names(describe().environment_ids(&id)).await, ["shop-a"]);
    assert_eq!(
        names(describe().environment_names("shop-b").environment_names("no-such")).await,
        ["shop-b"]
    );
    assert!(names(describe().environment_ids(&id).environment_names("shop-b")).await.is_empty());
    assert_eq!(
        names(describe().application_name(APPLICATION).version_label("v2")).await,
        ["shop-b"]
    );
    assert!(names(describe().application_name("other")).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn environments_come_in_pages() {
    let stage = stage().await;
    for name in ["shop-a", "shop-b", "shop-c"] {
        stage.environment(name).await;
    }
    let page = |token: Option<String>| {
        stage.client.describe_environments().max_records(2).set_next_token(token).send()
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.environments().len(), 2);
    let last = page(first.next_token).await.unwrap();
    assert_eq!((last.environments().len(), last.next_token), (1, None));
    insta::assert_snapshot!(refusal(page(Some("later".to_owned())).await), @"InvalidParameterValue: The NextToken is not valid.");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_platform() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let arn = stage.describe("shop-a").await.unwrap().platform_arn.unwrap();
    let count = async |arn: &str| {
        let request = stage.client.describe_events().platform_arn(arn).environment_name("shop-a");
        request.send().await.unwrap().events().len()
    };
    assert!(count(&arn).await > 0);
    assert_eq!(count("arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit Amazon Linux 2023/4.7.2").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operations_role_can_be_associated_and_disassociated() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let role = "arn:aws:iam::000000000000:role/operator";
    let associate = stage.client.associate_environment_operations_role();
    associate.environment_name("shop-a").operations_role(role).send().await.unwrap();
    assert_eq!(stage.describe("shop-a").await.unwrap().operations_role(), Some(role));
    let remove = stage.client.disassociate_environment_operations_role();
    remove.environment_name("shop-a").send().await.unwrap();
    assert_eq!(stage.describe("shop-a").await.unwrap().operations_role(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_and_tiers_that_cannot_be_are_refused() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let health = stage.client.describe_environment_health().environment_name("shop-a");
    let refused = health.attribute_names("Weather".into()).send().await;
    insta::assert_snapshot!(refusal(refused), @"ValidationError: 1 validation error detected: Value '[Weather]' at 'attributeNames' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [Status, Color, Causes, ApplicationMetrics, InstancesHealth, All, HealthStatus, RefreshedAt]]");
    let instances = stage.client.describe_instances_health().environment_name("shop-a");
    let refused = instances.attribute_names("InstancesHealth".into()).send().await;
    assert!(refusal(refused).starts_with("ValidationError: "));

    let update = async |tier: &str| {
        let tier = EnvironmentTier::builder().name(tier).build();
        stage.client.update_environment().environment_name("shop-a").tier(tier).send().await
    };
    insta::assert_snapshot!(refusal(update("Cloud").await), @"InvalidParameterValue: No EnvironmentTier found for name 'Cloud'.");
    insta::assert_snapshot!(refusal(update("Worker").await), @"InvalidParameterValue: The tier of environment named shop-a cannot be changed.");
    update("WebServer").await.unwrap();
}
