//! Tests of the waiting tasks: one look serves all of them, and each ends once.

use mist_core::release::state::{LEASE_SECONDS, Phase};

use super::*;

#[tokio::test]
async fn an_execution_that_lost_the_lock_does_not_wait() {
    let mut given = given();
    given.request.holder.fence = 7;
    let error = given.ports.park("t1".into(), given.request.clone()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.LockLost");
    assert!(given.ports.wakes.wakes().is_empty());
}

#[tokio::test]
async fn a_later_token_replaces_the_first() {
    let given = given();
    given.park().await;
    given.ports.park("t2".into(), given.request.clone()).await.unwrap();
    given.over();
    given.ports.look(RECHECK).await.unwrap();
    assert_eq!(given.ports.tasks.end_of("t1"), None);
    assert!(given.ports.tasks.end_of("t2").is_some());
}

#[tokio::test]
async fn a_wait_that_cannot_be_ended_now_is_ended_by_the_next_look() {
    let given = given();
    given.over();
    given.ports.tasks.fail_next();
    assert_eq!(given.look().await, "waits");
    assert!(given.waits());
    assert_eq!(given.look().await, GOOD);
}

#[tokio::test]
async fn a_task_that_no_longer_waits_is_forgotten() {
    let given = given();
    given.park().await;
    given.ports.tasks.over("t1");
    given.over();
    given.ports.look(RECHECK).await.unwrap();
    assert!(given.ports.tasks.ends().is_empty() && !given.waits());
}

#[tokio::test]
async fn a_long_bake_keeps_its_lease_with_few_writes() {
    let mut given = given();
    given.request.bake.seconds = Ranged::new(21_600);
    for minute in 0..350 {
        // The task times out and parks again.
        if minute % 5 == 0 {
            given.park().await;
        }
        given.over();
        given.ports.look(RECHECK).await.unwrap();
    }
    let lease = given.ports.locks.current("QA").lease.unwrap();
    assert!(lease.expires - given.ports.clock.now().as_second() > LEASE_SECONDS / 2 - 60);
    assert!(given.ports.locks.writes() < 100, "{}", given.ports.locks.writes());
}

#[tokio::test]
async fn a_request_that_cannot_be_read_ends_its_own_wait_only() {
    let given = given();
    given.park().await;
    let mut other = held("arn:2", 1);
    if let Some(lease) = &mut other.lease {
        let nonsense = serde_json::json!({"format": 9});
        lease.phase = Phase::Swapping;
        lease.wait = Some(Wait::new(WaitKind::Bake, &"t2".into(), given.request.since, &nonsense));
    }
    given.ports.locks.put("LIVE", other);
    given.ports.locks.put("no/name", held("arn:3", 1));
    given.over();
    given.ports.look(RECHECK).await.unwrap();
    let end = given.ports.tasks.end_of("t2").unwrap();
    assert_eq!(end.error(), Some("Mist.InvalidItem"));
    assert!(given.ports.locks.current("LIVE").lease.unwrap().wait.is_none());
    assert_eq!(given.ports.tasks.end_of("t1").unwrap().error(), None);
}

#[tokio::test]
async fn one_look_serves_all_stacks_that_bake() {
    let given = given();
    given.park().await;
    given.ports.locks.put("LIVE", held("arn:2", 1));
    given.ports.beanstalk.put(environment("Demo-LIVE-B", "v2"));
    given.ports.park("t2".into(), request("LIVE", "arn:2", 300)).await.unwrap();
    given.over();
    given.ports.look(RECHECK).await.unwrap();
    assert_eq!(given.ports.beanstalk.count("environments"), 1);
    assert_eq!(given.ports.tasks.end_of("t1").unwrap().error(), None);
    assert_eq!(given.ports.tasks.end_of("t2"), None);
}
