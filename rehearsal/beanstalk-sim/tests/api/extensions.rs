//! The option settings of configuration files, and files that cannot be read.

use aws_sdk_elasticbeanstalk::types::EventDescription;

use crate::stage::{APPLICATION, Stage, health, line, option, stage, usual};

const ASG: &str = "aws:autoscaling:asg";
const VARIABLES: &str = "aws:elasticbeanstalk:application:environment";
const PAGE: (&str, &str) = ("index.html", "page");
const CONFIG: &str = ".ebextensions/a.config";

impl Stage {
    /// Deploys a version that is refused before it reaches an instance. Returns the events.
    async fn refuse(&self, label: &str) -> String {
        let request_id = self.begin("shop-a", label).await;
        self.wait(async || {
            let events = self.events_of(&request_id).await;
            events.last()?.ends_with("Failed to deploy application.").then(|| events.join("\n"))
        })
        .await
    }

    /// The value of an option in the description of the environment.
    async fn setting(&self, namespace: &str, name: &str) -> Option<String> {
        let request = self.client.describe_configuration_settings();
        let request = request.application_name(APPLICATION).environment_name("shop-a");
        let answer = request.send().await.unwrap();
        let all = answer.configuration_settings()[0].option_settings();
        let found = all
            .iter()
            .find(|it| it.namespace() == Some(namespace) && it.option_name() == Some(name));
        found?.value.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_files_come_with_a_version_and_those_of_callers_win() {
    let stage = stage().await;
    stage.environment_with("shop-a", &[option(VARIABLES, "COLOUR", "red")]).await;
    let config = "option_settings:\n  aws:elasticbeanstalk:application:environment:\n    COLOUR: blue\n    SIZE: 7\n  aws:autoscaling:asg:\n    MinSize: 2\n";
    stage.version("files", &[PAGE, (CONFIG, config)]).await;
    let events = stage.deploy("shop-a", "files").await;
    assert!(events.ends_with("Environment update completed successfully."), "{events}");
    assert_eq!(stage.setting(VARIABLES, "COLOUR").await.as_deref(), Some("red"));
    assert_eq!(stage.setting(VARIABLES, "SIZE").await.as_deref(), Some("7"));
    assert_eq!(stage.setting(ASG, "MinSize").await.as_deref(), Some("2"));
    assert_eq!(stage.instances("shop-a").await.len(), 2);

    // They go with the version.
    stage.deploy("shop-a", "v2").await;
    assert_eq!(stage.setting(VARIABLES, "SIZE").await, None);
    assert_eq!(stage.setting(ASG, "MinSize").await.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_files_shape_a_new_environment() {
    let stage = stage().await;
    let config = "option_settings:\n  aws:elasticbeanstalk:environment:\n    EnvironmentType: SingleInstance\n  aws:elasticbeanstalk:healthreporting:system:\n    SystemType: enhanced\n";
    stage.version("files", &[PAGE, (CONFIG, config)]).await;
    let create = stage.client.create_environment().application_name(APPLICATION);
    let create = create.environment_name("shop-a").cname_prefix("shop-a").version_label("files");
    create.send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    let resources = stage.client.describe_environment_resources().environment_name("shop-a");
    let resources = resources.send().await.unwrap().environment_resources.unwrap();
    assert!(resources.load_balancers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_is_refused_before_any_instance_is_touched() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let config = "option_settings:\n  aws:elasticbeanstalk:cloudwatch:logs\n    StreamLogs: true\n";
    stage.version("broken", &[PAGE, (CONFIG, config)]).await;
    let events = stage.refuse("broken").await;
    let lines: Vec<_> = events.lines().collect();
    assert_eq!(lines.len(), 3, "{events}");
    assert!(lines[1].starts_with("ERROR The configuration file .ebextensions/a.config in application version broken contains invalid YAML or JSON. YAML exception: Invalid Yaml: "), "{events}");
    assert_eq!(stage.instances("shop-a").await, ["v1 #1 Deployed"]);
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1"));

    let create = stage.client.create_environment().application_name(APPLICATION);
    let create = create.environment_name("shop-b").version_label("broken");
    create.set_option_settings(Some(usual().to_vec())).send().await.unwrap();
    let is_failure =
        |event: &EventDescription| line(event) == "ERROR Failed to launch environment.";
    stage
        .wait(async || {
            let events = stage.client.describe_events().environment_name("shop-b").send().await;
            events.unwrap().events().iter().any(is_failure).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_no_caller_could_make_are_refused() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let config = "option_settings:\n  aws:elasticbeanstalk:container:nodejs:\n    NodeCommand: npm start\n  aws:autoscaling:asg:\n    MinSize: none\n";
    stage.version("bad", &[PAGE, (CONFIG, config)]).await;
    insta::assert_snapshot!(stage.refuse("bad").await, @r#"
    INFO  Environment update is starting.
    ERROR "option_settings" in one of the configuration files failed validation. More details to follow.
    ERROR Invalid option value: 'none' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is not a number.
    ERROR Invalid option specification (Namespace: 'aws:elasticbeanstalk:container:nodejs', OptionName: 'NodeCommand'): Unknown configuration setting.
    ERROR Failed to deploy application.
    "#);
    assert_eq!(stage.setting(ASG, "MinSize").await.as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_an_unknown_section_is_skipped_with_a_warning() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.version("unknown", &[PAGE, (CONFIG, "OptionSettings: []\n")]).await;
    let events = stage.deploy("shop-a", "unknown").await;
    assert!(events.contains("WARN  Error processing file (Skipping): '.ebextensions/a.config' - Contains invalid key: 'OptionSettings'."), "{events}");
    assert!(events.ends_with("Environment update completed successfully."), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_and_references_to_them_are_reported_and_left_out() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let config = "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\noption_settings:\n  aws:elasticbeanstalk:application:environment:\n    TABLE: '`{\"Ref\": \"Table\"}`'\n  aws:elasticbeanstalk:customoption:\n    Email: x@example.com\n";
    stage.version("table", &[PAGE, (CONFIG, config)]).await;
    let events = stage.deploy("shop-a", "table").await;
    assert!(events.contains("WARN  Not run on this machine, and therefore not rehearsed: `Resources` `Table` of `.ebextensions/a.config` (changes the system or the account); option `TABLE` of `.ebextensions/a.config` (only CloudFormation knows its value)."), "{events}");
    assert_eq!(stage.setting(VARIABLES, "TABLE").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_makes_a_processed_version_unusable() {
    let stage = stage().await;
    stage.bundles.put("bundles", "broken", crate::stage::zip(&[PAGE, (CONFIG, "{")]));
    let location = aws_sdk_elasticbeanstalk::types::S3Location::builder();
    let location = location.s3_bucket("bundles").s3_key("broken").build();
    let create = stage.client.create_application_version().application_name(APPLICATION);
    create.version_label("broken").source_bundle(location).process(true).send().await.unwrap();
    stage
        .wait(async || {
            let versions = stage.client.describe_application_versions().version_labels("broken");
            let versions = versions.send().await.unwrap();
            let status = versions.application_versions().first()?.status()?;
            (status.as_str() == "FAILED").then_some(())
        })
        .await;
}
