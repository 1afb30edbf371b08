//! Stories of an environment that loses its instances.

use mist_core::beanstalk::environment::EnvironmentStatus;

use super::*;

/// Side B has two instances, of one to four.
fn given() -> Story {
    Story::new(2, action(false))
}

fn action(live: bool) -> Value {
    json!({"stop": {"side": "B", "record": record(), "live": live}})
}

fn remembered(story: &Story) -> Option<Capacity> {
    story.world.locks.current("QA").stopped(Side::B, &"Demo-QA-B".parse().unwrap())
}

#[tokio::test]
async fn an_environment_loses_its_instances_and_its_capacity_is_remembered() {
    let story = given();
    insta::assert_snapshot!(story.told().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 instances are not gone yet");
    assert_eq!((story.capacity(), remembered(&story)), (NONE, Some(CAPACITY)));
    story.world.groups.settle();
    let stopped = story.told().await;
    insta::assert_snapshot!(stopped, @r#"{"action":"stop","instances":0,"remembered":{"min":1,"max":4,"desired":2}}"#);
    assert_eq!(story.told().await, stopped, "running it again changes nothing");
    assert_eq!(remembered(&story), Some(CAPACITY));
}

#[tokio::test]
async fn a_stop_whose_answer_was_lost_remembers_the_real_capacity() {
    let story = given();
    story.world.groups.lose_next_answer();
    assert!(story.told().await.starts_with("Mist.ServiceUnavailable"));
    story.world.groups.settle();
    assert_eq!(story.run().await.unwrap().remembered, Some(CAPACITY));
}

#[tokio::test]
async fn nothing_is_stopped_before_its_capacity_is_remembered() {
    let story = given();
    // Whatever is written in between: here, another execution acquires the lock.
    let revision = story.world.locks.current("QA").revision + 1;
    story.world.locks.write_first(StackState { revision, ..held("bob", 4) });
    assert!(story.told().await.starts_with("Mist.LockLost: "));
    assert_eq!((story.capacity(), remembered(&story)), (CAPACITY, None));
}

#[tokio::test]
async fn an_environment_that_somebody_else_stopped_has_nothing_to_remember() {
    let story = given();
    story.world.groups.put("Demo-QA-B", NONE);
    insta::assert_snapshot!(story.told().await, @r#"{"action":"stop","instances":0}"#);
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_stops_nothing() {
    let story = given();
    story.lose_lock();
    assert!(story.told().await.starts_with("Mist.LockLost: "));
    assert_eq!((story.capacity(), remembered(&story)), (CAPACITY, None));
}

#[tokio::test]
async fn what_an_alarm_adds_meanwhile_is_taken_away_and_not_remembered() {
    let story = given();
    assert!(story.run().await.is_err());
    story.world.groups.put("Demo-QA-B", Capacity { desired: 1, ..NONE });
    assert!(story.run().await.is_err());
    story.world.groups.settle();
    assert_eq!(story.run().await.unwrap().remembered, Some(CAPACITY));
}

#[tokio::test]
async fn an_environment_that_went_live_meanwhile_is_left_alone_unless_that_was_requested() {
    let mut story = given();
    story.world.dns.point("demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(story.told().await.starts_with("Mist.EnvironmentIsLive: "));
    assert_eq!(story.capacity(), CAPACITY);
    story.action = action(true);
    assert!(story.told().await.starts_with("Mist.NotReady: "));
}

#[tokio::test]
async fn an_environment_that_beanstalk_works_on_is_waited_for() {
    let story = given();
    story.change(|found| found.status = EnvironmentStatus::Updating);
    assert!(story.told().await.starts_with("Mist.EnvironmentBusy: "));
    assert_eq!(story.capacity(), CAPACITY);
}

#[tokio::test]
async fn instances_that_do_not_go_away_end_it() {
    let story = given();
    story.told().await;
    story.advance(1200);
    insta::assert_snapshot!(story.told().await, @"Mist.CapacityNotReached: 2 of 0 instances of environment `Demo-QA-B` serve after 1200 s; they are not gone yet");
}

#[tokio::test]
async fn the_lease_is_renewed_while_it_waits() {
    given().renews_its_lease().await;
}
