//! Stories of this operation.

use mist_core::{
    StackState,
    ledger::{Phase, Waiting},
};
use mist_testkit::{FakeClock, FakeLedger, FakeRuns, START, held};
use serde_json::json;

use super::*;

const RUN: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

/// `RUN` has the lock of stack `QA`, and its release runs.
fn given() -> FakeLedger {
    let ledger = FakeLedger::with("QA", held(RUN, 1));
    ledger.put_release(release());
    ledger
}

fn release() -> PastRelease {
    PastRelease {
        format_version: PastRelease::FORMAT,
        stack: "QA".to_owned(),
        id: "2026-01-02T03:04:05.000Z/release-1".to_owned(),
        run: RUN.to_owned(),
        operation: "deploy".to_owned(),
        started_by: "ada".to_owned(),
        started_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        verdict: PastRelease::RUNNING.to_owned(),
        reason: None,
        version: None,
        from: None,
        to: None,
        artifact: None,
        steps: std::collections::BTreeMap::new(),
    }
}

/// Tells that `RUN` ended.
async fn told(ledger: &FakeLedger, status: &str) -> Response {
    let runs = FakeRuns { steps: [("Plan".to_owned(), 0.5)].into() };
    let event = json!({
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "detail": {
            "executionArn": RUN,
            "status": status,
            "input": "{\"operation\": \"deploy\", \"stack\": \"QA\"}",
            "startDate": 1_767_323_045_000_i64,
            "stopDate": 1_767_323_105_000_i64,
            "error": null,
            "cause": null,
        }
    });
    run(ledger, &runs, &FakeClock::default(), serde_json::from_value(event).unwrap()).await.unwrap()
}

async fn history(ledger: &FakeLedger) -> PastRelease {
    ledger.releases(&"QA".parse().unwrap(), 1).await.unwrap().remove(0).unwrap()
}

#[tokio::test]
async fn a_run_that_somebody_stopped_gives_back_its_lock_and_ends_in_the_history() {
    let ledger = given();
    assert!(told(&ledger, "ABORTED").await.freed);
    assert_eq!(ledger.current("QA").lease, None);
    let release = history(&ledger).await;
    assert_eq!(
        (release.verdict.as_str(), release.reason.as_deref()),
        ("ABORTED", Some("somebody stopped the run"))
    );
    assert_eq!(release.ended_at, Timestamp::from_second(START + 60).ok());
    assert_eq!(release.steps.get("Plan"), Some(&0.5));
}

#[tokio::test]
async fn running_it_again_changes_nothing() {
    let ledger = given();
    told(&ledger, "ABORTED").await;
    let before = format!("{ledger:?}");
    assert!(!told(&ledger, "ABORTED").await.freed);
    assert_eq!(format!("{ledger:?}"), before);
}

#[tokio::test]
async fn a_run_that_ended_by_itself_keeps_the_end_that_it_wrote() {
    let ledger = FakeLedger::default();
    let reason = Some("the name leads elsewhere".to_owned());
    ledger.put_release(PastRelease { verdict: "Mist.Drift".to_owned(), reason, ..release() });
    assert!(!told(&ledger, "FAILED").await.freed);
    let release = history(&ledger).await;
    assert_eq!(release.verdict, "Mist.Drift");
    assert_eq!(
        release.steps.get("Plan"),
        Some(&0.5),
        "how long its steps took is noted all the same"
    );
}

#[tokio::test]
async fn the_lock_of_another_run_is_left_alone_and_a_place_in_the_queue_is_given_up() {
    let ledger = given();
    let mut state = ledger.current("QA");
    state.lease.as_mut().unwrap().run = "another".to_owned();
    state.waiting = vec![Waiting {
        run: RUN.to_owned(),
        reason: String::new(),
        since: Timestamp::UNIX_EPOCH,
        expires: START + 60,
    }];
    ledger.put("QA", state);
    assert!(told(&ledger, "TIMED_OUT").await.freed);
    let state = ledger.current("QA");
    assert_eq!((state.lease.unwrap().run.as_str(), state.waiting.len()), ("another", 0));
    assert_eq!(history(&ledger).await.verdict, "TIMED_OUT");
}

#[tokio::test]
async fn a_write_that_somebody_overtook_is_made_again() {
    let ledger = given();
    let state = ledger.current("QA");
    ledger.write_first(StackState { revision: 7, ..state });
    assert!(told(&ledger, "ABORTED").await.freed);
    assert_eq!(ledger.current("QA").lease, None);
}

#[tokio::test]
async fn a_run_that_was_stopped_while_the_name_moved_keeps_the_lock_until_its_call_is_over() {
    let ledger = given();
    let mut state = ledger.current("QA");
    state.lease.as_mut().unwrap().phase = Phase::Swapping;
    ledger.put("QA", state);
    assert!(told(&ledger, "ABORTED").await.freed);
    let lease = ledger.current("QA").lease.unwrap();
    assert_eq!(lease.expires, START + mist_core::ledger::CALL_SECONDS);
}
