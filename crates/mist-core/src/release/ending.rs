//! The end of a release: what it holds of the lock, and its item in the history. The same for one that ends by its own
//! last step and for one that Step Functions ended.

use std::time::Duration;

use super::{
    history::PastRelease,
    lock::{self, EndedBy, Outcome},
    state::{CALL_SECONDS, StackState, WaitKind},
    steps,
};
use crate::{
    error::Error,
    names::StackName,
    ports::{Clock, History, Locks, Tasks, Wakes},
};

/// The most releases among which the one of an execution is searched.
const NEWEST: u32 = 100;

/// Frees what `execution` holds of the lock of `stack` and its queue, and hands the lock on. Returns whether it held
/// anything. Doing it again changes nothing.
///
/// A lock that must stay until the last call of a stopped execution is over is handed on then: it wakes whoever
/// looks.
pub async fn free(
    (locks, tasks, wakes, clock): (&impl Locks, &impl Tasks, &impl Wakes, &impl Clock),
    stack: &StackName,
    execution: &str,
    by: EndedBy,
) -> Result<bool, Error> {
    let held = steps::decide((locks, tasks), stack, |state| {
        // A stack without a state has nothing to free, and may be no stack at all.
        if *state == StackState::default() {
            return Outcome { next: None, decision: false, resume: Vec::new() };
        }
        lock::end(state, execution, by, clock.now())
    })
    .await?;
    if held && by == EndedBy::StepFunctions && !locks.state(stack).await?.queue.is_empty() {
        let call = u64::try_from(CALL_SECONDS).unwrap_or_default() + 1;
        wakes.wake(WaitKind::Admission, Duration::from_secs(call)).await?;
    }
    Ok(held)
}

/// The release of `execution` among the newest of `stack`. An item that cannot be read is another release's.
pub async fn find(
    history: &impl History,
    stack: &StackName,
    execution: &str,
) -> Result<Option<PastRelease>, Error> {
    let releases = history.releases(stack, NEWEST).await?;
    let mut readable = releases.into_iter().filter_map(Result::ok);
    Ok(readable.find(|release| release.execution == execution))
}
