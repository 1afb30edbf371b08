//! Platforms, branches and solution stacks.

use aws_sdk_elasticbeanstalk::operation::RequestId;
use aws_sdk_elasticbeanstalk::types::{
    EnvironmentDescription, PlatformFilter, S3Location, SearchFilter,
};
use beanstalk_sim::Settings;

use crate::stage::{Stage, health, option, refusal, stage, stage_with};

async fn versions(stage: &Stage, kind: &str, operator: &str, value: &str) -> Vec<String> {
    let filter = PlatformFilter::builder().r#type(kind).operator(operator).values(value).build();
    let answer = stage.client.list_platform_versions().filters(filter).send().await.unwrap();
    let name = |summary: &aws_sdk_elasticbeanstalk::types::PlatformSummary| {
        format!(
            "{} {}",
            summary.platform_branch_name().unwrap(),
            summary.platform_version().unwrap()
        )
    };
    answer.platform_summary_list().iter().map(name).collect()
}

async fn branches(stage: &Stage, attribute: &str, operator: &str, values: &[&str]) -> Vec<String> {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let filter = SearchFilter::builder().attribute(attribute).operator(operator);
    let filter = filter.set_values(Some(values)).build();
    let answer = stage.client.list_platform_branches().filters(filter).send().await.unwrap();
    let branches = answer.platform_branch_summary_list().iter();
    branches.map(|branch| branch.branch_name().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_can_be_searched() {
    let stage = stage().await;
    let found = versions(
        &stage,
        "PlatformBranchName",
        "=",
        "Python 3.13 running on 64bit Amazon Linux 2023",
    )
    .await;
    assert_eq!(found.len(), 3);
    let found = versions(&stage, "PlatformName", "begins_with", "Tomcat 10").await;
    assert_eq!(found[0], "Tomcat 10 Corretto 21 running on 64bit Amazon Linux 2023 5.7.1");
    let recommended = versions(&stage, "PlatformLifecycleState", "=", "recommended").await;
    assert!(recommended.iter().all(|name| name.contains("Linux 2023")), "{recommended:?}");
    assert!(
        versions(&stage, "PlatformVersion", ">=", "6.0.0")
            .await
            .iter()
            .all(|name| name.starts_with("Node.js"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_can_be_searched() {
    let stage = stage().await;
    let java = branches(&stage, "PlatformName", "=", &["Java"]).await;
    assert!(
        java.contains(&"Corretto 21 running on 64bit Amazon Linux 2023".to_owned()),
        "{java:?}"
    );
    let alive = branches(&stage, "LifecycleState", "!=", &["Retired"]).await;
    assert!(!alive.iter().any(|name| name.ends_with("64bit Amazon Linux")), "{alive:?}");
    let old = branches(&stage, "LifecycleState", "in", &["deprecated", "retired"]).await;
    assert!(old.iter().any(|name| name.ends_with("64bit Amazon Linux")), "{old:?}");
    let filter = SearchFilter::builder().attribute("Colour").operator("=").values("red").build();
    insta::assert_snapshot!(refusal(stage.client.list_platform_branches().filters(filter).send().await), @"InvalidParameterValue: Filter Attribute 'Colour' is not one of the allowed values: [BranchName, LifecycleState, PlatformName, TierType]");
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_come_in_pages() {
    let stage = stage().await;
    let whole = stage.client.list_platform_versions().send().await.unwrap();
    let mut arns = Vec::new();
    let mut token = None;
    loop {
        let request = stage.client.list_platform_versions().max_records(7).set_next_token(token);
        let page = request.send().await.unwrap();
        arns.extend(
            page.platform_summary_list().iter().map(|one| one.platform_arn().unwrap().to_owned()),
        );
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let expected: Vec<_> =
        whole.platform_summary_list().iter().map(|one| one.platform_arn().unwrap()).collect();
    assert_eq!(arns, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_described_in_full() {
    let stage = stage().await;
    let arn = "arn:aws:elasticbeanstalk:us-east-1::platform/Corretto 21 running on 64bit Amazon Linux 2023/4.7.1";
    let answer = stage.client.describe_platform_version().platform_arn(arn).send().await.unwrap();
    let platform = answer.platform_description().unwrap();
    assert_eq!(platform.platform_category(), Some("Java"));
    assert_eq!(
        (platform.operating_system_name(), platform.operating_system_version()),
        (Some("Amazon Linux"), Some("2023"))
    );
    assert_eq!(
        (platform.platform_lifecycle_state(), platform.platform_branch_lifecycle_state()),
        (Some("Recommended"), Some("Supported"))
    );
    let language = &platform.programming_languages()[0];
    assert_eq!((language.name(), language.version()), (Some("Java"), Some("21")));
    assert!(platform.custom_ami_list()[0].image_id().unwrap().starts_with("ami-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_platforms_are_refused() {
    let stage = stage().await;
    let location = S3Location::builder().s3_bucket("bundles").s3_key("platform.zip").build();
    let create =
        stage.client.create_platform_version().platform_name("ours").platform_version("1.0.0");
    insta::assert_snapshot!(refusal(create.platform_definition_bundle(location).send().await), @"ElasticBeanstalkServiceException: Custom platforms are no longer supported.");
    let arn = "arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit Amazon Linux 2023/4.7.2";
    let delete = stage.client.delete_platform_version().platform_arn(arn);
    assert!(refusal(delete.send().await).starts_with("InsufficientPrivilegesException"));
}

const ROLLING_UPDATE: &str = "aws:autoscaling:updatepolicy:rollingupdate";
const OLDER: &str = "64bit Amazon Linux 2023 v4.6.0 running PHP 8.4";

/// Changes the platform of an environment with two instances. Returns its events.
async fn change_platform(policy: &[(&str, &str)]) -> (Stage, String) {
    let stage = stage().await;
    let mut options: Vec<_> =
        policy.iter().map(|(name, value)| option(ROLLING_UPDATE, name, value)).collect();
    options.push(option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"));
    options.push(option("aws:autoscaling:asg", "MinSize", "2"));
    stage.environment_with("shop-a", &options).await;
    let before = stage.instance_ids("shop-a").await;
    let update = stage.client.update_environment().environment_name("shop-a");
    let answer = update.solution_stack_name(OLDER).send().await.unwrap();
    let request_id = answer.request_id().unwrap();
    let changed = |environment: &EnvironmentDescription| {
        health(environment) == "Ready Ok" && environment.solution_stack_name() == Some(OLDER)
    };
    let environment = stage.until("shop-a", changed).await;
    assert_eq!(environment.version_label(), Some("v1"));
    let after = stage.instance_ids("shop-a").await;
    assert_eq!((after.len(), after.iter().any(|id| before.contains(id))), (2, false));
    let events = stage.last_words(request_id).await;
    (stage, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_platform_replaces_all_instances_at_the_same_time() {
    let (stage, events) = change_platform(&[]).await;
    insta::assert_snapshot!(events, @r"
    INFO  Environment update is starting.
    INFO  Updating environment shop-a's configuration settings.
    INFO  Removed instances [i-1, i-1] from your environment.
    INFO  Added instances [i-1, i-1] to your environment.
    INFO  Successfully deployed new configuration to environment.
    INFO  Environment update completed successfully.
    ");
    assert_eq!(stage.instances("shop-a").await, ["v1 #1 Deployed", "v1 #1 Deployed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_platform_replaces_instances_in_batches_if_updates_roll() {
    let (_stage, events) = change_platform(&[
        ("RollingUpdateEnabled", "true"),
        ("RollingUpdateType", "Health"),
        ("MaxBatchSize", "1"),
    ])
    .await;
    insta::assert_snapshot!(events, @r"
    INFO  Environment update is starting.
    INFO  Updating environment shop-a's configuration settings.
    INFO  Removed instance [i-1] from your environment.
    INFO  Added instance [i-1] to your environment.
    INFO  Removed instance [i-1] from your environment.
    INFO  Added instance [i-1] to your environment.
    INFO  Successfully deployed new configuration to environment.
    INFO  Environment update completed successfully.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_platform_comes_with_new_instances_if_updates_are_immutable() {
    let (_stage, events) =
        change_platform(&[("RollingUpdateEnabled", "true"), ("RollingUpdateType", "Immutable")])
            .await;
    assert!(events.contains("Immutable deployment policy enabled."), "{events}");
    assert!(events.ends_with("INFO  Environment update completed successfully."), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_platform_stays_until_the_instances_are_replaced() {
    let settings = Settings { manual_time: true, ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.create("shop-a", &[]).await;
    stage.simulator.advance_time(400.0).await.unwrap();
    let update = stage.client.update_environment().environment_name("shop-a");
    update.solution_stack_name(OLDER).send().await.unwrap();
    let platform = async || stage.describe("shop-a").await.unwrap().solution_stack_name.unwrap();
    stage.simulator.advance_time(60.0).await.unwrap();
    assert_ne!(platform().await, OLDER);
    stage.simulator.advance_time(200.0).await.unwrap();
    assert_eq!(platform().await, OLDER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_cannot_start_the_version_is_reverted() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let before = stage.describe("shop-a").await.unwrap().solution_stack_name;
    let update = stage.client.update_environment().environment_name("shop-a");
    let node = "64bit Amazon Linux 2023 v6.6.6 running Node.js 22";
    let answer = update.solution_stack_name(node).send().await.unwrap();
    let events = stage.last_words(answer.request_id().unwrap()).await;
    assert!(
        events.contains("ERROR Instance deployment failed to generate a 'Procfile' for Node.js."),
        "{events}"
    );
    assert!(events.contains("ERROR Failed to deploy configuration."), "{events}");
    let environment = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(environment.solution_stack_name, before);
    assert_eq!(environment.version_label(), Some("v1"));
}
