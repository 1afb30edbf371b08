//! Stories of an environment that gets its instances back.

use super::*;

/// Side B was stopped; it had two instances, of one to four.
fn given() -> Story {
    let health = ["Ok", "Info"];
    let story = Story::new(
        0,
        json!({"start": {"side": "B", "version": "v2", "allowedHealth": health, "timeoutSeconds": 3600}}),
    );
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity: CAPACITY };
    story.world.locks.put("QA", StackState { stopped_b: Some(stopped), ..held("ada", 3) });
    story
}

#[tokio::test]
async fn a_stopped_environment_gets_exactly_the_capacity_that_it_had() {
    let story = given();
    let waits = story.told().await;
    insta::assert_snapshot!(waits, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 0 of 2 instances serve");
    assert_eq!(story.capacity(), CAPACITY);
    assert_eq!(story.told().await, waits, "instances take their time");
    story.world.groups.settle();
    story.run_on(&["v2", "v2"]);
    let started = story.told().await;
    insta::assert_snapshot!(started, @r#"{"action":"start","instances":2,"health":"Green (Ok)"}"#);
    assert_eq!(story.told().await, started, "running it again changes nothing");
    assert_eq!(story.capacity(), CAPACITY);
}

#[tokio::test]
async fn it_is_started_when_every_instance_runs_the_version_and_it_is_healthy() {
    let story = given();
    story.told().await;
    story.world.groups.settle();
    assert!(story.told().await.contains("0 of 2 instances serve"), "none tells of itself yet");
    story.run_on(&["v2", "v1"]);
    assert!(story.told().await.contains("1 of 2 instances serve"));
    story.run_on(&["v2", "v2"]);
    story.health("Pending");
    insta::assert_snapshot!(story.told().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 2 instances serve; its health is Green (Pending)");
    story.health("Ok");
    story.change(|found| {
        found.status = mist_core::beanstalk::environment::EnvironmentStatus::Updating
    });
    insta::assert_snapshot!(story.told().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 2 instances serve; it is Updating");
    story
        .change(|found| found.status = mist_core::beanstalk::environment::EnvironmentStatus::Ready);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn an_environment_without_a_version_is_started_as_well() {
    let mut story = given();
    story.action["start"]["version"] = Value::Null;
    story.change(|found| found.version = None);
    story.told().await;
    story.world.groups.settle();
    story.run_on(&["Sample Application", "Sample Application"]);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn instances_that_do_not_come_or_not_become_healthy_end_it() {
    let story = given();
    story.advance(3599);
    assert!(story.told().await.starts_with("Mist.NotReady: "));
    story.advance(1);
    insta::assert_snapshot!(story.told().await, @"Mist.CapacityNotReached: 0 of 2 instances of environment `Demo-QA-B` serve after 3600 s");
    story.world.groups.settle();
    story.run_on(&["v2", "v2"]);
    story.health("Severe");
    insta::assert_snapshot!(story.told().await, @"Mist.CapacityNotReached: 2 of 2 instances of environment `Demo-QA-B` serve after 3600 s; its health is Green (Severe)");
}

#[tokio::test]
async fn an_environment_that_is_going_away_ends_it() {
    let story = given();
    story.told().await;
    story.world.groups.settle();
    story.change(|found| {
        found.status = mist_core::beanstalk::environment::EnvironmentStatus::Terminating
    });
    insta::assert_snapshot!(story.told().await, @"Mist.EnvironmentTerminating: environment `Demo-QA-B` is Terminating; create it again under the same name");
    story.world.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.told().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: not listed by Beanstalk");
    story.advance(3600);
    insta::assert_snapshot!(story.told().await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml");
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_goes_on() {
    let story = given();
    story.world.groups.lose_next_answer();
    assert!(story.told().await.starts_with("Mist.ServiceUnavailable"));
    story.world.groups.settle();
    story.run_on(&["v2", "v2"]);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn a_capacity_that_was_never_remembered_is_not_made_up() {
    let story = given();
    story.world.locks.put("QA", held("ada", 3));
    assert!(story.told().await.starts_with("Mist.SizesUnknown: "));
    let capacity = Capacity { min: 9, max: 9, desired: 9 };
    let other = Stopped { environment: "Another".parse().unwrap(), capacity };
    story.world.locks.put("QA", StackState { stopped_b: Some(other), ..held("ada", 3) });
    assert!(story.told().await.starts_with("Mist.SizesUnknown: "));
    assert!(story.capacity().is_stopped());
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_starts_nothing() {
    let story = given();
    story.lose_lock();
    assert!(story.told().await.starts_with("Mist.LockLost: "));
    assert!(story.capacity().is_stopped());
}

#[tokio::test]
async fn the_lease_is_renewed_while_it_waits() {
    given().renews_its_lease().await;
}
