//! The end of a release in the lock and in the history, whether its own last step or Step Functions ended it.

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

/// The number of newest releases in which the one of an execution is searched.
const NEWEST: u32 = 100;

/// Releases the lock of `stack` that `execution` holds, or removes it from the queue, and passes the lock on. Returns
/// whether it held the lock or was in the queue. Doing it again changes nothing.
///
/// The last call of a stopped execution may keep the lock for [`CALL_SECONDS`], and the next release may wait until the
/// idle environment is drained. A wake-up then passes the lock on.
pub async fn free(
    (locks, tasks, wakes, clock): (&impl Locks, &impl Tasks, &impl Wakes, &impl Clock),
    stack: &StackName,
    execution: &str,
    by: EndedBy,
) -> Result<bool, Error> {
    let mut drained = None;
    let held = steps::decide((locks, tasks), stack, |state| {
        // A stack without a state has no lock to release, and may not exist. But the last call of an execution that Step
        // Functions ended may still acquire the lock, in the first release of a stack too.
        if *state == StackState::default() && by == EndedBy::Itself {
            return Outcome { next: None, decision: false, resume: Vec::new() };
        }
        let outcome = lock::end(state, execution, by, clock.now());
        drained = lock::drained(outcome.next.as_ref().unwrap_or(state), clock.now());
        outcome
    })
    .await?;
    if let Some(drained) = drained.filter(|_| held) {
        let delay = steps::until(drained.as_millisecond(), clock.now());
        wakes.wake(WaitKind::Admission, delay).await?;
    }
    if held && by == EndedBy::StepFunctions && !locks.state(stack).await?.queue.is_empty() {
        let call = u64::try_from(CALL_SECONDS).unwrap_or_default() + 1;
        wakes.wake(WaitKind::Admission, Duration::from_secs(call)).await?;
    }
    Ok(held)
}

/// The release of `execution` among the newest of `stack`; `None` if there is none. Items that cannot be read are left
/// out.
pub async fn find(
    history: &impl History,
    stack: &StackName,
    execution: &str,
) -> Result<Option<PastRelease>, Error> {
    let releases = history.releases(stack, NEWEST).await?;
    let mut readable = releases.into_iter().filter_map(Result::ok);
    Ok(readable.find(|release| release.execution == execution))
}
