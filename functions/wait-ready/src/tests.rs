//! Stories of this operation.

use std::time::Duration;

use mist_core::Health;
use mist_testkit::{FakeBeanstalk, FakeClock, environment};
use serde_json::json;

use super::*;

/// A deployment of `v2` to `Demo-QA-B`, which ran `v1`; it may take 600 s and then 120 s more to become
/// healthy.
struct Story {
    beanstalk: FakeBeanstalk,
    clock: FakeClock,
    since: Timestamp,
    request_id: Option<String>,
    stable: u32,
}

impl Story {
    /// What is seen `seconds` after the last look.
    async fn after(&self, seconds: u64) -> String {
        self.clock.advance(Duration::from_secs(seconds));
        let request = json!({
            "environment": "Demo-QA-B",
            "version": "v2",
            "requestId": self.request_id,
            "since": self.since,
            "deployTimeoutSeconds": 600,
            "healthGraceSeconds": 120,
            "healthStableSeconds": self.stable,
            "allowedHealth": ["Ok", "Info"],
        });
        let request = serde_json::from_value(request).unwrap();
        match run(&self.beanstalk, &self.clock, request).await {
            Ok(response) => serde_json::to_string(&response).unwrap(),
            Err(error) => format!("{}: {error}", error.code()),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Environment)) {
        self.beanstalk.change("Demo-QA-B", change);
    }

    fn succeed(&self) {
        self.beanstalk.succeed("request-1");
        let now = self.clock.now();
        self.change(|it| it.updated = Some(now));
    }

    fn say(&self, severity: Severity, message: &str) {
        self.beanstalk.say("request-1", severity, message);
    }
}

/// The deployment has just begun.
async fn given() -> Story {
    given_running("v1").await
}

async fn given_running(version: &str) -> Story {
    let clock = FakeClock::default();
    let beanstalk = FakeBeanstalk::with([environment("Demo-QA-B", version)]);
    let before = clock.now();
    clock.advance(Duration::from_hours(1));
    beanstalk.change("Demo-QA-B", |it| it.updated = Some(before));
    let (name, label) = ("Demo-QA-B".parse().unwrap(), "v2".parse().unwrap());
    let request_id = Some(beanstalk.deploy(&name, &label).await.unwrap().request_id);
    Story { beanstalk, since: clock.now(), clock, request_id, stable: 0 }
}

fn health(color: &str, status: &str) -> Health {
    Health { color: color.to_owned(), status: Some(status.to_owned()) }
}

#[tokio::test]
async fn waits_while_beanstalk_updates() {
    let story = given().await;
    assert_eq!(
        story.after(599).await,
        "Mist.NotReady: environment `Demo-QA-B` is not ready yet: Updating"
    );
}

#[tokio::test]
async fn is_ready_when_the_version_runs_and_is_healthy() {
    let story = given().await;
    story.after(42).await;
    story.succeed();
    assert_eq!(
        story.after(0).await,
        r#"{"health":"Green (Ok)","address":"192.0.2.1","updated":"2026-01-02T04:04:47Z","seconds":42}"#
    );
}

#[tokio::test]
async fn running_it_again_gives_the_same_answer() {
    let story = given().await;
    story.succeed();
    assert_eq!(story.after(20).await, story.after(0).await);
}

#[tokio::test]
async fn is_ready_without_a_deployment_when_the_version_runs_already() {
    let mut story = given().await;
    story.succeed();
    story.request_id = None;
    assert_eq!(
        story.after(1).await,
        r#"{"health":"Green (Ok)","address":"192.0.2.1","updated":"2026-01-02T04:04:05Z","seconds":1}"#
    );
}

#[tokio::test]
async fn a_failure_carries_what_beanstalk_said() {
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
async fn a_failure_carries_no_more_than_the_state_machine_can_take() {
    let story = given().await;
    let endless = "x".repeat(4000);
    story.beanstalk.fail("request-1", &[endless.as_str(); 100]);
    let told = story.after(30).await;
    assert_eq!(told.matches('x').count(), MOST_MESSAGES * LONGEST_MESSAGE);
    assert!(told.len() < 2700, "{}", told.len());
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
async fn that_a_version_was_deployed_to_instances_is_no_success() {
    let story = given().await;
    story.say(Severity::Info, "New application version was deployed to running EC2 instances.");
    story.change(|it| it.status = EnvironmentStatus::Ready);
    insta::assert_snapshot!(story.after(59).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: ready, but its events do not say so yet");
    insta::assert_snapshot!(story.after(1).await, @"Mist.DeploymentRolledBack: `Demo-QA-B` is ready, but runs `v1` and not `v2`: Beanstalk went back");
}

#[tokio::test]
async fn ready_with_the_old_label_was_rolled_back() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.version = Some("v1".to_owned()));
    insta::assert_snapshot!(story.after(30).await, @"Mist.DeploymentRolledBack: `Demo-QA-B` is ready, but runs `v1` and not `v2`: Beanstalk went back");
}

#[tokio::test]
async fn ready_without_any_version_was_rolled_back() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.version = None);
    insta::assert_snapshot!(story.after(30).await, @"Mist.DeploymentRolledBack: `Demo-QA-B` is ready, but runs `no version` and not `v2`: Beanstalk went back");
}

#[tokio::test]
async fn a_completion_that_is_not_announced_within_a_minute_is_none() {
    let story = given().await;
    story.after(40).await;
    let now = story.clock.now();
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
        it.version = Some("v2".to_owned());
        it.updated = Some(now);
    });
    insta::assert_snapshot!(story.after(59).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: ready, but its events do not say so yet");
    insta::assert_snapshot!(story.after(1).await, @"Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: Beanstalk never said that it completed. Environment update is starting.");
}

#[tokio::test]
async fn a_deployment_of_the_same_label_is_not_believed_before_its_events() {
    let story = given_running("v2").await;
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
    });
    insta::assert_snapshot!(story.after(5).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: ready, but its events do not say so yet");
    story.succeed();
    insta::assert_snapshot!(story.after(5).await, @r#"{"health":"Green (Ok)","address":"192.0.2.1","updated":"2026-01-02T04:04:10Z","seconds":10}"#);
}

#[tokio::test]
async fn a_deployment_of_the_same_label_that_left_no_trace_is_a_failure() {
    let story = given_running("v2").await;
    story.change(|it| {
        it.status = EnvironmentStatus::Ready;
        it.health = health("Green", "Ok");
    });
    insta::assert_snapshot!(story.after(60).await, @"Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: Beanstalk never said that it completed. Environment update is starting.");
}

#[tokio::test]
async fn health_has_its_own_time_from_the_end_of_the_update() {
    let story = given().await;
    story.after(500).await;
    story.succeed();
    story.change(|it| it.health = health("Grey", "Pending"));
    insta::assert_snapshot!(story.after(119).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: deployed, health is Grey (Pending)");
    story.change(|it| it.health = health("Yellow", "Warning"));
    insta::assert_snapshot!(story.after(1).await, @"Mist.Unhealthy: `Demo-QA-B` runs `v2`, but its health is Yellow (Warning) after 120 s");
}

#[tokio::test]
async fn a_version_that_ran_already_has_the_time_from_the_request() {
    let mut story = given().await;
    story.succeed();
    story.request_id = None;
    story.change(|it| {
        it.health = health("Red", "Severe");
        it.updated = None;
    });
    insta::assert_snapshot!(story.after(119).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: deployed, health is Red (Severe)");
    insta::assert_snapshot!(story.after(1).await, @"Mist.Unhealthy: `Demo-QA-B` runs `v2`, but its health is Red (Severe) after 120 s");
}

#[tokio::test]
async fn health_that_recovers_in_time_is_ready() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health = health("Grey", "Pending"));
    story.after(100).await;
    story.change(|it| it.health = health("Green", "Info"));
    insta::assert_snapshot!(story.after(5).await, @r#"{"health":"Green (Info)","address":"192.0.2.1","updated":"2026-01-02T04:04:05Z","seconds":105}"#);
}

#[tokio::test]
async fn an_update_without_end_is_stuck() {
    let story = given().await;
    insta::assert_snapshot!(story.after(600).await, @"Mist.StuckUpdating: `Demo-QA-B` is still Updating after 600 s; Beanstalk may go on with it");
}

#[tokio::test]
async fn an_empty_answer_proves_nothing_until_the_time_is_over() {
    let story = given().await;
    story.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.after(599).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: not listed by Beanstalk");
    insta::assert_snapshot!(story.after(1).await, @"Mist.EnvironmentMissing: Beanstalk has no environment `Demo-QA-B`");
}

#[tokio::test]
async fn an_environment_that_is_going_away_is_the_end() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let story = given().await;
        story.change(|it| it.status = status);
        assert_eq!(
            story.after(1).await,
            format!("Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status}")
        );
    }
}

fn instance(id: &str, version: &str, deployment: &str) -> InstanceHealth {
    InstanceHealth {
        id: id.to_owned(),
        version: Some(version.to_owned()),
        deployment: Some(deployment.to_owned()),
    }
}

#[tokio::test]
async fn an_instance_that_still_runs_the_old_version_is_no_success() {
    let story = given().await;
    story.succeed();
    let one_is_old = [instance("i-1", "v2", "Deployed"), instance("i-2", "v1", "Deployed")];
    story.beanstalk.put_instances("Demo-QA-B", one_is_old);
    insta::assert_snapshot!(story.after(10).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: deployed, but i-2 runs `v1` (Deployed)");
    insta::assert_snapshot!(story.after(110).await, @"Mist.PartialDeployment: not all instances of `Demo-QA-B` run `v2`: i-2 runs `v1` (Deployed)");
    story.beanstalk.put_instances("Demo-QA-B", [instance("i-1", "v2", "Failed")]);
    insta::assert_snapshot!(story.after(1).await, @"Mist.PartialDeployment: not all instances of `Demo-QA-B` run `v2`: i-1 runs `v2` (Failed)");
}

#[tokio::test]
async fn an_environment_without_instances_proves_nothing() {
    let story = given().await;
    story.succeed();
    story.beanstalk.put_instances("Demo-QA-B", []);
    insta::assert_snapshot!(story.after(10).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: deployed, and has no instances");
    insta::assert_snapshot!(story.after(110).await, @"Mist.NoInstances: `Demo-QA-B` has no instances, so nothing runs `v2`");
}

#[tokio::test]
async fn basic_health_says_nothing_of_instances() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health.status = None);
    assert!(story.after(10).await.starts_with("{\"health\":\"Green\""));
}

#[tokio::test]
async fn an_application_that_comes_and_goes_is_not_ready() {
    let mut story = given().await;
    story.stable = 60;
    story.succeed();
    insta::assert_snapshot!(story.after(30).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: healthy for 30 s so far");
    assert!(story.after(30).await.starts_with("{\"health\""), "it has been healthy for a minute");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Ok to Info.",
    );
    insta::assert_snapshot!(story.after(59).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: healthy for 59 s so far");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Info to Ok.",
    );
    insta::assert_snapshot!(story.after(59).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: healthy for 59 s so far");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Ok to Info.",
    );
    insta::assert_snapshot!(story.after(1).await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: healthy for 1 s so far");
}

#[tokio::test]
async fn who_is_unhealthy_is_told_why() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health = health("Red", "Severe"));
    let causes = vec!["ELB health is failing or not available for all instances.".to_owned()];
    let report = mist_core::HealthReport { causes, ..mist_core::HealthReport::default() };
    story.beanstalk.put_report("Demo-QA-B", report);
    insta::assert_snapshot!(story.after(120).await, @"Mist.Unhealthy: `Demo-QA-B` runs `v2`, but its health is Red (Severe) after 120 s: ELB health is failing or not available for all instances.");
}
