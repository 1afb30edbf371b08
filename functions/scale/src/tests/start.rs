//! Tests of an environment that gets its instances back.

use mist_core::beanstalk::environment::EnvironmentStatus;

use super::*;

/// Environment B was stopped; it had two instances, of one to four.
fn given() -> Story {
    let health = ["Ok", "Info"];
    let story = Story::new(
        0,
        json!({"start": {"side": "B", "version": "v2", "allowedHealth": health, "timeoutSeconds": 3600}}),
    );
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity: CAPACITY };
    story.ports.locks.put("QA", StackState { stopped_b: Some(stopped), ..held("ada", 3) });
    story
}

#[tokio::test]
async fn a_stopped_environment_gets_exactly_the_capacity_that_it_had() {
    let story = given();
    let waits = story.outcome().await;
    insta::assert_snapshot!(waits, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 0 of 2 instances serve");
    assert_eq!(story.capacity(), CAPACITY);
    assert_eq!(story.outcome().await, waits, "instances take time to start");
    story.ports.groups.settle();
    story.run_on(&["v2", "v2"]);
    let started = story.outcome().await;
    insta::assert_snapshot!(started, @r#"{"action":"start","instances":2,"health":"Green (Ok)"}"#);
    assert_eq!(story.outcome().await, started, "running it again changes nothing");
    assert_eq!(story.capacity(), CAPACITY);
}

#[tokio::test]
async fn it_is_started_when_every_instance_runs_the_version_and_it_is_healthy() {
    let story = given();
    story.outcome().await;
    story.ports.groups.settle();
    assert!(
        story.outcome().await.contains("0 of 2 instances serve"),
        "no instance has a version yet"
    );
    story.run_on(&["v2", "v1"]);
    assert!(story.outcome().await.contains("1 of 2 instances serve"));
    story.run_on(&["v2", "v2"]);
    story.health("Pending");
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 2 instances serve; its health is Green (Pending)");
    story.health("Ok");
    story.change(|found| found.status = EnvironmentStatus::Updating);
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 2 instances serve; it is Updating");
    story.change(|found| found.status = EnvironmentStatus::Ready);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn an_environment_without_a_version_is_started_as_well() {
    let mut story = given();
    story.action["start"]["version"] = Value::Null;
    story.change(|found| found.version = None);
    story.outcome().await;
    story.ports.groups.settle();
    story.run_on(&["Sample Application", "Sample Application"]);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn instances_that_do_not_start_or_become_healthy_in_time_are_an_error() {
    let story = given();
    story.advance(3599);
    assert!(story.outcome().await.starts_with("Mist.NotReady: "));
    story.advance(1);
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 0 of 2 instances of environment `Demo-QA-B` serve after 3600 s");
    story.ports.groups.settle();
    story.run_on(&["v2", "v2"]);
    story.health("Severe");
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 2 of 2 instances of environment `Demo-QA-B` serve after 3600 s; its health is Green (Severe)");
}

#[tokio::test]
async fn an_environment_that_terminates_is_an_error() {
    let story = given();
    story.outcome().await;
    story.ports.groups.settle();
    story.change(|found| found.status = EnvironmentStatus::Terminating);
    insta::assert_snapshot!(story.outcome().await, @"Mist.EnvironmentTerminating: environment `Demo-QA-B` is Terminating; create it again under the same name");
    story.ports.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: not listed by Beanstalk");
    story.advance(3600);
    insta::assert_snapshot!(story.outcome().await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml");
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_goes_on() {
    let story = given();
    story.ports.groups.lose_next_answer();
    assert!(story.outcome().await.starts_with("Mist.ServiceUnavailable"));
    story.ports.groups.settle();
    story.run_on(&["v2", "v2"]);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn a_capacity_that_was_never_remembered_is_not_made_up() {
    let story = given();
    story.ports.locks.put("QA", held("ada", 3));
    assert!(story.outcome().await.starts_with("Mist.SizesUnknown: "));
    let capacity = Capacity { min: 9, max: 9, desired: 9 };
    let other = Stopped { environment: "Another".parse().unwrap(), capacity };
    story.ports.locks.put("QA", StackState { stopped_b: Some(other), ..held("ada", 3) });
    assert!(story.outcome().await.starts_with("Mist.SizesUnknown: "));
    assert!(story.capacity().is_stopped());
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_starts_nothing() {
    let story = given();
    story.lose_lock();
    assert!(story.outcome().await.starts_with("Mist.LockLost: "));
    assert!(story.capacity().is_stopped());
}

#[tokio::test]
async fn the_lease_is_renewed_while_it_waits() {
    given().renews_its_lease().await;
}
