//! Managed platform updates.

use aws_sdk_elasticbeanstalk::types::{
    ActionHistoryStatus, ActionStatus, ActionType, ManagedAction,
};
use beanstalk_sim::Settings;

use crate::stage::{APPLICATION, Stage, health, option, refusal, stage, stage_with, usual};

const MANAGED: &str = "aws:elasticbeanstalk:managedactions";

/// An environment with an old platform and a window.
async fn outdated(stage: &Stage) {
    begin_outdated(stage).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

async fn begin_outdated(stage: &Stage) {
    let options = [
        option(MANAGED, "ManagedActionsEnabled", "true"),
        option(MANAGED, "PreferredStartTime", "Tue:09:00"),
        option("aws:elasticbeanstalk:managedactions:platformupdate", "UpdateLevel", "minor"),
    ];
    let options = [&usual()[..], &options].concat();
    let create =
        stage.client.create_environment().application_name(APPLICATION).environment_name("shop-a");
    let create = create.solution_stack_name("64bit Amazon Linux 2023 v4.6.0 running PHP 8.4");
    create.version_label("v1").set_option_settings(Some(options)).send().await.unwrap();
}

async fn upcoming(stage: &Stage) -> Vec<ManagedAction> {
    let request = stage.client.describe_environment_managed_actions().environment_name("shop-a");
    request.send().await.unwrap().managed_actions.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_scheduled_applied_and_remembered() {
    let stage = stage().await;
    outdated(&stage).await;
    let planned = upcoming(&stage).await.remove(0);
    assert_eq!(planned.action_type(), Some(&ActionType::PlatformUpdate));
    assert!(planned.window_start_time().is_some());
    assert_eq!(upcoming(&stage).await[0].action_id(), planned.action_id());

    let apply = stage.client.apply_environment_managed_action().environment_name("shop-a");
    let applied = apply.set_action_id(planned.action_id).send().await.unwrap();
    assert_eq!(applied.status(), Some(ActionStatus::Running.as_str()));
    let updated = stage
        .until("shop-a", |environment| {
            environment.solution_stack_name().is_some_and(|name| name.contains("v4.7.4"))
                && health(environment).starts_with("Ready")
        })
        .await;
    assert_eq!(updated.version_label(), Some("v1"));

    let past = stage
        .wait(async || {
            let request = stage
                .client
                .describe_environment_managed_action_history()
                .environment_name("shop-a");
            request.send().await.unwrap().managed_action_history_items?.pop()
        })
        .await;
    assert_eq!(
        (past.status(), past.action_id()),
        (Some(&ActionHistoryStatus::Completed), applied.action_id())
    );
    assert!(past.finished_time() >= past.executed_time());
    assert!(upcoming(&stage).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn generated_names_do_not_depend_on_the_time_of_calls() {
    let mut timelines = Vec::new();
    for seconds in [200.0, 2000.0] {
        // A Monday, one day before the window.
        let start_time = Some("2026-11-23T08:00:00Z".parse().unwrap());
        let by_hand =
            Settings { manual_time: true, seed: Some(7), start_time, ..Settings::default() };
        let stage = stage_with(by_hand).await;
        begin_outdated(&stage).await;
        stage.simulator.advance_time(seconds).await.unwrap();
        stage.create("shop-b", &[]).await;
        let id = stage.describe("shop-b").await.unwrap().environment_id.unwrap();
        timelines.push((id, upcoming(&stage).await.remove(0).action_id));
    }
    assert_eq!(timelines[0], timelines[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_scheduled_actions_can_be_applied() {
    let stage = stage().await;
    outdated(&stage).await;
    let apply = |id: &str| {
        stage
            .client
            .apply_environment_managed_action()
            .environment_name("shop-a")
            .action_id(id)
            .send()
    };
    insta::assert_snapshot!(refusal(apply("nothing").await), @"InvalidParameterValue: No Managed Action found for ActionId = 'nothing'.");
    let id = upcoming(&stage).await.remove(0).action_id.unwrap();
    stage.begin("shop-a", "v2").await;
    insta::assert_snapshot!(refusal(apply(&id).await), @"InvalidParameterValue: Environment named shop-a is in an invalid state for this operation. Must be Ready.");
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_updates_must_be_fully_set_up() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let update = stage.client.update_environment().environment_name("shop-a");
    let refused =
        update.option_settings(option(MANAGED, "ManagedActionsEnabled", "true")).send().await;
    insta::assert_snapshot!(refusal(refused), @"ConfigurationValidationException: Configuration validation exception: Invalid option specification (Namespace: 'aws:elasticbeanstalk:managedactions', OptionName: 'ManagedActionsEnabled'): You must specify a PreferredStartTime when managed actions are enabled.");
    assert!(upcoming(&stage).await.is_empty());
}
