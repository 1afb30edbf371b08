//! Turns: of the next in the queue for a lock, and of deployments that wait to call Beanstalk.

use mist_core::release::state::Queued;

use super::*;

/// The execution called `name`, which waits for the lock for ten minutes at most.
fn queued(name: &str) -> Queued {
    Queued {
        execution: name.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v3 by {name}"),
        since: Timestamp::from_second(START).unwrap(),
        until: START + 600,
        uploaded_at: None,
        needs_drained: false,
        token: name.into(),
    }
}

/// `bob` waits for the lock that `arn:1` holds.
async fn given_queue() -> Fakes {
    let ports = given().await;
    ports.locks.put("QA", StackState { queue: vec![queued("bob")], ..held("arn:1", 1) });
    ports
}

/// `arn:1` holds the lock, and may call Beanstalk four seconds after the start.
async fn given_admission() -> Fakes {
    let ports = given().await;
    let holder = Holder { execution: "arn:1".to_owned(), fence: 1 };
    let wait = Wait::new(WaitKind::Admission, &"t1".into(), ports.clock.now(), &json!(null));
    let state = held("arn:1", 1).admitted(&holder, START * 1000 + 4000, Some(wait)).unwrap();
    ports.locks.put("QA", state);
    ports
}

#[tokio::test]
async fn the_queue_moves_on_after_a_lease_that_expired() {
    let ports = given_queue().await;
    let mut state = ports.locks.current("QA");
    state.lease.as_mut().unwrap().expires = START + 60;
    ports.locks.put("QA", state);
    look(&ports).await;
    assert_eq!((ended(&ports, "bob"), timers(&ports, 0)), (None, vec![60]));
    ports.clock.advance(Duration::from_mins(1));
    look(&ports).await;
    assert!(ended(&ports, "bob").unwrap().starts_with("Mist.NotReady: "), "its task is retried");
    let state = ports.locks.current("QA");
    assert_eq!((state.lease.unwrap().execution.as_str(), state.fence), ("bob", 2));
    assert!(state.queue.is_empty());
    look(&ports).await;
    assert_eq!(ports.tasks.ends().len(), 1, "looking again changes nothing");
}

#[tokio::test]
async fn a_release_that_waited_too_long_gives_up() {
    let ports = given_queue().await;
    ports.clock.advance(Duration::from_secs(590));
    look(&ports).await;
    assert_eq!((ended(&ports, "bob"), timers(&ports, 0)), (None, vec![10]), "the time is exact");
    ports.clock.advance(Duration::from_secs(10));
    look(&ports).await;
    insta::assert_snapshot!(ended(&ports, "bob").unwrap(), @"Mist.Locked: stack `QA` is locked: deploy v2 by arn:1 since 1970-01-01T00:00:00Z; timed out after 600 s in the queue");
    assert!(ports.locks.current("QA").queue.is_empty());
    assert_eq!(timers(&ports, 1), Vec::<u64>::new(), "nothing waits any more");
}

#[tokio::test]
async fn a_wait_in_the_queue_that_cannot_be_ended_now_leaves_a_timer() {
    let ports = given_queue().await;
    ports.clock.advance(Duration::from_mins(10));
    ports.tasks.fail_next();
    look(&ports).await;
    assert_eq!((ended(&ports, "bob"), timers(&ports, 0)), (None, vec![60]));
}

#[tokio::test]
async fn a_deployment_goes_on_when_its_turn_comes() {
    let ports = given_admission().await;
    look(&ports).await;
    assert_eq!((ended(&ports, "t1"), timers(&ports, 0)), (None, vec![4]));
    ports.clock.advance(Duration::from_secs(4));
    look(&ports).await;
    assert!(ended(&ports, "t1").unwrap().starts_with("Mist.NotReady: "), "its task is retried");
    look(&ports).await;
    assert_eq!(ports.tasks.ends().len(), 1, "it is called once, although its wait is still there");
    assert_eq!(timers(&ports, 1), Vec::<u64>::new());
}

#[tokio::test]
async fn a_turn_that_cannot_be_granted_now_comes_with_the_next_look() {
    let ports = given_admission().await;
    ports.clock.advance(Duration::from_secs(4));
    ports.tasks.fail_next();
    look(&ports).await;
    assert_eq!((ended(&ports, "t1"), timers(&ports, 0)), (None, vec![60]));
    look(&ports).await;
    assert!(ended(&ports, "t1").is_some());
}

#[tokio::test]
async fn deployments_and_turns_share_one_timer() {
    let ports = given().await;
    park(&ports, "t1").await;
    let state = ports.locks.current("QA");
    ports.locks.put("QA", StackState { queue: vec![queued("bob")], ..state });
    ports.clock.advance(Duration::from_secs(570));
    look(&ports).await;
    assert_eq!(timers(&ports, 1), [30], "the queue comes first");
    assert_eq!(waits(&ports, "QA").as_deref(), Some("t1"));
}
