//! Stories of `mist lock`.

use mist_core::{
    release::state::{Holder, LiveSide, TaskToken, Wait},
    stack::side::Side,
};
use mist_testkit::{FakeLocks, FakeTasks};

use super::*;

const NOW: i64 = 1_767_323_045;

fn qa() -> StackName {
    "QA".parse().unwrap()
}

fn ada() -> Holder {
    Holder { execution: "arn:ada".to_owned(), fence: 3 }
}

/// Ada's deployment holds the lock and waits for a healthy environment. The queue is empty.
fn held() -> StackState {
    let wait = Wait::new(
        WaitKind::Health,
        &TaskToken::from("TOKEN-OF-ADA"),
        second(NOW - 30),
        &json!({ "environment": "Demo-QA-B" }),
    );
    let lease = Lease {
        execution: ada().execution,
        operation: "deploy".to_owned(),
        reason: "deploy v2 by ada".to_owned(),
        since: second(NOW - 60),
        expires: NOW + 600,
        phase: Phase::Preparing,
        admitted: Some(0),
        wait: Some(wait),
    };
    StackState { revision: 7, fence: 3, lease: Some(lease), ..StackState::default() }
}

/// The same, with Bob's deployment in the queue behind one whose wait has expired.
fn wanted() -> StackState {
    let bob = Queued {
        execution: "arn:bob".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v3 by bob".to_owned(),
        since: second(NOW - 10),
        until: NOW + 110,
        uploaded_at: None,
        needs_drained: false,
        token: TaskToken::from("TOKEN-OF-BOB"),
    };
    let gone = Queued { until: NOW, execution: "arn:eve".to_owned(), ..bob.clone() };
    StackState { queue: vec![gone, bob], ..held() }
}

fn swapping() -> StackState {
    held().swapping(&ada(), NOW).unwrap()
}

async fn released(locks: &FakeLocks, tasks: &FakeTasks, force: bool) -> Result<String, Failure> {
    let arguments = LockRelease { stack: qa(), yes: true, force };
    let (done, state) = release((locks, tasks), &arguments, second(NOW), |_| Ok(())).await?;
    assert_eq!(state, locks.current("QA"));
    Ok(done)
}

async fn freed(locks: &FakeLocks, force: bool) -> Result<String, Failure> {
    released(locks, &FakeTasks::default(), force).await
}

fn refusal(result: Result<String, Failure>) -> (String, String) {
    match result.unwrap_err() {
        Failure::Operation { name, cause, .. } => (name, cause.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_status_names_the_holder_and_the_queue() {
    insta::assert_snapshot!(shown(&qa(), &wanted(), NOW), @r"
    the lock of stack QA is held: deploy v2 by ada
      since      2026-01-02 03:03:05 UTC
      until      2026-01-02 03:14:05 UTC, unless the lease is renewed
      phase      preparing; the live environment has not changed
      waits for  a healthy environment
      execution  arn:ada
      1. in the queue: deploy v3 by bob (since 2026-01-02 03:03:55 UTC)
    ");
}

#[test]
fn a_release_that_waits_for_an_environment_to_drain_is_in_the_queue_of_a_free_lock() {
    let mut state = StackState { lease: None, ..wanted() };
    state.queue[1].needs_drained = true;
    state.live = Some(LiveSide {
        side: Side::B,
        environment: "shop-b".parse().unwrap(),
        version: None,
        since: NOW,
        drained: NOW + 60,
        previous: None,
    });
    insta::assert_snapshot!(shown(&qa(), &state, NOW), @r"
    the lock of stack QA is free
      1. in the queue: deploy v3 by bob (since 2026-01-02 03:03:55 UTC); waits until the idle environment is drained, at 2026-01-02 03:05:05 UTC
    ");
    assert_eq!(status(&qa(), &state, NOW)["queue"][0]["idleDrained"], NOW + 60);
}

#[test]
fn a_lock_whose_lease_has_expired_is_free() {
    assert_eq!(shown(&qa(), &held(), NOW + 600), "the lock of stack QA is free");
    assert_eq!(shown(&qa(), &StackState::default(), NOW), "the lock of stack QA is free");
}

#[test]
fn json_output_has_the_same_and_no_token() {
    let shown = status(&qa(), &wanted(), NOW);
    assert!(!shown.to_string().contains("TOKEN"), "{shown}");
    assert_eq!(
        shown,
        json!({
            "stack": "QA", "free": false,
            "lease": {
                "execution": "arn:ada", "operation": "deploy", "reason": "deploy v2 by ada",
                "since": "2026-01-02T03:03:05Z", "expires": NOW + 600, "phase": "preparing",
                "waitsFor": "health",
            },
            "queue": [{
                "execution": "arn:bob", "operation": "deploy", "reason": "deploy v3 by bob",
                "since": "2026-01-02T03:03:55Z", "until": NOW + 110, "idleDrained": null,
            }],
        })
    );
    let free = json!({ "stack": "QA", "free": true, "lease": null, "queue": [] });
    assert_eq!(status(&qa(), &wanted(), NOW + 600), free);
}

#[tokio::test]
async fn a_release_frees_the_lock_for_good() {
    let locks = FakeLocks::with("QA", held());
    let done = freed(&locks, false).await.unwrap();
    assert_eq!(done, "released the lock of stack QA: deploy v2 by ada");
    let state = locks.current("QA");
    assert_eq!((state.fence, state.revision, &state.lease), (3, 8, &None));
    assert_eq!(state.lease_of(&ada()).unwrap_err().code(), "Mist.LockLost");
}

#[tokio::test]
async fn a_release_hands_the_lock_on_and_ends_the_wait_of_the_next() {
    let mut state = wanted();
    state.queue.remove(0);
    let (locks, tasks) = (FakeLocks::with("QA", state), FakeTasks::default());
    let done = released(&locks, &tasks, false).await.unwrap();
    let handed = "released the lock of stack QA: deploy v2 by ada; deploy v3 by bob holds it now";
    assert_eq!(done, handed);
    let state = locks.current("QA");
    assert_eq!(state.holder(NOW).unwrap().execution, "arn:bob");
    assert!(state.queue.is_empty());
    let end = tasks.end_of("TOKEN-OF-BOB").unwrap();
    assert_eq!(end.error(), Some("Mist.NotReady"));
    assert_eq!(tasks.end_of("TOKEN-OF-ADA"), None, "the next call fails anyway");
}

#[tokio::test]
async fn the_lock_is_handed_on_even_if_the_wait_of_the_next_cannot_be_ended() {
    let mut state = wanted();
    state.queue.remove(0);
    let (locks, tasks) = (FakeLocks::with("QA", state), FakeTasks::default());
    tasks.fail_next();
    released(&locks, &tasks, false).await.unwrap_err();
    assert_eq!(locks.current("QA").holder(NOW).unwrap().execution, "arn:bob");
}

#[tokio::test]
async fn a_lock_that_is_free_needs_no_consent() {
    let (locks, tasks) = (FakeLocks::default(), FakeTasks::default());
    let arguments = LockRelease { stack: qa(), yes: false, force: false };
    let agree = |_: &str| panic!("consent was requested");
    let (done, _) = release((&locks, &tasks), &arguments, second(NOW), agree).await.unwrap();
    assert_eq!(done, "the lock of stack QA is already free");
}

#[tokio::test]
async fn nothing_is_released_without_consent() {
    let (locks, tasks) = (FakeLocks::with("QA", held()), FakeTasks::default());
    let arguments = LockRelease { stack: qa(), yes: false, force: false };
    let no = |shown: &str| {
        assert!(shown.contains("deploy v2 by ada"), "{shown}");
        Err(Failure::Setup("no".to_owned()))
    };
    release((&locks, &tasks), &arguments, second(NOW), no).await.unwrap_err();
    assert_eq!(locks.current("QA"), held());
}

#[tokio::test]
async fn a_release_that_changes_the_record_keeps_the_lock_unless_forced() {
    let locks = FakeLocks::with("QA", swapping());
    let (name, message) = refusal(freed(&locks, false).await);
    assert_eq!(name, "Mist.Locked");
    assert!(message.contains("lease expires at 2026-01-02 03:34:05 UTC"), "{message}");
    assert_eq!(locks.current("QA"), swapping());
    let done = freed(&locks, true).await.unwrap();
    assert!(done.contains("will be free at 2026-01-02 03:05:05 UTC"), "{done}");
    let state = locks.current("QA");
    assert!(state.holder(NOW + 59).is_some() && state.holder(NOW + 60).is_none());
}

#[tokio::test]
async fn a_concurrent_renewal_does_not_prevent_the_release() {
    let locks = FakeLocks::with("QA", held());
    locks.write_first(StackState { revision: 8, ..held() });
    freed(&locks, false).await.unwrap();
    assert_eq!(locks.current("QA").lease, None);
}

#[tokio::test]
async fn a_swap_that_begins_concurrently_keeps_the_lock() {
    let locks = FakeLocks::with("QA", held());
    locks.write_first(swapping());
    assert_eq!(refusal(freed(&locks, false).await).0, "Mist.Locked");
    assert_eq!(locks.current("QA"), swapping());
}

#[tokio::test]
async fn the_lock_of_another_execution_is_not_released_instead() {
    let mut other = held();
    other.revision = 8;
    other.lease.as_mut().unwrap().execution = "arn:eve".to_owned();
    let locks = FakeLocks::with("QA", held());
    locks.write_first(other.clone());
    let done = freed(&locks, false).await.unwrap();
    assert_eq!(done, "that release no longer holds the lock of stack QA");
    assert_eq!(locks.current("QA"), other);
}

#[tokio::test]
async fn a_lock_that_is_kept_for_the_last_call_is_handed_on_when_its_lease_expires() {
    let mut state = wanted();
    state.queue.remove(0);
    let state = state.swapping(&ada(), NOW).unwrap();
    let (locks, tasks) = (FakeLocks::with("QA", state), FakeTasks::default());
    released(&locks, &tasks, true).await.unwrap();
    assert_eq!(
        tasks.end_of("TOKEN-OF-BOB"),
        None,
        "the last call of ada may still change the record"
    );
    let expires = keeps_waiting(&locks.current("QA"), NOW).unwrap();
    assert_eq!(expires, NOW + 60);
    let (done, state) = hand_on((&locks, &tasks), &qa(), second(expires)).await.unwrap();
    assert_eq!(done, "deploy v3 by bob holds the lock of stack QA now");
    assert_eq!(state, locks.current("QA"));
    assert_eq!(state.holder(expires).unwrap().execution, "arn:bob");
    assert_eq!(tasks.end_of("TOKEN-OF-BOB").unwrap().error(), Some("Mist.NotReady"));
    assert_eq!(keeps_waiting(&state, expires), None);
}

#[test]
fn only_the_lease_of_an_ended_release_with_a_queue_is_waited_for() {
    let ended = |state: StackState| {
        lock::end(&state, "arn:ada", EndedBy::StepFunctions, second(NOW)).next.unwrap()
    };
    assert_eq!(keeps_waiting(&ended(swapping()), NOW), None, "the queue is empty");
    assert_eq!(
        keeps_waiting(&wanted().swapping(&ada(), NOW).unwrap(), NOW),
        None,
        "the release continues"
    );
    assert_eq!(keeps_waiting(&ended(wanted()), NOW), None, "bob holds the lock");
}
