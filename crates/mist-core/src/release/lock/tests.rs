//! Tests of the lock.

mod acquires;
mod ends;
mod queues;
mod rejects;
mod supersedes;
mod time;

use super::*;
use crate::{
    release::state::{Holder, LEASE_SECONDS, TaskToken},
    stack::{lock::LockSettings, ranged::Ranged},
};

const NOW: i64 = 1_767_323_045;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn token(execution: &str) -> TaskToken {
    format!("token of {execution}").as_str().into()
}

fn request(execution: &str, on_conflict: OnConflict) -> LockRequest {
    LockRequest {
        stack: "QA".to_owned(),
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy by {execution}"),
        uploaded_at: None,
        needs_drained: false,
        token: token(execution),
        settings: LockSettings { on_conflict: Some(on_conflict), ..LockSettings::default() },
    }
}

fn queues(execution: &str) -> LockRequest {
    request(execution, OnConflict::Queue)
}

fn supersedes(execution: &str) -> LockRequest {
    request(execution, OnConflict::Supersede)
}

fn uploaded(seconds: i64, request: LockRequest) -> LockRequest {
    LockRequest { uploaded_at: Some(at(seconds)), ..request }
}

/// The next state of an outcome.
fn after<T: std::fmt::Debug>(outcome: &Outcome<T>) -> StackState {
    outcome.next.clone().unwrap_or_else(|| panic!("nothing to write: {outcome:?}"))
}

/// A stack whose lock `execution` holds.
fn held_by(execution: &str) -> StackState {
    after(&acquire(&StackState::default(), &queues(execution), at(NOW)))
}

/// The state in which all of `executions` wait for the lock of `state`, one second after each other.
fn queue(mut state: StackState, executions: &[&str]) -> StackState {
    for (execution, second) in executions.iter().zip(NOW..) {
        let outcome = acquire(&state, &queues(execution), at(second));
        assert!(matches!(outcome.decision, Decision::Queued { .. }), "{outcome:?}");
        state = after(&outcome);
    }
    state
}

/// The state in which `execution`, with the fencing token 1, is about to move the record.
fn swapping(state: &StackState, execution: &str) -> StackState {
    state.swapping(&holder(execution, 1), NOW).unwrap()
}

fn holder(execution: &str, fence: u64) -> Holder {
    Holder { execution: execution.to_owned(), fence }
}

fn fence(outcome: &Outcome<Decision>) -> u64 {
    match outcome.decision {
        Decision::Acquired { fence, .. } => fence,
        Decision::Queued { .. } | Decision::Refused(_) => panic!("not acquired: {outcome:?}"),
    }
}

fn status(outcome: &Outcome<Decision>) -> &str {
    match &outcome.decision {
        Decision::Queued { status, .. } => status,
        Decision::Acquired { .. } | Decision::Refused(_) => panic!("not queued: {outcome:?}"),
    }
}

fn refusal(outcome: &Outcome<Decision>) -> (&str, String) {
    match &outcome.decision {
        Decision::Refused(error) => (error.code(), error.to_string()),
        Decision::Acquired { .. } | Decision::Queued { .. } => panic!("not refused: {outcome:?}"),
    }
}

fn queued(state: &StackState) -> Vec<&str> {
    state.queue.iter().map(|queued| queued.execution.as_str()).collect()
}

fn holds(state: &StackState) -> Option<&str> {
    state.lease.as_ref().map(|lease| lease.execution.as_str())
}

/// The tokens of the waits that end, with the names of their errors.
fn resumed<T>(outcome: &Outcome<T>) -> Vec<(&str, &str)> {
    outcome.resume.iter().map(|it| (it.token.expose(), it.error.code())).collect()
}
