//! The rules of the lock of a stack, as pure functions of its state.

mod queue;
mod request;

use jiff::Timestamp;

use super::state::{
    CALL_SECONDS, Lease, Past, Phase, REMEMBERED_SECONDS, StackState, Wait, WaitKind,
};
use crate::{error::Error, stack::lock::OnConflict};

pub use queue::{Resume, drained};
pub use request::LockRequest;

use queue::{
    describe_holder, grant, leave, newer_upload, pass_on, supersede_waiting, time_out, timed_out,
    turn_of,
};

/// The result of a request or an end.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The state to write, unless another call wrote in between. `None`: nothing to write.
    pub next: Option<StackState>,
    /// The decision, which holds once that state is written.
    pub decision: T,
    /// The waits to end once that state is written.
    pub resume: Vec<Resume>,
}

/// The answer to a request for the lock.
#[derive(Debug)]
pub enum Decision {
    /// The execution holds the lock.
    Acquired {
        /// Its fencing token.
        fence: u64,
        /// The time from which it may call Beanstalk, in milliseconds since 1970; `None` if that is undecided.
        admitted: Option<i64>,
    },
    /// It is in the queue.
    Queued {
        /// The release with the lock, and the number of releases ahead, as a fragment of a message.
        status: String,
        /// The time at which its wait can end without an event: it times out, or the idle environment is drained.
        look_at: Timestamp,
    },
    /// It does not get the lock.
    Refused(Error),
}

/// The cause of an execution's end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndedBy {
    /// Its own last step: no other call of it is in progress.
    Itself,
    /// Step Functions: it was stopped or failed, and its last call may go on for [`CALL_SECONDS`].
    StepFunctions,
}

/// Decides on `request` at `now`. A repeated request changes nothing but the token of an execution in the queue. An
/// execution that holds the lock keeps it, and a lease that is half over is renewed.
pub fn acquire(state: &StackState, request: &LockRequest, now: Timestamp) -> Outcome<Decision> {
    let mut next = without_old_ends(state, now.as_second());
    let mut resume = Vec::new();
    let decision = decide(&mut next, request, now, &mut resume).unwrap_or_else(|error| {
        leave(&mut next, &request.execution);
        Decision::Refused(error)
    });
    // The task of this request does not wait.
    resume.retain(|resume| resume.token != request.token);
    Outcome { next: changed(state, next), decision, resume }
}

/// Decides on the end of `execution` at `now`: it releases the lock or leaves the queue, and the first in the queue
/// acquires the lock. The decision is whether it held the lock or was in the queue.
///
/// The last call of a stopped execution may be about to change the record, so it keeps the lock for [`CALL_SECONDS`].
pub fn end(state: &StackState, execution: &str, by: EndedBy, now: Timestamp) -> Outcome<bool> {
    let seconds = now.as_second();
    let mut next = without_old_ends(state, seconds);
    if next.past(execution).is_none() {
        let (execution, at) = (execution.to_owned(), seconds);
        next.past.push(Past { execution, at, superseded_by: None, timed_out: None });
    }
    let mut held = leave(&mut next, execution);
    if let Some(lease) = next.lease.take_if(|lease| lease.execution == execution) {
        held = true;
        let unexpired = lease.expires > seconds;
        if by == EndedBy::StepFunctions && lease.phase == Phase::Swapping && unexpired {
            let expires = lease.expires.min(seconds + CALL_SECONDS);
            next.lease = Some(Lease { expires, wait: None, ..lease });
        }
    }
    let mut resume = Vec::new();
    pass_on(&mut next, now, &mut resume);
    Outcome { next: changed(state, next), decision: held, resume }
}

/// Applies the passing of time at `now`: an expired lease passes to the first in the queue, releases in the queue time
/// out, and a slot comes.
pub fn tick(state: &StackState, stack: &str, now: Timestamp) -> Outcome<()> {
    let mut next = without_old_ends(state, now.as_second());
    let mut resume = Vec::new();
    time_out(&mut next, stack, None, now, &mut resume);
    pass_on(&mut next, now, &mut resume);
    let lease = next.holder(now.as_second());
    let turn = lease.and_then(|lease| Some((lease.wait.as_ref()?, lease.admitted?)));
    if let Some((wait, admitted)) = turn
        && wait.kind == WaitKind::Admission
        && admitted <= now.as_millisecond()
    {
        resume.push(turn_of(&wait.token));
    }
    Outcome { next: changed(state, next), decision: (), resume }
}

/// Decides on `request`. After an error, its execution must leave the queue.
fn decide(
    next: &mut StackState,
    request: &LockRequest,
    now: Timestamp,
    resume: &mut Vec<Resume>,
) -> Result<Decision, Error> {
    let LockRequest { stack, execution, settings, .. } = request;
    let past = next.past.iter().find(|past| past.execution == *execution);
    if let Some(problem) = past.and_then(|past| past.timed_out.clone()) {
        return Err(Error::Locked { stack: stack.clone(), problem });
    }
    if let Some(error) = next.past(execution) {
        return Err(error);
    }
    if let Some(lease) = next.lease.as_mut().filter(|lease| lease.execution == *execution) {
        lease.renew(now.as_second());
        return Ok(Decision::Acquired { fence: next.fence, admitted: lease.admitted });
    }
    let mine = request.place(now);
    let place = next.queue.iter_mut().find(|queued| queued.execution == *execution);
    let joins = place.is_none();
    match place {
        Some(queued) => queued.token = request.token.clone(),
        None => next.queue.push(mine.clone()),
    }
    time_out(next, stack, Some(execution), now, resume);
    pass_on(next, now, resume);
    if next.lease.as_ref().is_some_and(|lease| lease.execution == *execution) {
        return Ok(Decision::Acquired { fence: next.fence, admitted: None });
    }
    if let (Some(uploaded), Some(newest)) = (request.uploaded_at, newer_upload(next, &mine)) {
        let (uploaded, newest) = (uploaded.to_string(), newest.to_string());
        return Err(Error::OlderUpload { uploaded, newest, stack: stack.clone() });
    }
    if joins && next.holder(now.as_second()).is_none() {
        supersede_waiting(next, request, now, resume);
    }
    let superseded = next.lease.take_if(|lease| request.may_supersede(lease));
    if let Some(Lease { execution, wait, .. }) = superseded {
        let error = Error::Superseded { by: request.reason.clone() };
        resume.extend(wait.map(|Wait { token, .. }| Resume { token, error }));
        next.past.push(Past::superseded(execution, &request.reason, now));
        leave(next, &mine.execution);
        grant(next, mine, now);
        return Ok(Decision::Acquired { fence: next.fence, admitted: None });
    }
    let holder = describe_holder(next, now);
    let locked = |problem: String| Err(Error::Locked { stack: stack.clone(), problem });
    if settings.on_conflict() == OnConflict::Reject {
        return locked(holder);
    }
    let ahead = next.queue.iter().take_while(|queued| queued.execution != *execution).count();
    if joins && ahead >= usize::try_from(settings.most_waiting.get()).unwrap_or(usize::MAX) {
        return locked(format!("{holder}, and {ahead} more are waiting"));
    }
    let queued = next.queue.get(ahead).unwrap_or(&mine);
    if queued.until <= now.as_second() {
        let problem = timed_out(&holder, queued, now);
        next.past.push(Past::timed_out(execution, &problem, now));
        return locked(problem);
    }
    let (status, look_at) = queue::wait(next, queued, ahead, now);
    Ok(Decision::Queued { status, look_at })
}

/// A copy without ends that are older than [`REMEMBERED_SECONDS`].
fn without_old_ends(state: &StackState, now: i64) -> StackState {
    let mut next = state.clone();
    next.past.retain(|past| past.at + REMEMBERED_SECONDS > now);
    next
}

fn changed(state: &StackState, mut next: StackState) -> Option<StackState> {
    if next == *state {
        return None;
    }
    next.revision += 1;
    Some(next)
}

#[cfg(test)]
mod tests;
