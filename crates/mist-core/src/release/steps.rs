//! The steps of a release that write: they decide on what is there, write it if it is still there, and then
//! end the waits that this decides.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    lock::{Outcome, Resume},
    state::{Holder, StackState, TaskToken, Wait},
};
use crate::{
    error::Error,
    names::StackName,
    ports::{Clock, Locks, Tasks, Wakes},
};

/// How often a change is decided again at once because another call wrote in between.
const TRIES: usize = 5;

/// The time after which a wait is looked at again, if no event comes.
pub const RECHECK: Duration = Duration::from_mins(1);

/// Changes the state of `stack` as `decide` says. If another call writes in between, it decides again; if that
/// goes on, the error is [`Error::NotReady`].
pub async fn change<T>(
    locks: &impl Locks,
    stack: &StackName,
    mut decide: impl FnMut(&StackState) -> Result<(Option<StackState>, T), Error>,
) -> Result<T, Error> {
    for _ in 0..TRIES {
        let state = locks.state(stack).await?;
        let (next, answer) = decide(&state)?;
        let Some(next) = next else { return Ok(answer) };
        if locks.write(stack, &state, &next).await? {
            return Ok(answer);
        }
    }
    let what = format!("the lock of stack `{stack}`");
    Err(Error::NotReady { what, status: "other calls write to it".to_owned() })
}

/// Makes sure that `holder` holds the lock of `stack` long enough for a call, and returns the state. Renews a
/// lease that is half over.
pub async fn hold(
    locks: &impl Locks,
    clock: &impl Clock,
    stack: &StackName,
    holder: &Holder,
) -> Result<StackState, Error> {
    change(locks, stack, |state| {
        let next = state.renewed(holder, clock.now().as_second())?;
        let held = next.clone().unwrap_or_else(|| state.clone());
        Ok((next, held))
    })
    .await
}

/// Parks a task of `holder`: stores its wait, and sees to it that it is looked at, now and again.
///
/// The wait is stored before the first wake-up, so an event that came before is not lost.
pub async fn park(
    (locks, wakes, clock): (&impl Locks, &impl Wakes, &impl Clock),
    stack: &StackName,
    holder: &Holder,
    wait: &Wait,
) -> Result<(), Error> {
    change(locks, stack, |state| {
        Ok((Some(state.parked(holder, wait.clone(), clock.now().as_second())?), ()))
    })
    .await?;
    wakes.wake(wait.kind, Duration::ZERO).await
}

/// Notes that the wait with `token` is over. A wait that is not noted is only looked at once more.
pub async fn resumed(
    locks: &impl Locks,
    stack: &StackName,
    token: &TaskToken,
) -> Result<(), Error> {
    change(locks, stack, |state| Ok((state.resumed(token), ()))).await
}

/// Changes the state of `stack` as `decide` says, and ends the waits that this decides.
///
/// If a wait cannot be ended now, the error is returned after the others are ended. Deciding again does not
/// end it: its own timeout does, when its task looks again.
pub async fn decide<T>(
    (locks, tasks): (&impl Locks, &impl Tasks),
    stack: &StackName,
    mut decide: impl FnMut(&StackState) -> Outcome<T>,
) -> Result<T, Error> {
    let (decision, resume) = change(locks, stack, |state| {
        let Outcome { next, decision, resume } = decide(state);
        Ok((next, (decision, resume)))
    })
    .await?;
    let mut failed = None;
    for Resume { token, error } in resume {
        failed = tasks.fail(&token, &error).await.err().or(failed);
    }
    failed.map_or(Ok(decision), Err)
}

/// Milliseconds from `now` until `at`, or zero.
pub fn until(at: i64, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at - now.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
