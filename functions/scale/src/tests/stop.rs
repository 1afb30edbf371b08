//! Tests of an environment that loses its instances.

use mist_core::beanstalk::environment::EnvironmentStatus;

use super::*;

/// Environment B has two instances, of one to four.
fn given() -> Story {
    Story::new(2, action(false))
}

fn action(live: bool) -> Value {
    json!({"stop": {"side": "B", "record": names(), "live": live}})
}

fn remembered(story: &Story) -> Option<Capacity> {
    story.ports.locks.current("QA").stopped(Side::B, &"Demo-QA-B".parse().unwrap())
}

#[tokio::test]
async fn an_environment_loses_its_instances_and_its_capacity_is_remembered() {
    let story = given();
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 instances are not gone yet");
    assert_eq!((story.capacity(), remembered(&story)), (NONE, Some(CAPACITY)));
    story.ports.groups.settle();
    let stopped = story.outcome().await;
    insta::assert_snapshot!(stopped, @r#"{"action":"stop","instances":0,"remembered":{"min":1,"max":4,"desired":2}}"#);
    assert_eq!(story.outcome().await, stopped, "running it again changes nothing");
    assert_eq!(remembered(&story), Some(CAPACITY));
}

#[tokio::test]
async fn a_stop_whose_answer_was_lost_remembers_the_real_capacity() {
    let story = given();
    story.ports.groups.lose_next_answer();
    assert!(story.outcome().await.starts_with("Mist.ServiceUnavailable"));
    story.ports.groups.settle();
    assert_eq!(story.run().await.unwrap().remembered, Some(CAPACITY));
}

#[tokio::test]
async fn nothing_is_stopped_before_its_capacity_is_remembered() {
    let story = given();
    // Another execution acquires the lock between the read and the write.
    let revision = story.ports.locks.current("QA").revision + 1;
    story.ports.locks.write_first(StackState { revision, ..held("bob", 4) });
    assert!(story.outcome().await.starts_with("Mist.LockLost: "));
    assert_eq!((story.capacity(), remembered(&story)), (CAPACITY, None));
}

#[tokio::test]
async fn an_environment_that_was_stopped_without_mist_has_nothing_to_remember() {
    let story = given();
    story.ports.groups.put("Demo-QA-B", NONE);
    insta::assert_snapshot!(story.outcome().await, @r#"{"action":"stop","instances":0}"#);
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_stops_nothing() {
    let story = given();
    story.lose_lock();
    assert!(story.outcome().await.starts_with("Mist.LockLost: "));
    assert_eq!((story.capacity(), remembered(&story)), (CAPACITY, None));
}

#[tokio::test]
async fn instances_that_a_scaling_policy_adds_meanwhile_are_removed_and_not_remembered() {
    let story = given();
    assert!(story.run().await.is_err());
    story.ports.groups.put("Demo-QA-B", Capacity { desired: 1, ..NONE });
    assert!(story.run().await.is_err());
    story.ports.groups.settle();
    assert_eq!(story.run().await.unwrap().remembered, Some(CAPACITY));
}

#[tokio::test]
async fn an_environment_that_went_live_meanwhile_is_left_alone_unless_that_was_requested() {
    let mut story = given();
    story.ports.dns.point("demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(story.outcome().await.starts_with("Mist.EnvironmentIsLive: "));
    assert_eq!(story.capacity(), CAPACITY);
    story.action = action(true);
    assert!(story.outcome().await.starts_with("Mist.NotReady: "));
}

#[tokio::test]
async fn an_environment_with_users_under_another_name_keeps_its_instances() {
    let story = given();
    story.ports.dns.add_cname("www.mist.test", "demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(story.outcome().await.starts_with("Mist.UnlistedRecord: "));
    assert_eq!(story.capacity(), CAPACITY);
}

#[tokio::test]
async fn an_environment_that_beanstalk_updates_is_waited_for() {
    let story = given();
    story.change(|found| found.status = EnvironmentStatus::Updating);
    assert!(story.outcome().await.starts_with("Mist.EnvironmentBusy: "));
    assert_eq!(story.capacity(), CAPACITY);
}

#[tokio::test]
async fn instances_that_do_not_terminate_in_time_are_an_error() {
    let story = given();
    story.outcome().await;
    story.advance(1200);
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 2 of 0 instances of environment `Demo-QA-B` serve after 1200 s; they are not gone yet");
}

#[tokio::test]
async fn the_lease_is_renewed_while_it_waits() {
    given().renews_its_lease().await;
}
