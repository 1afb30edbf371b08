//! A look at all waiting tasks: one call looks at them together, at most once a second, and timers do not multiply.
//!
//! A look begins with [`claim`], and reads the waiting tasks with [`states`] and [`waiting`]. It ends each decided wait
//! with [`end`], and calls [`again`] once if others are left.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    state::{StackState, TaskToken, Wait, WaitKind},
    steps,
};
use crate::{
    error::Error,
    names::StackName,
    ports::{Clock, Locks, Quota, Tasks, Wakes},
};

/// The least time between two looks of a kind.
pub const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// `TimeoutSeconds` of the states that wait: after so many seconds, the task parks again with a new token, which renews
/// its lease.
pub const PARKED_SECONDS: i64 = 300;

/// The age in seconds at which a wait is dead: its execution ended, and the event of that was lost. Its lease expires.
const DEAD_SECONDS: i64 = PARKED_SECONDS + 60;

/// A waiting task.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The stack.
    pub stack: StackName,
    /// The token of the task.
    pub token: TaskToken,
    /// The time at which the task began to wait.
    pub since: Timestamp,
    /// The request, as JSON text.
    request: String,
}

impl Waiting {
    fn read(stack: &StackName, state: &StackState, kind: WaitKind, now: i64) -> Option<Self> {
        let lease = state.holder(now)?;
        let wait = lease.wait.clone().filter(|it| it.kind == kind)?;
        let Wait { token, since, request, .. } = wait;
        if now - since.as_second() > DEAD_SECONDS {
            return None;
        }
        Some(Self { stack: stack.clone(), token, since, request })
    }

    /// The request that the task was parked with. One that cannot be read is [`Error::InvalidItem`].
    pub fn request<R: DeserializeOwned>(&self) -> Result<R, Error> {
        serde_json::from_str(&self.request).map_err(|error| {
            let item = format!("mist-stacks/{}: lease.wait.request", self.stack);
            Error::InvalidItem { item, problem: error.to_string() }
        })
    }
}

/// The time until the next look if no event comes: `seconds`, or [`steps::RECHECK`] if that is no number of at least 1.
pub fn recheck(seconds: Option<&str>) -> Duration {
    let seconds = seconds.and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(steps::RECHECK, Duration::from_secs)
}

/// Claims a look at all waits of `kind`. Returns whether the caller must look.
///
/// If another call has just looked, it may have missed the event that woke this one, so the wake-up is sent again: the
/// number of wake-ups stays the same.
pub async fn claim(
    (quota, wakes, clock): (&impl Quota, &impl Wakes, &impl Clock),
    kind: WaitKind,
) -> Result<bool, Error> {
    if quota.claim_look(kind, clock.now()).await? {
        return Ok(true);
    }
    wakes.wake(kind, BETWEEN_LOOKS).await?;
    Ok(false)
}

/// The states of all stacks, and the errors of items that cannot be read.
pub async fn states(
    locks: &impl Locks,
) -> Result<(Vec<(StackName, StackState)>, Vec<Error>), Error> {
    let (mut states, mut unreadable) = (Vec::new(), Vec::new());
    for found in locks.all().await? {
        match found {
            Ok(found) => states.push(found),
            Err(error) => unreadable.push(error),
        }
    }
    Ok((states, unreadable))
}

/// The tasks that wait for `kind`, with leases that have not expired at `now`. A task with an expired lease times out and
/// parks again.
pub fn waiting(states: &[(StackName, StackState)], kind: WaitKind, now: Timestamp) -> Vec<Waiting> {
    let read = |(stack, state): &(StackName, StackState)| {
        Waiting::read(stack, state, kind, now.as_second())
    };
    states.iter().filter_map(read).collect()
}

/// Ends the wait of `waiting`, and notes that. Returns `false` if the task timed out or its execution ended before. After
/// an error, the next look tries again.
pub async fn end(
    (locks, tasks): (&impl Locks, &impl Tasks),
    waiting: &Waiting,
    end: Result<&Value, &Error>,
) -> Result<bool, Error> {
    let waited = match end {
        Ok(output) => tasks.succeed(&waiting.token, output).await?,
        Err(error) => tasks.fail(&waiting.token, error).await?,
    };
    steps::resumed(locks, &waiting.stack, &waiting.token).await?;
    Ok(waited)
}

/// Sets a timer for the look after the one at `now`: after `recheck`, or at the earliest of `ends` if that is sooner.
///
/// There is one timer of a kind, and a second one only if it must go off before the first. So wake-ups do not multiply: a
/// look that an event caused adds no timer, and neither does one by a timer that was replaced.
///
/// If the timer cannot be sent or is lost, the task times out and parks again, which sends a wake-up.
pub async fn again(
    (quota, wakes, clock): (&impl Quota, &impl Wakes, &impl Clock),
    kind: WaitKind,
    (now, recheck): (Timestamp, Duration),
    ends: impl IntoIterator<Item = Timestamp>,
) -> Result<(), Error> {
    let earliest = ends.into_iter().fold(now + recheck, Timestamp::min);
    // An earlier look would not be claimed.
    let due = earliest.max(now + BETWEEN_LOOKS);
    if !quota.claim_timer(kind, now, due).await? {
        return Ok(());
    }
    wakes.wake(kind, steps::until(due.as_millisecond(), clock.now())).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::release::state::{LEASE_SECONDS, Lease, Phase};

    const NOW: i64 = 1_767_323_045;

    /// Stack `QA`, whose execution waits for the end of its bake with a lease until `expires`.
    fn state(expires: i64) -> (StackName, StackState) {
        let since = Timestamp::from_second(NOW).unwrap();
        let request = json!({"seconds": 60});
        let lease = Lease {
            execution: "arn:1".to_owned(),
            operation: "deploy".to_owned(),
            reason: "deploy v2 by ada".to_owned(),
            since,
            expires,
            phase: Phase::Swapping,
            admitted: Some(0),
            wait: Some(Wait::new(WaitKind::Bake, &TaskToken::from("t1"), since, &request)),
        };
        let state = StackState { fence: 3, lease: Some(lease), ..StackState::default() };
        ("QA".parse().unwrap(), state)
    }

    fn found(expires: i64, kind: WaitKind) -> Vec<Waiting> {
        waiting(&[state(expires)], kind, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn a_task_waits_for_one_kind_while_its_lease_lasts() {
        let [waiting] = &found(NOW + LEASE_SECONDS, WaitKind::Bake)[..] else { panic!("none") };
        assert_eq!(waiting.token.expose(), "t1");
        assert!(found(NOW, WaitKind::Bake).is_empty(), "expired");
        assert!(found(NOW + 1, WaitKind::Health).is_empty());
    }

    #[test]
    fn a_wait_whose_task_must_have_parked_again_is_dead_and_keeps_no_lease_alive() {
        let at = |seconds| {
            let now = Timestamp::from_second(NOW + seconds).unwrap();
            waiting(&[state(NOW + LEASE_SECONDS)], WaitKind::Bake, now).len()
        };
        assert_eq!((at(DEAD_SECONDS), at(DEAD_SECONDS + 1)), (1, 0));
    }

    #[test]
    fn a_request_that_cannot_be_read_names_its_stack() {
        let waiting = found(NOW + 1, WaitKind::Bake).remove(0);
        assert_eq!(waiting.request::<Value>().unwrap(), json!({"seconds": 60}));
        let error = waiting.request::<String>().unwrap_err();
        assert_eq!(error.code(), "Mist.InvalidItem");
        assert!(
            error.to_string().starts_with("item `mist-stacks/QA: lease.wait.request` "),
            "{error}"
        );
    }

    #[test]
    fn the_time_until_the_next_look_is_at_least_a_second() {
        assert_eq!(recheck(Some("1")), Duration::from_secs(1));
        for text in [None, Some(""), Some("0"), Some("-1"), Some("soon")] {
            assert_eq!(recheck(text), steps::RECHECK, "{text:?}");
        }
    }
}
