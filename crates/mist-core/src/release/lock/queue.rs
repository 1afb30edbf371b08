//! The queue for the lock.

use jiff::Timestamp;

use super::request::LockRequest;
use crate::{
    error::Error,
    release::state::{LEASE_SECONDS, Lease, Past, Phase, Queued, StackState, TaskToken},
};

/// A wait to end. After [`Error::NotReady`] the task calls again and finds the change; every other error ends the
/// release.
#[derive(Debug)]
pub struct Resume {
    /// The token of the task.
    pub token: TaskToken,
    /// The error to end it with.
    pub error: Error,
}

/// Removes the releases that timed out from the queue, except `spared`.
pub(super) fn time_out(
    next: &mut StackState,
    stack: &str,
    spared: Option<&str>,
    now: Timestamp,
    resume: &mut Vec<Resume>,
) {
    let holder = describe_holder(next, now);
    let StackState { queue, past, .. } = next;
    queue.retain(|queued| {
        let waits = queued.until > now.as_second() || Some(queued.execution.as_str()) == spared;
        if !waits {
            let (stack, problem) = (stack.to_owned(), timed_out(&holder, queued, now));
            // If its task does not get this error, it requests the lock again, and must not queue anew.
            past.push(Past::timed_out(&queued.execution, &problem, now));
            let error = Error::Locked { stack, problem };
            resume.push(Resume { token: queued.token.clone(), error });
        }
        waits
    });
}

/// Passes a free lock to the first in the queue. One that waits until the idle environment is drained lets the others
/// pass: a rollback is needed most just after a release. An upload that is too old by now is skipped: its task calls again
/// as well, and fails with the reason.
pub(super) fn pass_on(next: &mut StackState, now: Timestamp, resume: &mut Vec<Resume>) {
    let seconds = now.as_second();
    while next.holder(seconds).is_none() {
        let live = next.live.as_ref();
        let first = next.queue.iter().position(|it| it.drains_until(live, seconds).is_none());
        let Some(first) = first else { return };
        let first = next.queue.remove(first);
        resume.push(turn_of(&first.token));
        if newer_upload(next, &first).is_none() {
            grant(next, first, now);
        }
    }
}

/// Removes the deployments that `request` may supersede from a queue that waits until the idle environment is drained.
/// None of them has begun, and otherwise each of them would go live, the oldest first.
pub(super) fn supersede_waiting(
    next: &mut StackState,
    request: &LockRequest,
    now: Timestamp,
    resume: &mut Vec<Resume>,
) {
    let StackState { queue, past, .. } = next;
    queue.retain(|queued| {
        let superseded = request.may_supersede_waiting(queued);
        if superseded {
            let error = Error::Superseded { by: request.reason.clone() };
            resume.push(Resume { token: queued.token.clone(), error });
            past.push(Past::superseded(queued.execution.clone(), &request.reason, now));
        }
        !superseded
    });
}

pub(super) fn grant(next: &mut StackState, queued: Queued, now: Timestamp) {
    let Queued { execution, operation, reason, uploaded_at, .. } = queued;
    let expires = now.as_second() + LEASE_SECONDS;
    let (since, phase) = (now, Phase::Preparing);
    let lease =
        Lease { execution, operation, reason, since, expires, phase, admitted: None, wait: None };
    next.lease = Some(lease);
    next.newest_upload = next.newest_upload.max(uploaded_at);
    next.fence += 1;
}

/// The time of an upload that acquired the lock and is newer than that of `queued`.
pub(super) fn newer_upload(state: &StackState, queued: &Queued) -> Option<Timestamp> {
    state.newest_upload.filter(|newest| queued.uploaded_at.is_some_and(|mine| mine < *newest))
}

/// Removes `execution` from the queue. Returns whether it was in it.
pub(super) fn leave(next: &mut StackState, execution: &str) -> bool {
    let waiting = next.queue.len();
    next.queue.retain(|queued| queued.execution != execution);
    next.queue.len() < waiting
}

pub(super) fn turn_of(token: &TaskToken) -> Resume {
    let (what, status) = ("the release".to_owned(), "its turn has come".to_owned());
    Resume { token: token.clone(), error: Error::NotReady { what, status } }
}

/// The release with the lock, for messages to the others.
pub(super) fn describe_holder(state: &StackState, now: Timestamp) -> String {
    match state.holder(now.as_second()) {
        Some(lease) => {
            format!("{} since {}", lease.reason, lease.since.strftime("%Y-%m-%dT%H:%M:%SZ"))
        }
        None => "another release".to_owned(),
    }
}

/// What `queued` waits for behind `ahead` others, and the time at which that can end without an event.
pub(super) fn wait(
    state: &StackState,
    queued: &Queued,
    ahead: usize,
    now: Timestamp,
) -> (String, Timestamp) {
    let holder = describe_holder(state, now);
    let limit = second(queued.until);
    let drained = queued.drains_until(state.live.as_ref(), now.as_second()).map(after);
    let status = match (state.holder(now.as_second()), drained, ahead) {
        (None, Some(drained), _) => {
            format!("waiting until the idle environment is drained at {drained}")
        }
        (_, _, 0) => format!("waiting for {holder}"),
        (_, _, ahead) => format!("waiting for {holder}; {ahead} before this one"),
    };
    (status, drained.map_or(limit, |drained| limit.min(drained)))
}

/// The earliest time after `now` at which an environment is drained that a release in the queue waits for.
pub fn drained(state: &StackState, now: Timestamp) -> Option<Timestamp> {
    let until = |queued: &Queued| queued.drains_until(state.live.as_ref(), now.as_second());
    state.queue.iter().filter_map(until).min().map(after)
}

/// The first second after `until`.
fn after(until: i64) -> Timestamp {
    second(until.saturating_add(1))
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

pub(super) fn timed_out(holder: &str, queued: &Queued, now: Timestamp) -> String {
    let waited = now.as_second() - queued.since.as_second();
    format!("{holder}; timed out after {waited} s in the queue")
}
