//! Saved configurations and options.

use aws_sdk_elasticbeanstalk::types::{
    ConfigurationOptionDescription, ConfigurationOptionSetting, ConfigurationSettingsDescription,
    OptionSpecification, SourceConfiguration,
};

use crate::stage::{APPLICATION, Stage, health, option, refusal, stage, usual};

const ASG: &str = "aws:autoscaling:asg";

async fn saved(stage: &Stage, name: &str) -> ConfigurationSettingsDescription {
    let request = stage.client.describe_configuration_settings().application_name(APPLICATION);
    let answer = request.template_name(name).send().await.unwrap();
    answer.configuration_settings.unwrap().remove(0)
}

fn value<'a>(settings: &'a ConfigurationSettingsDescription, name: &str) -> Option<&'a str> {
    settings.option_settings().iter().find(|option| option.option_name() == Some(name))?.value()
}

async fn options_of(stage: &Stage, name: &str) -> Vec<ConfigurationOptionDescription> {
    let request = stage.client.describe_configuration_options().environment_name("shop-a");
    let wanted = OptionSpecification::builder().namespace(ASG).option_name(name).build();
    request.options(wanted).send().await.unwrap().options.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_can_be_created_from_the_settings_of_another_one() {
    let stage = stage().await;
    stage.environment_with("shop-a", &[option(ASG, "MinSize", "3")]).await;
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    let create = stage
        .client
        .create_configuration_template()
        .application_name(APPLICATION)
        .environment_id(id);
    let created = create.template_name("three").send().await.unwrap();
    assert_eq!((created.template_name(), created.environment_name()), (Some("three"), None));
    assert_eq!(value(&saved(&stage, "three").await, "MinSize"), Some("3"));
    let applications = stage.client.describe_applications().send().await.unwrap();
    assert_eq!(applications.applications()[0].configuration_templates(), ["three"]);

    let request = stage.client.create_environment().application_name(APPLICATION);
    let request = request.environment_name("shop-b").template_name("three");
    assert_eq!(request.send().await.unwrap().template_name(), Some("three"));
    stage.until("shop-b", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(stage.instances("shop-b").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_applies_a_saved_configuration() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let create = stage.client.create_configuration_template().application_name(APPLICATION);
    let create = create
        .template_name("two")
        .solution_stack_name("64bit Amazon Linux 2023 v4.7.4 running PHP 8.4");
    let two = [&usual()[..], &[option(ASG, "MinSize", "2")]].concat();
    create.set_option_settings(Some(two)).send().await.unwrap();
    let update = stage.client.update_environment().environment_name("shop-a").template_name("two");
    update.send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(stage.instances("shop-a").await.len(), 2);
    assert_eq!(stage.describe("shop-a").await.unwrap().template_name(), Some("two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_configuration_can_be_copied_changed_and_deleted() {
    let stage = stage().await;
    let create = |name: &str| {
        stage
            .client
            .create_configuration_template()
            .application_name(APPLICATION)
            .template_name(name)
    };
    let stack = "64bit Amazon Linux 2023 v4.7.4 running PHP 8.4";
    let first =
        create("first").solution_stack_name(stack).option_settings(option(ASG, "MinSize", "2"));
    first.send().await.unwrap();
    let source =
        SourceConfiguration::builder().application_name(APPLICATION).template_name("first").build();
    create("second")
        .source_configuration(source.clone())
        .option_settings(option(ASG, "Cooldown", "60"))
        .send()
        .await
        .unwrap();
    let second = saved(&stage, "second").await;
    assert_eq!((value(&second, "MinSize"), value(&second, "Cooldown")), (Some("2"), Some("60")));

    let update = stage.client.update_configuration_template().application_name(APPLICATION);
    let removed = OptionSpecification::builder().namespace(ASG).option_name("MinSize").build();
    update
        .template_name("second")
        .options_to_remove(removed)
        .description("ours")
        .send()
        .await
        .unwrap();
    let second = saved(&stage, "second").await;
    assert_eq!((value(&second, "MinSize"), second.description()), (Some("1"), Some("ours")));

    insta::assert_snapshot!(refusal(create("first").solution_stack_name(stack).send().await), @"InvalidParameterValue: Configuration Template first already exists.");
    insta::assert_snapshot!(refusal(create("third").send().await), @"InvalidParameterCombination: One of SolutionStackName, PlatformArn, EnvironmentId and SourceConfiguration must be specified.");
    let other = create("third")
        .source_configuration(source)
        .solution_stack_name("64bit Amazon Linux 2023 v4.7.2 running Docker");
    insta::assert_snapshot!(refusal(other.send().await), @"InvalidParameterCombination: The solution stack of the source configuration must match the specified solution stack.");
    let wrong =
        create("third").solution_stack_name(stack).option_settings(option(ASG, "MinSize", "0"));
    insta::assert_snapshot!(refusal(wrong.send().await), @"ConfigurationValidationException: Configuration validation exception: Invalid option value: '0' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is less than minimum allowed value: 1.");

    let delete = stage.client.delete_configuration_template().application_name(APPLICATION);
    delete.template_name("first").send().await.unwrap();
    let gone = stage.client.describe_configuration_settings().application_name(APPLICATION);
    insta::assert_snapshot!(refusal(gone.template_name("first").send().await), @"InvalidParameterValue: No Configuration Template named 'first' found.");
    let events = stage.client.describe_events().template_name("first").send().await.unwrap();
    let messages: Vec<_> = events.events().iter().filter_map(|event| event.message()).collect();
    assert_eq!(
        messages,
        ["Deleted Configuration Template: first", "Created new Configuration Template: first"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_can_be_checked_without_being_applied() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let validate = async |settings: &[(&str, &str, &str)]| {
        let settings =
            settings.iter().map(|(namespace, name, value)| option(namespace, name, value));
        let request = stage.client.validate_configuration_settings().application_name(APPLICATION);
        let request =
            request.environment_name("shop-a").set_option_settings(Some(settings.collect()));
        let messages = request.send().await.unwrap().messages.unwrap_or_default();
        let line = |message: &aws_sdk_elasticbeanstalk::types::ValidationMessage| {
            format!("{} {}", message.severity().unwrap().as_str(), message.message().unwrap())
        };
        messages.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(validate(&[(ASG, "MinSize", "2")]).await, "");
    insta::assert_snapshot!(validate(&[(ASG, "MinSize", "0"), ("aws:x", "Y", "1")]).await, @r"
    error Invalid option value: '0' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is less than minimum allowed value: 1.
    error Invalid option specification (Namespace: 'aws:x', OptionName: 'Y'): Unknown configuration setting.
    ");
    insta::assert_snapshot!(validate(&[("aws:elasticbeanstalk:command", "DeploymentPolicy", "TrafficSplitting")]).await, @"error Invalid option value: 'TrafficSplitting' (Namespace: 'aws:elasticbeanstalk:command', OptionName: 'DeploymentPolicy'): Traffic splitting deployments require an environment with an Application Load Balancer.");
    assert_eq!(stage.describe("shop-a").await.unwrap().status().unwrap().as_str(), "Ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_of_a_resource_survive_in_the_file() {
    let stage = stage().await;
    let night = |name: &str, value: &str| {
        ConfigurationOptionSetting::builder()
            .namespace("aws:autoscaling:scheduledaction")
            .resource_name("night.shift")
            .option_name(name)
            .value(value)
            .build()
    };
    let actions = [night("MinSize", "0"), night("Recurrence", "0 20 * * *")];
    stage.environment_with("shop-a", &actions).await;
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    let create = stage.client.create_configuration_template().application_name(APPLICATION);
    create.template_name("t").environment_id(id).send().await.unwrap();
    let saved = saved(&stage, "t").await;
    let of_night: Vec<_> = saved
        .option_settings()
        .iter()
        .filter(|option| option.resource_name() == Some("night.shift"))
        .map(|option| (option.option_name().unwrap(), option.value().unwrap()))
        .collect();
    assert_eq!(of_night, [("MinSize", "0"), ("Recurrence", "0 20 * * *")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_have_bounds_and_effects_of_changes() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let size = options_of(&stage, "MinSize").await.remove(0);
    assert_eq!(
        (size.default_value(), size.min_value(), size.max_value()),
        (Some("1"), Some(1), Some(10_000))
    );
    assert_eq!(
        (size.change_severity(), size.user_defined()),
        (Some("NoInterruption"), Some(false))
    );
    assert!(options_of(&stage, "Nothing").await.is_empty());

    let request = stage.client.describe_configuration_options().environment_name("shop-a");
    let all = request.send().await.unwrap().options.unwrap();
    let find = |name: &str| all.iter().find(|option| option.name() == Some(name)).unwrap();
    assert_eq!(find("InstanceType").change_severity(), Some("RestartEnvironment"));
    assert_eq!(find("BatchSizeType").value_options(), ["Percentage", "Fixed"]);
    assert!(find("MatcherHTTPCode").regex().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_user_defined_options_and_the_draft_of_no_change_can_be_deleted() {
    let stage = stage().await;
    let variable = option("aws:elasticbeanstalk:application:environment", "MY_NAME", "x");
    stage.environment_with("shop-a", &[variable]).await;
    let request = stage.client.describe_configuration_options().environment_name("shop-a");
    let all = request.send().await.unwrap().options.unwrap();
    let own: Vec<_> = all.iter().filter(|option| option.user_defined() == Some(true)).collect();
    assert_eq!(own.iter().filter_map(|option| option.name()).collect::<Vec<_>>(), ["MY_NAME"]);
    let delete = stage.client.delete_environment_configuration().application_name(APPLICATION);
    delete.environment_name("shop-a").send().await.unwrap();
}
