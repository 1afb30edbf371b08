//! Tests of this function.

use std::time::Duration;

use jiff::Timestamp;
use mist_core::release::{
    history::PastRelease,
    state::{CALL_SECONDS, Phase, Queued, StackState, WaitKind},
};
use mist_testkit::{
    FakeClock, FakeExecutions, FakeHistory, FakeLocks, FakeTasks, FakeWakes, START, held,
};
use serde_json::json;

use super::*;

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

type Fakes = Ports<FakeLocks, FakeHistory, FakeExecutions, FakeTasks, FakeWakes, FakeClock>;

/// `EXECUTION` holds the lock of stack `QA`, and its release has not ended.
fn given() -> Fakes {
    let history = FakeHistory::default();
    history.put_release(release());
    Ports {
        locks: FakeLocks::with("QA", held(EXECUTION, 1)),
        history,
        executions: FakeExecutions { steps: [("Plan".to_owned(), 0.5)].into(), why_stopped: None },
        tasks: FakeTasks::default(),
        wakes: FakeWakes::default(),
        clock: FakeClock::default(),
    }
}

fn release() -> PastRelease {
    mist_testkit::opened("2026-01-02T03:04:05.000Z/release-1", EXECUTION)
}

/// The execution called `name`, which waits for the lock since the start.
fn queued(name: &str) -> Queued {
    Queued {
        execution: name.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v3 by {name}"),
        since: Timestamp::from_second(START).unwrap(),
        until: START + 3600,
        uploaded_at: None,
        needs_drained: false,
        token: name.into(),
    }
}

/// Changes the state of the stack.
fn change(ports: &Fakes, change: impl FnOnce(&mut StackState)) {
    let mut state = ports.locks.current("QA");
    change(&mut state);
    ports.locks.put("QA", state);
}

/// Reconciles the end of `EXECUTION`, a minute after its start.
async fn ended(ports: &Fakes, status: &str) -> Response {
    failed(ports, status, (None, None)).await
}

/// The same, with the name and the cause of an error.
async fn failed(
    ports: &Fakes,
    status: &str,
    (error, cause): (Option<&str>, Option<&str>),
) -> Response {
    let event = json!({
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "detail": {
            "executionArn": EXECUTION,
            "status": status,
            "input": "{\"operation\": \"deploy\", \"stack\": \"QA\"}",
            "startDate": 1_767_323_045_000_i64,
            "stopDate": 1_767_323_105_000_i64,
            "error": error,
            "cause": cause,
        }
    });
    run(ports, serde_json::from_value(event).unwrap()).await.unwrap()
}

fn history(ports: &Fakes) -> PastRelease {
    ports.history.list().remove(0)
}

#[tokio::test]
async fn a_stopped_execution_releases_its_lock_and_ends_in_the_history() {
    let ports = given();
    let response = ended(&ports, "ABORTED").await;
    assert_eq!(response.release, Some(release().id));
    assert!(response.freed);
    assert_eq!(ports.locks.current("QA").lease, None);
    let release = history(&ports);
    assert_eq!(
        (release.verdict.as_str(), release.reason.as_deref()),
        ("ABORTED", Some("the execution was stopped"))
    );
    assert_eq!(release.ended_at, Timestamp::from_second(START + 60).ok());
    assert_eq!(release.steps.get("Plan"), Some(&0.5));
}

#[tokio::test]
async fn the_history_says_who_stopped_an_execution() {
    let mut ports = given();
    ports.executions.why_stopped = Some("aborted by ada: wrong branch".to_owned());
    ended(&ports, "ABORTED").await;
    assert_eq!(history(&ports).reason.as_deref(), Some("aborted by ada: wrong branch"));
}

#[tokio::test]
async fn reconciling_again_changes_nothing() {
    let ports = given();
    ended(&ports, "ABORTED").await;
    let before = format!("{ports:?}");
    assert!(!ended(&ports, "ABORTED").await.freed);
    assert_eq!(format!("{ports:?}"), before);
}

#[tokio::test]
async fn a_release_that_finished_by_itself_keeps_its_end() {
    let ports = Ports { locks: FakeLocks::default(), history: FakeHistory::default(), ..given() };
    let reason = Some("the record points elsewhere".to_owned());
    let finished = PastRelease { verdict: "Mist.Drift".to_owned(), reason, ..release() };
    ports.history.put_release(finished.clone());
    assert!(!ended(&ports, "FAILED").await.freed);
    let steps = [("Plan".to_owned(), 0.5)].into();
    assert_eq!(history(&ports), PastRelease { steps, ..finished }, "with the time of its steps");
}

#[tokio::test]
async fn the_last_call_of_the_first_release_of_a_stack_acquires_no_lock_afterwards() {
    let ports = Ports { locks: FakeLocks::default(), history: FakeHistory::default(), ..given() };
    failed(&ports, "FAILED", (Some("Mist.StepTimedOut"), None)).await;
    assert!(ports.locks.current("QA").past(EXECUTION).is_some());
    for refusal in ["Mist.UnknownStack", "Mist.InvalidInput", "Mist.InvalidArtifactKey"] {
        let ports =
            Ports { locks: FakeLocks::default(), history: FakeHistory::default(), ..given() };
        failed(&ports, "FAILED", (Some(refusal), None)).await;
        assert_eq!(ports.locks.current("QA"), StackState::default(), "there may be no such stack");
    }
}

#[tokio::test]
async fn an_execution_that_fails_where_no_state_catches_it_ends_under_its_name() {
    let ports = given();
    let cause = r#"{"step": "Deploy", "error": "Mist.StepFailed", "message": "out of memory"}"#;
    failed(&ports, "FAILED", (Some("Mist.StepFailed"), Some(cause))).await;
    let release = history(&ports);
    assert_eq!(
        (release.verdict.as_str(), release.reason.as_deref()),
        ("Mist.StepFailed", Some("Deploy: out of memory"))
    );
}

#[tokio::test]
async fn a_cause_that_is_no_json_is_the_reason() {
    let ports = given();
    failed(&ports, "FAILED", (Some("States.Runtime"), Some("no such variable"))).await;
    let release = history(&ports);
    assert_eq!(
        (release.verdict.as_str(), release.reason.as_deref()),
        ("States.Runtime", Some("no such variable"))
    );
}

#[tokio::test]
async fn an_execution_that_timed_out_has_that_reason() {
    let ports = given();
    ended(&ports, "TIMED_OUT").await;
    let release = history(&ports);
    assert_eq!(
        (release.verdict.as_str(), release.reason.as_deref()),
        ("TIMED_OUT", Some("the execution timed out"))
    );
}

#[tokio::test]
async fn a_success_that_could_not_be_written_is_written() {
    let ports = given();
    assert!(ended(&ports, "SUCCEEDED").await.freed);
    let release = history(&ports);
    assert_eq!((release.verdict.as_str(), release.reason), (PastRelease::DONE, None));
}

#[tokio::test]
async fn the_lock_of_another_execution_stays_and_the_execution_leaves_the_queue() {
    let ports = given();
    change(&ports, |state| {
        state.lease.as_mut().unwrap().execution = "another".to_owned();
        state.queue = vec![queued(EXECUTION)];
    });
    assert!(ended(&ports, "TIMED_OUT").await.freed);
    let state = ports.locks.current("QA");
    assert_eq!((state.lease.unwrap().execution.as_str(), state.queue.len()), ("another", 0));
    assert!(ports.tasks.ends().is_empty(), "its task is over with its execution");
}

#[tokio::test]
async fn the_next_in_the_queue_gets_the_lock_and_is_woken() {
    let ports = given();
    change(&ports, |state| state.queue = vec![queued("bob"), queued("eve")]);
    ended(&ports, "ABORTED").await;
    let state = ports.locks.current("QA");
    assert_eq!((state.lease.unwrap().execution.as_str(), state.fence), ("bob", 2));
    assert_eq!(ports.tasks.end_of("bob").unwrap().error(), Some("Mist.NotReady"));
    assert_eq!(ports.tasks.end_of("eve"), None);
}

#[tokio::test]
async fn a_decision_is_repeated_if_another_call_wrote_in_between() {
    let ports = given();
    let state = ports.locks.current("QA");
    ports.locks.write_first(StackState { revision: 7, ..state });
    assert!(ended(&ports, "ABORTED").await.freed);
    assert_eq!(ports.locks.current("QA").lease, None);
}

#[tokio::test]
async fn an_execution_that_was_stopped_during_the_swap_keeps_the_lock_until_its_call_is_over() {
    let ports = given();
    change(&ports, |state| {
        state.lease.as_mut().unwrap().phase = Phase::Swapping;
        state.queue = vec![queued("bob")];
    });
    assert!(ended(&ports, "ABORTED").await.freed);
    let lease = ports.locks.current("QA").lease.unwrap();
    assert_eq!((lease.execution.as_str(), lease.expires), (EXECUTION, START + CALL_SECONDS));
    assert_eq!(ports.tasks.end_of("bob"), None);
    let call = Duration::from_secs(CALL_SECONDS.unsigned_abs() + 1);
    assert_eq!(ports.wakes.wakes(), [(WaitKind::Admission, call)], "then the queue moves on");
}

#[tokio::test]
async fn a_wait_that_cannot_be_ended_now_does_not_keep_the_lock() {
    let ports = given();
    change(&ports, |state| state.queue = vec![queued("bob")]);
    ports.tasks.fail_next();
    let event = json!({"detail": {
        "executionArn": EXECUTION,
        "status": "ABORTED",
        "input": "{\"operation\": \"deploy\", \"stack\": \"QA\"}",
    }});
    let error = run(&ports, serde_json::from_value(event).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
    ended(&ports, "ABORTED").await;
    assert_eq!(history(&ports).verdict, "ABORTED", "the event is delivered again");
}

#[tokio::test]
async fn an_execution_that_opened_no_release_does_not_change_the_history() {
    let ports = Ports { history: FakeHistory::default(), ..given() };
    let another = PastRelease { execution: "another".to_owned(), ..release() };
    ports.history.put_release(another.clone());
    let response = ended(&ports, "FAILED").await;
    assert_eq!((response.freed, response.release), (true, None));
    assert_eq!(ports.history.list(), [another]);
}

#[tokio::test]
async fn an_execution_without_a_stack_is_ignored() {
    let ports = given();
    let before = format!("{ports:?}");
    for input in [json!("{\"operation\": \"deploy\"}"), json!(null)] {
        let detail = json!({"executionArn": EXECUTION, "status": "FAILED", "input": input});
        let event = serde_json::from_value(json!({ "detail": detail })).unwrap();
        let response = run(&ports, event).await.unwrap();
        assert_eq!(response, Response { stack: None, freed: false, release: None });
    }
    assert_eq!(format!("{ports:?}"), before);
}
