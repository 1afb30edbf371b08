//! Tests of an environment that gets as many instances as the live one has.

use super::*;

/// Environment A is live with three instances; environment B runs `v2` on `instances` of them.
fn given(instances: u32) -> Story {
    Story::new(instances, action(true))
}

fn action(wait: bool) -> Value {
    let health = ["Ok", "Info"];
    json!({"match": {"version": "v2", "live": "Demo-QA-A", "allowedHealth": health, "wait": wait}})
}

#[tokio::test]
async fn a_smaller_environment_grows_and_its_new_instances_must_run_the_version() {
    let story = given(1);
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 1 of 3 instances serve; a scaling policy may have terminated them; to go live without them, set `matchSize: false`");
    assert_eq!(story.capacity(), Capacity { min: 1, max: 4, desired: 3 });
    story.ports.groups.settle();
    story.run_on(&["v2", "v2", "v1"]);
    assert!(story.outcome().await.contains("2 of 3"));
    story.run_on(&["v2", "v2", "v2"]);
    story.health("Warning");
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 3 of 3 instances serve; its health is Green (Warning)");
    story.health("Ok");
    let matched = story.outcome().await;
    insta::assert_snapshot!(matched, @r#"{"action":"match","instances":3,"liveInstances":3}"#);
    assert_eq!(story.outcome().await, matched, "running it again changes nothing");
}

#[tokio::test]
async fn a_larger_environment_keeps_its_capacity() {
    let story = given(4);
    insta::assert_snapshot!(story.outcome().await, @r#"{"action":"match","instances":4,"liveInstances":3}"#);
    assert_eq!(story.capacity().desired, 4);
}

#[tokio::test]
async fn instances_that_were_just_found_to_run_the_version_are_not_checked_again() {
    let story = Story { serving: Some(3), ..given(3) };
    insta::assert_snapshot!(story.outcome().await, @r#"{"action":"match","instances":3,"liveInstances":3}"#);
    assert!(story.ports.beanstalk.calls().is_empty(), "Beanstalk allows few calls");
    story.advance(15);
    story.run_on(&["v2", "v2", "v1"]);
    assert!(story.outcome().await.contains("2 of 3"), "an instance may have been replaced since");
    let story = Story { serving: Some(1), ..given(1) };
    story.outcome().await;
    story.ports.groups.settle();
    assert!(story.outcome().await.contains("1 of 3"), "the new instances were not checked before");
}

#[tokio::test]
async fn an_environment_that_may_not_become_so_large_does_not_go_live() {
    let story = given(1);
    story.ports.groups.put("Demo-QA-B", Capacity { min: 1, max: 2, desired: 1 });
    insta::assert_snapshot!(story.outcome().await, @"Mist.TooSmall: environment `Demo-QA-B` may have 2 instances at most, and the live environment has 3; raise its MaxSize, or set `matchSize: false`");
    assert_eq!(story.capacity().desired, 1, "nothing was changed");
}

#[tokio::test]
async fn instances_that_do_not_start_in_time_are_an_error() {
    let story = given(1);
    story.advance(1199);
    assert!(story.outcome().await.starts_with("Mist.NotReady: "));
    story.advance(1);
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 1 of 3 instances of environment `Demo-QA-B` serve after 1200 s; a scaling policy may have terminated them; to go live without them, set `matchSize: false`");
    story.ports.groups.settle();
    story.run_on(&["v2", "v2", "v2"]);
    story.health("Severe");
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 3 of 3 instances of environment `Demo-QA-B` serve after 1200 s; its health is Green (Severe)");
}

#[tokio::test]
async fn a_version_that_was_deployed_meanwhile_does_not_go_live() {
    let story = given(3);
    story.change(|found| found.version = Some("v3".to_owned()));
    insta::assert_snapshot!(story.outcome().await, @"Mist.TargetChanged: environment `Demo-QA-B` has changed since it was found healthy: it runs `v3`, not `v2`");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_waited_for() {
    let story = given(1);
    story.ports.groups.lose_next_answer();
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: autoscaling is unavailable: no answer");
    story.ports.groups.settle();
    story.run_on(&["v2", "v2", "v2"]);
    assert!(story.run().await.is_ok());
}

#[tokio::test]
async fn a_rollback_requests_instances_and_does_not_wait_for_them() {
    let story = Story { action: action(false), ..given(1) };
    let matched = story.outcome().await;
    insta::assert_snapshot!(matched, @r#"{"action":"match","instances":3,"liveInstances":3}"#);
    assert_eq!(story.capacity().desired, 3);
    assert_eq!(story.outcome().await, matched);
    story.ports.groups.lose_next_answer();
    story.ports.groups.put("Demo-QA-B", Capacity { min: 1, max: 4, desired: 1 });
    insta::assert_snapshot!(story.outcome().await, @r#"{"action":"match","problem":"capacity of `Demo-QA-B` is not matched: autoscaling is unavailable: no answer"}"#);
    story.ports.groups.put("Demo-QA-B", Capacity { min: 1, max: 2, desired: 1 });
    let small = story.run().await.unwrap();
    let found = (small.instances, small.live_instances);
    assert_eq!(found, (Some(2), Some(3)), "too few instances are better than no rollback");
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_changes_no_capacity() {
    let story = given(1);
    story.lose_lock();
    assert!(story.outcome().await.starts_with("Mist.LockLost: "));
    assert_eq!(story.capacity().desired, 1);
}

#[tokio::test]
async fn the_lease_is_renewed_while_it_waits() {
    given(1).renews_its_lease().await;
}
