//! Tests over hours, days or weeks, with manual time.

use aws_sdk_elasticbeanstalk::types::{
    ApplicationResourceLifecycleConfig, ApplicationVersionLifecycleConfig, MaxAgeRule,
};
use beanstalk_sim::Settings;

use crate::stage::{APPLICATION, Stage, option, stage_with, status, usual};

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

/// A simulator with time stopped on a Thursday at midnight.
async fn standing() -> Stage {
    let start_time = Some("2026-01-01T00:00:00Z".parse().unwrap());
    stage_with(Settings { manual_time: true, start_time, ..Settings::default() }).await
}

async fn pass(stage: &Stage, seconds: f64) {
    stage.simulator.advance_time(seconds).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_expire_after_six_weeks() {
    let stage = standing().await;
    let events = async || {
        let answer = stage.client.describe_events().application_name(APPLICATION).send().await;
        answer.unwrap().events.unwrap_or_default().len()
    };
    pass(&stage, 42.0 * DAY - 1.0).await;
    assert_eq!(events().await, 3);
    pass(&stage, 2.0).await;
    assert_eq!(events().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_environments_can_be_seen_for_an_hour() {
    let stage = standing().await;
    stage.create("shop-a", &[]).await;
    pass(&stage, 200.0).await;
    stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    pass(&stage, 1800.0).await;
    let seen = async |deleted: bool| {
        let request = stage.client.describe_environments().include_deleted(deleted);
        let environments = request.send().await.unwrap().environments.unwrap_or_default();
        environments.iter().map(|environment| status(environment).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(seen(true).await, ["Terminated"]);
    assert!(seen(false).await.is_empty());
    pass(&stage, HOUR).await;
    assert!(seen(true).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_grow_too_old() {
    let stage = standing().await;
    let rule = MaxAgeRule::builder().enabled(true).max_age_in_days(2).build().unwrap();
    let rules = ApplicationVersionLifecycleConfig::builder().max_age_rule(rule).build();
    let config = ApplicationResourceLifecycleConfig::builder()
        .service_role("role")
        .version_lifecycle_config(rules)
        .build();
    let update = stage.client.update_application_resource_lifecycle().application_name(APPLICATION);
    update.resource_lifecycle_config(config).send().await.unwrap();
    let labels = async || {
        let applications = stage.client.describe_applications().send().await.unwrap();
        applications.applications()[0].versions().to_vec()
    };
    pass(&stage, DAY).await;
    stage.version("v3", &[]).await;
    assert_eq!(labels().await, ["v3", "v2", "v1"]);
    pass(&stage, DAY).await;
    stage.version("v4", &[]).await;
    assert_eq!(labels().await, ["v4", "v3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_is_updated_when_its_window_opens() {
    let stage = standing().await;
    let managed = "aws:elasticbeanstalk:managedactions";
    let options = [
        option(managed, "ManagedActionsEnabled", "true"),
        option(managed, "PreferredStartTime", "Thu:01:00"),
        option("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor"),
    ];
    let options = [&usual()[..], &options].concat();
    let create = stage.client.create_environment().application_name(APPLICATION);
    let create = create.environment_name("shop-a").version_label("v1");
    let create = create.solution_stack_name("64bit Amazon Linux 2023 v4.6.0 running PHP 8.4");
    create.set_option_settings(Some(options)).send().await.unwrap();
    let shown = async || {
        let environment = stage.describe("shop-a").await.unwrap();
        format!("{} {}", status(&environment), environment.solution_stack_name().unwrap())
    };
    pass(&stage, HOUR - 30.0).await;
    assert_eq!(shown().await, "Ready 64bit Amazon Linux 2023 v4.6.0 running PHP 8.4");
    pass(&stage, 60.0).await;
    assert!(shown().await.starts_with("Updating"));
    pass(&stage, HOUR).await;
    assert_eq!(shown().await, "Ready 64bit Amazon Linux 2023 v4.7.4 running PHP 8.4");
}
