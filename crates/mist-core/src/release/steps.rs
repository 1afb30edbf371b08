//! The writes of a release: they decide on the current state, write the next one unless another call wrote in between,
//! and then end the waits that the decision ends.

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

/// The number of decisions on one change, if other calls write in between.
const TRIES: usize = 5;

/// The time until the next look at a wait, if no event comes.
pub const RECHECK: Duration = Duration::from_mins(1);

/// Writes the next state of `stack` that `decide` returns. If another call writes in between, it decides again. After
/// several tries the error is [`Error::NotReady`].
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

/// Checks that `holder` holds the lock of `stack`, renews a lease that is half over, and returns the state. Without the
/// lock the error is [`Error::LockLost`] or [`Error::Superseded`].
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

/// Parks a task of `holder`: stores its wait, and then sends a wake-up.
///
/// In this order, an event that came before the wait was stored is not lost.
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

/// Notes that the wait with `token` is over. A wait that is not noted costs one more look.
pub async fn resumed(
    locks: &impl Locks,
    stack: &StackName,
    token: &TaskToken,
) -> Result<(), Error> {
    change(locks, stack, |state| Ok((state.resumed(token), ()))).await
}

/// Writes the next state of `stack` that `decide` returns, and ends the waits that this decision ends.
///
/// If a wait cannot be ended now, the error is returned after the others are ended. Deciding again does not end it; its
/// own timeout does.
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

/// The time from `now` until `at`, in milliseconds since 1970: zero if that has passed.
pub fn until(at: i64, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at - now.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
