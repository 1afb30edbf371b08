//! The judgement of one look: the events of the deployment and the version of the environment.

use mist_core::beanstalk::{environment::EnvironmentStatus, event::Severity, health::Health};

use super::*;
use crate::judge::{Found, judge};

/// A deployment of `v2` to `Demo-QA-B`, which ran `v1`; it may take 600 s and then 120 s more to become
/// healthy.
pub(super) struct Story {
    pub(super) beanstalk: FakeBeanstalk,
    pub(super) clock: FakeClock,
    pub(super) request: Request,
}

impl Story {
    /// The judgement `seconds` after the last one: `not yet`, the response, or `CODE: message`.
    pub(super) async fn after(&self, seconds: u64) -> String {
        self.clock.advance(Duration::from_secs(seconds));
        let name = &self.request.environment;
        let found = self.beanstalk.environments(&[name]).await.unwrap().pop();
        match judge(&self.beanstalk, &self.clock, &self.request, found).await {
            Ok(Found::Healthy(response)) => serde_json::to_string(&response).unwrap(),
            Ok(Found::NotYet { status, at: None }) => format!("not yet: {status}"),
            Ok(Found::NotYet { status, at: Some(at) }) => {
                format!("not yet: {status}; again at {at}")
            }
            Err(error) => format!("{}: {error}", error.code()),
        }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Environment)) {
        self.beanstalk.change("Demo-QA-B", change);
    }

    pub(super) fn succeed(&self) {
        self.beanstalk.succeed("request-1");
        let now = self.clock.now();
        self.change(|it| it.updated = Some(now));
    }

    fn say(&self, severity: Severity, message: &str) {
        self.beanstalk.say("request-1", severity, message);
    }
}

/// The deployment has just begun.
pub(super) async fn given() -> Story {
    given_running("v1").await
}

async fn given_running(version: &str) -> Story {
    let clock = FakeClock::default();
    let beanstalk = FakeBeanstalk::with([environment("Demo-QA-B", version)]);
    let before = clock.now();
    clock.advance(Duration::from_hours(1));
    beanstalk.change("Demo-QA-B", |it| it.updated = Some(before));
    let (name, label) = ("Demo-QA-B".parse().unwrap(), "v2".parse().unwrap());
    let request_id = beanstalk.deploy(&name, &label).await.unwrap().request_id;
    let request = Request {
        since: clock.now(),
        health_stable_seconds: 0,
        ..request("QA", "Demo-QA-B", &request_id)
    };
    Story { beanstalk, clock, request }
}

pub(super) fn health(color: &str, status: &str) -> Health {
    Health { color: color.to_owned(), status: Some(status.to_owned()) }
}

#[tokio::test]
async fn a_wait_goes_on_while_beanstalk_updates() {
    let story = given().await;
    assert_eq!(story.after(599).await, "not yet: Updating");
}

#[tokio::test]
async fn an_environment_that_runs_the_version_and_is_healthy_is_ready() {
    let story = given().await;
    story.after(42).await;
    story.succeed();
    assert_eq!(
        story.after(0).await,
        r#"{"target":{"address":"192.0.2.1","updated":"2026-01-02T04:04:47Z","instances":1},"health":"Green (Ok)","seconds":42}"#
    );
}

#[tokio::test]
async fn judging_again_gives_the_same_answer() {
    let story = given().await;
    story.succeed();
    assert_eq!(story.after(20).await, story.after(0).await);
}

#[tokio::test]
async fn a_version_that_runs_already_is_ready_without_a_deployment() {
    let mut story = given().await;
    story.succeed();
    story.request.request_id = None;
    assert_eq!(
        story.after(1).await,
        r#"{"target":{"address":"192.0.2.1","updated":"2026-01-02T04:04:05Z","instances":1},"health":"Green (Ok)","seconds":1}"#
    );
}

#[tokio::test]
async fn a_failure_has_the_errors_of_beanstalk() {
    let story = given().await;
    story.say(Severity::Warn, "The following instances have not responded: [i-1].");
    story.beanstalk.fail(
        "request-1",
        &[
            "Instance deployment failed. For details, see 'eb-engine.log'.",
            "Failed to deploy application.",
        ],
    );
    assert_eq!(
        story.after(30).await,
        "Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: \
         Instance deployment failed. For details, see 'eb-engine.log'. Failed to deploy application."
    );
}

#[tokio::test]
async fn a_failure_is_no_longer_than_the_state_machine_takes() {
    let story = given().await;
    let endless = "x".repeat(4000);
    story.beanstalk.fail("request-1", &[endless.as_str(); 100]);
    let end = story.after(30).await;
    assert_eq!(end.matches('x').count(), 5 * 500);
    assert!(end.len() < 2700, "{}", end.len());
}

#[tokio::test]
async fn complete_but_with_errors_is_a_failure_although_the_label_moved() {
    let story = given().await;
    story.say(Severity::Info, "New application version was deployed to running EC2 instances.");
    story.succeed();
    story.say(Severity::Error, "Update environment operation is complete, but with errors.");
    assert_eq!(
        story.after(30).await,
        "Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: \
         Update environment operation is complete, but with errors."
    );
}

#[tokio::test]
async fn an_event_that_instances_got_the_version_is_no_success() {
    let story = given().await;
    story.say(Severity::Info, "New application version was deployed to running EC2 instances.");
    story.change(|it| it.status = EnvironmentStatus::Ready);
    insta::assert_snapshot!(story.after(59).await, @"not yet: ready, but without an event of the completion");
    insta::assert_snapshot!(story.after(1).await, @"Mist.DeploymentRolledBack: environment `Demo-QA-B` runs `v1`, not `v2`: Beanstalk rolled the deployment back");
}

#[tokio::test]
async fn ready_with_the_old_label_was_rolled_back() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.version = Some("v1".to_owned()));
    insta::assert_snapshot!(story.after(30).await, @"Mist.DeploymentRolledBack: environment `Demo-QA-B` runs `v1`, not `v2`: Beanstalk rolled the deployment back");
}

#[tokio::test]
async fn ready_without_any_version_was_rolled_back() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.version = None);
    insta::assert_snapshot!(story.after(30).await, @"Mist.DeploymentRolledBack: environment `Demo-QA-B` runs `no version`, not `v2`: Beanstalk rolled the deployment back");
}

#[tokio::test]
async fn a_completion_without_an_event_within_a_minute_is_none() {
    let story = given().await;
    story.after(40).await;
    let now = story.clock.now();
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
        it.version = Some("v2".to_owned());
        it.updated = Some(now);
    });
    insta::assert_snapshot!(story.after(59).await, @"not yet: ready, but without an event of the completion");
    insta::assert_snapshot!(story.after(1).await, @"Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: no event of its completion. Last event: Environment update is starting.");
}

#[tokio::test]
async fn a_deployment_of_the_same_label_is_not_believed_before_its_events() {
    let story = given_running("v2").await;
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
    });
    insta::assert_snapshot!(story.after(5).await, @"not yet: ready, but without an event of the completion");
    story.succeed();
    insta::assert_snapshot!(story.after(5).await, @r#"{"target":{"address":"192.0.2.1","updated":"2026-01-02T04:04:10Z","instances":1},"health":"Green (Ok)","seconds":10}"#);
}

#[tokio::test]
async fn a_deployment_of_the_same_label_without_an_event_is_a_failure() {
    let story = given_running("v2").await;
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
    });
    insta::assert_snapshot!(story.after(60).await, @"Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: no event of its completion. Last event: Environment update is starting.");
}

#[tokio::test]
async fn an_update_without_end_is_stuck() {
    let story = given().await;
    insta::assert_snapshot!(story.after(600).await, @"Mist.StuckUpdating: environment `Demo-QA-B` is still Updating after 600 s; Beanstalk may still finish the update");
}

#[tokio::test]
async fn an_empty_answer_proves_nothing_until_the_time_is_over() {
    let story = given().await;
    story.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.after(599).await, @"not yet: not listed by Beanstalk");
    insta::assert_snapshot!(story.after(1).await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml");
}

#[tokio::test]
async fn an_environment_that_terminates_is_the_end() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let story = given().await;
        story.change(|it| it.status = status);
        assert_eq!(
            story.after(1).await,
            format!(
                "Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status}; create it again under the same name"
            )
        );
    }
}
