//! Option settings, platforms and tags.

use aws_sdk_elasticbeanstalk::operation::RequestId;
use aws_sdk_elasticbeanstalk::types::{EnvironmentHealthAttribute, Tag};
use beanstalk_sim::Fault;

use crate::stage::{Stage, option, refusal, stage};

async fn configured(stage: &Stage, status: &str, name: &str) -> Option<String> {
    let request = stage
        .client
        .describe_configuration_settings()
        .application_name("shop")
        .environment_name("shop-a");
    let settings = request.send().await.unwrap().configuration_settings.unwrap();
    let wanted = settings
        .into_iter()
        .find(|settings| settings.deployment_status().unwrap().as_str() == status)?;
    wanted.option_settings?.into_iter().find(|option| option.option_name() == Some(name))?.value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_update_records_its_events_and_scales() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::StuckUpdating);
    let update = stage.client.update_environment().environment_name("shop-a");
    let answer =
        update.option_settings(option("aws:autoscaling:asg", "MinSize", "3")).send().await.unwrap();
    assert_eq!(configured(&stage, "pending", "MinSize").await.as_deref(), Some("3"));
    assert_eq!(configured(&stage, "deployed", "MinSize").await.as_deref(), Some("1"));
    stage.simulator.clear_faults("shop-a");
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  Environment update is starting.
    INFO  Updating environment shop-a's configuration settings.
    INFO  Added instances [i-1, i-1] to your environment.
    INFO  Successfully deployed new configuration to environment.
    INFO  Environment update completed successfully.
    ");

    assert_eq!(configured(&stage, "deployed", "MinSize").await.as_deref(), Some("3"));
    assert_eq!(configured(&stage, "pending", "MinSize").await, None);
    assert_eq!(stage.instances("shop-a").await, ["v1 #1 Deployed"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_applied_are_reverted() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::FailConfiguration);
    let update = stage.client.update_environment().environment_name("shop-a");
    let answer =
        update.option_settings(option("aws:autoscaling:asg", "MinSize", "3")).send().await.unwrap();
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  Environment update is starting.
    INFO  Updating environment shop-a's configuration settings.
    ERROR Failed to deploy configuration.
    ERROR The environment was reverted to the previous configuration setting.
    ");
    assert_eq!(configured(&stage, "deployed", "MinSize").await.as_deref(), Some("1"));
    assert_eq!(configured(&stage, "pending", "MinSize").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_and_a_version_can_come_together() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let update = stage.client.update_environment().environment_name("shop-a").version_label("v2");
    let answer =
        update.option_settings(option("aws:autoscaling:asg", "MinSize", "2")).send().await.unwrap();
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  Environment update is starting.
    INFO  Updating environment shop-a's configuration settings.
    INFO  Added instance [i-1] to your environment.
    INFO  Successfully deployed new configuration to environment.
    INFO  Deploying new version to instance(s).
    INFO  Instance deployment completed successfully.
    INFO  Instance deployment completed successfully.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_settings_are_refused() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let update = async |name: &str, value: &str| {
        let update = stage.client.update_environment().environment_name("shop-a");
        refusal(update.option_settings(option("aws:autoscaling:asg", name, value)).send().await)
    };
    insta::assert_snapshot!(update("MinSize", "many").await, @"ConfigurationValidationException: Configuration validation exception: Invalid option value: 'many' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is not a number.");
    insta::assert_snapshot!(update("MinSize", "0").await, @"ConfigurationValidationException: Configuration validation exception: Invalid option value: '0' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is less than minimum allowed value: 1.");
    insta::assert_snapshot!(update("Size", "1").await, @"ConfigurationValidationException: Configuration validation exception: Invalid option specification (Namespace: 'aws:autoscaling:asg', OptionName: 'Size'): Unknown configuration setting.");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_has_a_status_a_colour_and_counts() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let request = stage.client.describe_environment_health().environment_name("shop-a");
    let health = request.attribute_names(EnvironmentHealthAttribute::All).send().await.unwrap();
    assert_eq!((health.health_status(), health.color()), (Some("Ok"), Some("Green")));
    assert_eq!(health.status().unwrap().as_str(), "Ready");
    assert_eq!(health.instances_health().unwrap().ok(), Some(1));
    assert!(health.refreshed_at().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_can_be_given_changed_and_read() {
    let stage = stage().await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let create =
        stage.client.create_environment().application_name("shop").environment_name("shop-a");
    let arn = create.tags(tag("team", "web")).send().await.unwrap().environment_arn.unwrap();
    stage.until("shop-a", |environment| crate::stage::status(environment) == "Ready").await;
    let update =
        stage.client.update_tags_for_resource().resource_arn(&arn).tags_to_add(tag("side", "a"));
    update.tags_to_remove("team").send().await.unwrap();
    let tags = stage
        .client
        .list_tags_for_resource()
        .resource_arn(&arn)
        .send()
        .await
        .unwrap()
        .resource_tags
        .unwrap();
    let own = |tag: &Tag| tag.key() == Some("Name") || tag.key().unwrap().contains("beanstalk:");
    assert_eq!(tags.iter().filter(|tag| own(tag)).count(), 3);
    assert_eq!(tags.into_iter().filter(|tag| !own(tag)).collect::<Vec<_>>(), [tag("side", "a")]);
    insta::assert_snapshot!(refusal(stage.client.list_tags_for_resource().resource_arn("arn:x").send().await), @"ResourceNotFoundException: Resource not found for arn 'arn:x'.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_the_catalogue_answers() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let client = &stage.client;
    let stacks =
        client.list_available_solution_stacks().send().await.unwrap().solution_stacks.unwrap();
    assert!(stacks.iter().any(|stack| stack.contains("running Corretto 21")));
    let arn = stage.describe("shop-a").await.unwrap().platform_arn.unwrap();
    let platform = client.describe_platform_version().platform_arn(&arn).send().await.unwrap();
    assert_eq!(platform.platform_description().unwrap().platform_arn(), Some(arn.as_str()));
    assert!(
        !client.list_platform_versions().send().await.unwrap().platform_summary_list().is_empty()
    );
    assert!(
        !client
            .list_platform_branches()
            .send()
            .await
            .unwrap()
            .platform_branch_summary_list()
            .is_empty()
    );
    let taken = client.check_dns_availability().cname_prefix("shop-a").send().await.unwrap();
    assert_eq!(taken.available(), Some(false));
    let actions = client
        .describe_environment_managed_actions()
        .environment_name("shop-a")
        .send()
        .await
        .unwrap();
    assert!(actions.managed_actions().is_empty());
    let quotas =
        client.describe_account_attributes().send().await.unwrap().resource_quotas.unwrap();
    assert_eq!(quotas.application_version_quota().unwrap().maximum(), Some(1000));
    let bucket = client.create_storage_location().send().await.unwrap();
    assert_eq!(bucket.s3_bucket(), Some("elasticbeanstalk-us-east-1-000000000000"));
    let options =
        client.describe_configuration_options().environment_name("shop-a").send().await.unwrap();
    assert!(options.options().iter().any(|option| option.name() == Some("DeploymentPolicy")));
}
