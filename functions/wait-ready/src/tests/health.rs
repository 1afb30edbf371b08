//! The judgement of one look: health and instances, once the update is over.

use mist_core::beanstalk::health::InstanceHealth;

use jiff::SignedDuration;

use super::{
    judge::{given, health},
    *,
};

fn instance(id: &str, version: &str, deployment: &str) -> InstanceHealth {
    InstanceHealth {
        id: id.to_owned(),
        version: Some(version.to_owned()),
        deployment: Some(deployment.to_owned()),
    }
}

#[tokio::test]
async fn health_has_its_own_time_from_the_end_of_the_update() {
    let story = given().await;
    story.after(500).await;
    story.succeed();
    story.change(|it| it.health = health("Grey", "Pending"));
    insta::assert_snapshot!(story.after(119).await, @"not yet: deployed, health is Grey (Pending)");
    story.change(|it| it.health = health("Yellow", "Warning"));
    insta::assert_snapshot!(story.after(1).await, @"Mist.Unhealthy: environment `Demo-QA-B` runs `v2`, but its health is Yellow (Warning) after 120 s");
}

#[tokio::test]
async fn a_version_that_ran_already_has_the_time_from_the_request() {
    let mut story = given().await;
    story.succeed();
    story.request.request_id = None;
    story.change(|it| {
        it.health = health("Red", "Severe");
        it.updated = None;
    });
    insta::assert_snapshot!(story.after(119).await, @"not yet: deployed, health is Red (Severe)");
    insta::assert_snapshot!(story.after(1).await, @"Mist.Unhealthy: environment `Demo-QA-B` runs `v2`, but its health is Red (Severe) after 120 s");
}

#[tokio::test]
async fn health_that_recovers_in_time_is_ready() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health = health("Grey", "Pending"));
    story.after(100).await;
    story.change(|it| it.health = health("Green", "Info"));
    insta::assert_snapshot!(story.after(5).await, @r#"{"target":{"address":"192.0.2.1","updated":"2026-01-02T04:04:05Z","instances":1},"health":"Green (Info)","seconds":105}"#);
}

#[tokio::test]
async fn an_instance_with_the_old_version_is_no_success() {
    let story = given().await;
    story.succeed();
    let one_is_old = [instance("i-1", "v2", "Deployed"), instance("i-2", "v1", "Deployed")];
    story.beanstalk.put_instances("Demo-QA-B", one_is_old);
    insta::assert_snapshot!(story.after(10).await, @"not yet: deployed, but i-2 runs `v1` (Deployed)");
    insta::assert_snapshot!(story.after(110).await, @"Mist.PartialDeployment: not all instances of environment `Demo-QA-B` run `v2`: i-2 runs `v1` (Deployed)");
    story.beanstalk.put_instances("Demo-QA-B", [instance("i-1", "v2", "Failed")]);
    insta::assert_snapshot!(story.after(1).await, @"Mist.PartialDeployment: not all instances of environment `Demo-QA-B` run `v2`: i-1 runs `v2` (Failed)");
}

#[tokio::test]
async fn an_environment_without_instances_proves_nothing() {
    let story = given().await;
    story.succeed();
    story.beanstalk.put_instances("Demo-QA-B", []);
    insta::assert_snapshot!(story.after(10).await, @"not yet: deployed, but has no instances");
    insta::assert_snapshot!(story.after(110).await, @"Mist.NoInstances: environment `Demo-QA-B` has no instances, so nothing runs `v2`; raise the MinSize of its Auto Scaling group");
}

#[tokio::test]
async fn basic_health_has_no_instances() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health.status = None);
    assert!(story.after(10).await.starts_with("{\"target\""));
}

#[tokio::test]
async fn an_application_that_is_healthy_now_and_then_is_not_ready() {
    let mut story = given().await;
    story.request.health_stable_seconds = 60;
    story.succeed();
    insta::assert_snapshot!(story.after(30).await, @"not yet: healthy for 30 s of 60 s; again at 2026-01-02T04:05:05Z");
    let costs = ["events", "instances"].map(|call| story.beanstalk.count(call));
    assert_eq!(costs, [1, 0], "instances are looked at once the health is stable");
    // A change of the health before the update counts as well, and the clocks may differ.
    let window = story.request.since - SignedDuration::from_secs(60 + 60);
    assert_eq!(story.beanstalk.events_since(), [Some(window)]);
    assert!(story.after(30).await.starts_with("{\"target\""), "it has been healthy for a minute");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Ok to Info.",
    );
    insta::assert_snapshot!(story.after(59).await, @"not yet: healthy for 59 s of 60 s; again at 2026-01-02T04:06:05Z");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Info to Ok.",
    );
    insta::assert_snapshot!(story.after(59).await, @"not yet: healthy for 59 s of 60 s; again at 2026-01-02T04:07:04Z");
    story.beanstalk.say_at(
        "request-1",
        story.clock.now(),
        "Environment health has transitioned from Ok to Info.",
    );
    insta::assert_snapshot!(story.after(1).await, @"not yet: healthy for 1 s of 60 s; again at 2026-01-02T04:08:03Z");
    insta::assert_snapshot!(story.after(1).await, @"Mist.Unhealthy: environment `Demo-QA-B` runs `v2`, but its health is Green (Ok) after 180 s: healthy for 2 s only, as it changes repeatedly");
}

#[tokio::test]
async fn a_call_that_is_throttled_is_one_look_less_until_the_time_is_over() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health = health("Red", "Severe"));
    let throttle = || {
        let message = "Rate exceeded".to_owned();
        let throttled = Error::Throttled { service: "elasticbeanstalk", message };
        story.beanstalk.refuse_next("health", throttled);
    };
    throttle();
    // The time for the deployment and the time to become healthy.
    insta::assert_snapshot!(story.after(719).await, @"not yet: elasticbeanstalk throttled the request: Rate exceeded");
    throttle();
    insta::assert_snapshot!(story.after(1).await, @"Mist.Throttled: elasticbeanstalk throttled the request: Rate exceeded");
}

#[tokio::test]
async fn an_unhealthy_environment_is_explained_by_its_causes() {
    let story = given().await;
    story.succeed();
    story.change(|it| it.health = health("Red", "Severe"));
    let causes = vec!["ELB health is failing or not available for all instances.".to_owned()];
    let report = mist_core::beanstalk::health::HealthReport {
        causes,
        ..mist_core::beanstalk::health::HealthReport::default()
    };
    story.beanstalk.put_report("Demo-QA-B", report);
    insta::assert_snapshot!(story.after(120).await, @"Mist.Unhealthy: environment `Demo-QA-B` runs `v2`, but its health is Red (Severe) after 120 s: ELB health is failing or not available for all instances.");
}
