//! The lock of the stack, and the release in the history. `mist-core` has the rules of the lock.

use mist_core::{
    release::{
        ending,
        history::PastRelease,
        lock::EndedBy,
        state::{LEASE_SECONDS, LiveSide, Phase, StackState},
    },
    stack::{lock::OnConflict, ranged::Ranged, side::Side},
};
use mist_testkit::{START, held, live};

use super::*;

/// Both tables, as text.
fn written(Ports { locks, history, .. }: &Fakes) -> String {
    format!("{locks:?} {history:?}")
}

/// The execution called `name` ends.
async fn end(Ports { locks, tasks, wakes, clock, .. }: &Fakes, name: &str) {
    let (stack, execution) = ("QA".parse().unwrap(), arn(name));
    let ports = (locks, tasks, wakes, clock);
    ending::free(ports, &stack, &execution, EndedBy::Itself).await.unwrap();
}

/// The name of the error that ended the wait with `token`.
fn ended(ports: &Fakes, token: &str) -> Option<String> {
    ports.tasks.end_of(token)?.error().map(str::to_owned)
}

#[tokio::test]
async fn a_free_lock_is_acquired_and_the_release_is_opened() {
    let ports = given();
    let release = begun(&ports, "ada", deploy("ada", "reject")).await;
    assert_eq!(release.holder, Some(Holder { execution: arn("ada"), fence: 1 }));
    let lease = ports.locks.current("QA").lease.unwrap();
    assert_eq!((lease.execution, lease.expires), (arn("ada"), START + LEASE_SECONDS));
    assert_eq!((lease.phase, lease.reason.as_str()), (Phase::Preparing, "deploy v2 by ada"));
    let history = ports.history.list();
    let [opened] = &history[..] else { panic!("{history:?}") };
    assert_eq!((opened.id.as_str(), &opened.execution), (release.release_id.as_str(), &arn("ada")));
    assert_eq!((opened.verdict.as_str(), opened.ended_at), (PastRelease::RUNNING, None));
    assert_eq!((opened.operation.as_str(), opened.started_by.as_str()), ("deploy", "ada"));
    assert_eq!(
        (opened.version.as_deref(), opened.started_at),
        (Some("v2"), STARTED.parse().unwrap())
    );
}

#[tokio::test]
async fn beginning_again_with_the_lock_changes_nothing() {
    let ports = given();
    let first = begun(&ports, "ada", deploy("ada", "reject")).await;
    let before = written(&ports);
    assert_eq!(begun(&ports, "ada", deploy("ada", "reject")).await, first);
    assert_eq!(written(&ports), before);
}

#[tokio::test]
async fn a_release_that_is_refused_names_the_one_that_holds_the_lock() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    let before = format!("{:?}", ports.locks);
    insta::assert_snapshot!(refusal(&ports, ("bob", "t2"), deploy("bob", "reject")).await, @"Mist.Locked: stack `QA` is locked: deploy v2 by ada since 2026-01-02T03:04:05Z");
    assert_eq!(format!("{:?}", ports.locks), before);
    assert_eq!(ports.history.list().len(), 2, "the history has the one that is refused as well");
}

#[tokio::test]
async fn a_decision_is_repeated_if_another_call_wrote_in_between() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    let held = ports.locks.current("QA");
    let ports = given();
    ports.locks.put("QA", StackState { revision: 9, ..StackState::default() });
    ports.locks.write_first(StackState { revision: 10, ..held });
    let refused = refusal(&ports, ("bob", "t2"), deploy("bob", "reject")).await;
    assert!(refused.starts_with("Mist.Locked: "), "{refused}");
}

#[tokio::test]
async fn a_release_in_the_queue_waits_and_times_out() {
    let mut impatient = stack().unwrap();
    impatient.settings.lock.wait_seconds = Ranged::new(600);
    let ports = given_stack(impatient);
    begun(&ports, "ada", deploy("ada", "reject")).await;
    assert!(begin(&ports, ("bob", "t2"), deploy("bob", "queue")).await.unwrap().is_none());
    let queue = ports.locks.current("QA").queue;
    let [queued] = &queue[..] else { panic!("{queue:?}") };
    assert_eq!((&queued.execution, queued.token.expose()), (&arn("bob"), "t2"));
    let patience = Duration::from_mins(10);
    assert_eq!(ports.wakes.wakes(), [(WaitKind::Admission, patience)]);
    ports.clock.advance(patience);
    insta::assert_snapshot!(refusal(&ports, ("bob", "t2"), deploy("bob", "queue")).await, @"Mist.Locked: stack `QA` is locked: deploy v2 by ada since 2026-01-02T03:04:05Z; timed out after 600 s in the queue");
    assert!(ports.locks.current("QA").queue.is_empty());
}

#[tokio::test]
async fn a_task_that_begins_again_in_the_queue_keeps_its_place_with_its_new_token() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    for (name, token) in [("bob", "t2"), ("eve", "t3"), ("bob", "t4")] {
        assert!(begin(&ports, (name, token), deploy(name, "queue")).await.unwrap().is_none());
    }
    let queue = ports.locks.current("QA").queue;
    let places: Vec<_> =
        queue.iter().map(|it| (it.execution.clone(), it.token.expose().to_owned())).collect();
    assert_eq!(places, [(arn("bob"), "t4".to_owned()), (arn("eve"), "t3".to_owned())]);
}

#[tokio::test]
async fn the_next_in_the_queue_is_woken_and_finds_that_it_holds_the_lock() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    begin(&ports, ("bob", "t2"), deploy("bob", "queue")).await.unwrap();
    end(&ports, "ada").await;
    assert_eq!(ended(&ports, "t2").as_deref(), Some("Mist.NotReady"), "the task is retried");
    let release = begin(&ports, ("bob", "t3"), deploy("bob", "queue")).await.unwrap().unwrap();
    assert_eq!(release.holder, Some(Holder { execution: arn("bob"), fence: 2 }));
}

#[tokio::test]
async fn a_full_queue_refuses_a_newcomer() {
    let mut busy = stack().unwrap();
    busy.settings.lock.most_waiting = Ranged::new(1);
    let ports = given_stack(busy);
    begun(&ports, "ada", deploy("ada", "reject")).await;
    begin(&ports, ("bob", "t2"), deploy("bob", "queue")).await.unwrap();
    insta::assert_snapshot!(refusal(&ports, ("eve", "t3"), deploy("eve", "queue")).await, @"Mist.Locked: stack `QA` is locked: deploy v2 by ada since 2026-01-02T03:04:05Z, and 1 more are waiting");
}

#[tokio::test]
async fn a_deployment_that_waits_is_superseded_by_a_newer_one() {
    let ports = given();
    let holder = begun(&ports, "ada", deploy("ada", "reject")).await.holder.unwrap();
    let wait = Wait::new(
        WaitKind::Health,
        &"health".into(),
        ports.clock.now(),
        &json!({"any": "request"}),
    );
    let parts = (&ports.locks, &ports.wakes, &ports.clock);
    steps::park(parts, &"QA".parse().unwrap(), &holder, &wait).await.unwrap();
    let release = begun(&ports, "eve", deploy("eve", "supersede")).await;
    assert_eq!(release.holder, Some(Holder { execution: arn("eve"), fence: 2 }));
    assert_eq!(ended(&ports, "health").as_deref(), Some("Mist.Superseded"));
    insta::assert_snapshot!(refusal(&ports, ("ada", "t1"), deploy("ada", "reject")).await, @"Mist.Superseded: superseded by a newer release: deploy v2 by eve");
}

#[tokio::test]
async fn a_deployment_that_may_have_swapped_is_not_superseded() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    let mut state = ports.locks.current("QA");
    state.lease.as_mut().unwrap().phase = Phase::Swapping;
    ports.locks.put("QA", state);
    let eve = begin(&ports, ("eve", "t2"), deploy("eve", "supersede")).await.unwrap();
    assert!(eve.is_none(), "it waits for its turn");
}

#[tokio::test]
async fn a_second_event_of_the_same_upload_is_a_duplicate() {
    let ports = given();
    let input = || upload("releases/QA/v2.zip");
    let first = begun(&ports, "first", input()).await;
    let before = written(&ports);
    insta::assert_snapshot!(refusal(&ports, ("second", "t2"), input()).await, @"Mist.Duplicate: another execution already releases this upload");
    assert_eq!(written(&ports), before);
    assert_eq!(begun(&ports, "first", input()).await, first);
}

#[tokio::test]
async fn an_upload_that_is_older_than_one_that_was_released_is_refused() {
    let ports = given();
    begun(&ports, "newer", upload("releases/QA/v2.zip")).await;
    end(&ports, "newer").await;
    let mut older = upload("releases/QA/v1.zip");
    older["time"] = json!("2026-01-02T03:04:00Z");
    insta::assert_snapshot!(refusal(&ports, ("older", "t2"), older).await, @"Mist.OlderUpload: the upload of 2026-01-02T03:04:00Z is too old: stack `QA` already released the one of 2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn an_execution_that_has_ended_does_not_begin_again() {
    let ports = given();
    begun(&ports, "ada", deploy("ada", "reject")).await;
    end(&ports, "ada").await;
    insta::assert_snapshot!(refusal(&ports, ("ada", "t1"), deploy("ada", "reject")).await, @"Mist.LockLost: this execution no longer holds the lock of the stack: the execution has ended");
}

#[tokio::test]
async fn showing_the_versions_leaves_no_trace() {
    let ports = given();
    let before = written(&ports);
    let release = begun(&ports, "ada", only("version")).await;
    assert_eq!((release.holder, written(&ports)), (None, before));
}

#[tokio::test]
async fn warm_ups_and_markers_are_in_the_history_and_need_no_lock() {
    for operation in ["warm", "mark"] {
        let ports = given();
        begun(&ports, "ada", deploy("ada", "reject")).await;
        let locks = format!("{:?}", ports.locks);
        assert_eq!(begun(&ports, "bob", only(operation)).await.holder, None, "{operation}");
        assert_eq!(format!("{:?}", ports.locks), locks);
        assert_eq!(ports.history.list().len(), 2);
    }
}

/// The swap that put side B live has ended; side A drains for another minute.
fn given_draining() -> Fakes {
    let live = live(Side::B, "v2", Some("v1")).unwrap();
    let live = LiveSide { since: START - 60, drained: START + 60, ..live };
    let ports = given();
    ports.locks.put("QA", StackState { live: Some(live), ..StackState::default() });
    ports
}

#[tokio::test]
async fn an_upload_in_the_queue_waits_until_the_idle_environment_is_drained() {
    let mut queues = stack().unwrap();
    queues.settings.lock.on_conflict = Some(OnConflict::Queue);
    let draining = given_draining();
    let ports = Ports { stacks: FakeStacks::with(queues), ..draining };
    let upload = upload("releases/QA/v2.zip");
    assert!(begin(&ports, ("ada", "t1"), upload.clone()).await.unwrap().is_none());
    assert_eq!(ports.wakes.wakes(), [(WaitKind::Admission, Duration::from_secs(61))]);
    ports.clock.advance(Duration::from_secs(61));
    let release = begin(&ports, ("ada", "t2"), upload).await.unwrap().unwrap();
    assert!(release.holder.is_some());
}

#[tokio::test]
async fn only_a_release_that_changes_the_idle_environment_waits_until_that_is_drained() {
    let live = |operation: &str| json!({"operation": operation, "stack": "QA", "environment": "Demo-QA-B"});
    let mut in_place = live("deploy");
    in_place["inPlace"] = json!(true);
    let mut stop = live("stop");
    stop["live"] = json!(true);
    for (input, waits) in [
        (only("deploy"), true),
        (only("stop"), true),
        (only("rollback"), false),
        (only("swap"), false),
        (in_place, false),
        (stop, false),
    ] {
        let mut input = input;
        input["onConflict"] = json!("queue");
        let begun = begin(&given_draining(), ("ada", "t1"), input.clone()).await.unwrap();
        assert_eq!(begun.is_none(), waits, "{input}");
    }
    let rejects = begin(&given_draining(), ("ada", "t1"), only("deploy")).await.unwrap();
    assert!(rejects.is_some(), "its plan refuses it");
}

#[tokio::test]
async fn a_release_behind_the_first_swap_of_a_stack_waits_for_its_drain_as_well() {
    let ports = given();
    ports.locks.put("QA", held("bob", 1));
    let mut input = only("deploy");
    input["onConflict"] = json!("queue");
    assert!(begin(&ports, ("ada", "t1"), input.clone()).await.unwrap().is_none());
    let queued = ports.locks.current("QA").queue;
    assert!(queued[0].needs_drained, "the swap of the release before it is not stored yet");
    // It swaps, and ends.
    let live = given_draining().locks.current("QA").live;
    ports.locks.put("QA", StackState { live, queue: queued, ..StackState::default() });
    assert!(begin(&ports, ("ada", "t2"), input.clone()).await.unwrap().is_none());
    ports.clock.advance(Duration::from_secs(61));
    assert!(begin(&ports, ("ada", "t3"), input).await.unwrap().is_some());
}
