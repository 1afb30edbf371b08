//! What mist remembers of a stack: who releases to it now, who waits, what is live, and what was released.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{EnvironmentName, Error, Side, Sizes};

/// For how many seconds a call of a function that writes to the ledger or moves a name may go on, at most.
pub const CALL_SECONDS: i64 = 60;

/// What mist remembers of one stack between releases: an item of the table `mist-stacks`. The state
/// machine writes parts of it itself, so the names of the fields are a contract with the definition.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StackState {
    /// One more with every change of the lock or the queue: what a write is compared with.
    pub revision: u64,
    /// One more with every run that takes the lock. A run that held it once, and lost it, can be told by
    /// its smaller number.
    pub fence: u64,
    /// Who releases to the stack now. A lease that has expired holds nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// Who waits for the lock, first come first.
    pub waiting: Vec<Waiting>,
    /// The run whose lock was last taken over by a newer one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded: Option<Superseded>,
    /// When the newest upload that was let in was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_upload: Option<Timestamp>,
    /// What the last swap of mist put live. `None` before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveSide>,
    /// The sizes that the environment of side A had when mist last stopped it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_a: Option<Stopped>,
    /// The same of side B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_b: Option<Stopped>,
}

/// What an environment was like when mist stopped it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// The environment.
    pub environment: EnvironmentName,
    /// The sizes of its group.
    pub sizes: Sizes,
}

/// A lock with an end: it frees itself should nobody free it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The ARN of the run that holds it.
    pub run: String,
    /// What that run does: `deploy`, `swap` …
    pub operation: String,
    /// The same for a person, with version and user.
    pub reason: String,
    /// Since when it holds it.
    pub since: Timestamp,
    /// Until when it holds it, in seconds since 1970.
    pub expires: i64,
    /// How far that run is.
    pub phase: Phase,
}

/// How far the run that holds the lock is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Nothing that users see was changed.
    Preparing,
    /// The name moves, or has moved: this run must be let finish.
    Swapping,
}

/// A run that waits for the lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The ARN of the run.
    pub run: String,
    /// What it is going to do, for a person.
    pub reason: String,
    /// Since when it waits.
    pub since: Timestamp,
    /// When its place is given away unless it asks again, in seconds since 1970.
    pub expires: i64,
}

/// A run that lost the lock to a newer one.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Superseded {
    /// The ARN of the run that lost it.
    pub run: String,
    /// What the newer one does, for a person.
    pub by: String,
}

/// What the last swap of mist put live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveSide {
    /// The side.
    pub side: Side,
    /// Its environment.
    pub environment: EnvironmentName,
    /// The version that it runs; `None` when it had none.
    pub version: Option<String>,
    /// When the name was moved, in seconds since 1970.
    pub since: i64,
    /// Until when clients may still be on the other side, in seconds since 1970.
    pub drained: i64,
    /// The version that was live before, on the other side; `None` where there is none to go back to.
    pub previous: Option<String>,
}

impl StackState {
    /// The lease that holds the lock at `now`, in seconds since 1970.
    pub fn holder(&self, now: i64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.expires > now)
    }

    /// The sizes that `environment`, on `side`, had when mist last stopped it. What is remembered of another
    /// environment is nothing to go by.
    pub fn stopped(&self, side: Side, environment: &EnvironmentName) -> Option<Sizes> {
        let stopped = match side {
            Side::A => &self.stopped_a,
            Side::B => &self.stopped_b,
        };
        let ours = stopped.as_ref().filter(|stopped| stopped.environment == *environment);
        ours.map(|stopped| stopped.sizes)
    }

    /// Whether nothing is remembered but the sizes of sides that were stopped.
    pub fn holds_only_sizes(&self) -> bool {
        let Self { stopped_a, stopped_b, .. } = self.clone();
        *self == Self { stopped_a, stopped_b, ..Self::default() } && *self != Self::default()
    }

    /// Refuses a run that does not hold the lock at `now` with the number that it got when it took it.
    pub fn check_holder(&self, holder: &Holder, now: i64) -> Result<(), Error> {
        let held = self.holder(now).is_some_and(|lease| lease.run == holder.run);
        if held && self.fence == holder.fence {
            return Ok(());
        }
        match &self.superseded {
            Some(superseded) if superseded.run == holder.run => {
                Err(Error::Superseded { by: superseded.by.clone() })
            }
            _ => Err(Error::LockLost {
                found: match self.holder(now) {
                    Some(lease) => format!("{} holds it ({})", lease.reason, lease.run),
                    None => "nobody holds it".to_owned(),
                },
            }),
        }
    }

    /// The state in which `holder` has begun to move the name, and has the lock for `seconds` more. Who
    /// does not hold the lock is refused.
    pub fn swapping(&self, holder: &Holder, now: i64, seconds: i64) -> Result<Self, Error> {
        self.check_holder(holder, now)?;
        let mut next = self.clone();
        if let Some(lease) = &mut next.lease {
            lease.phase = Phase::Swapping;
            lease.expires = lease.expires.max(now + seconds);
        }
        next.revision += 1;
        Ok(next)
    }

    /// The state after `run` ended at or before `now`, in whatever way; `None` when there is nothing to change.
    ///
    /// A run that was stopped leaves its last call behind, which may be about to move the name. So a lock
    /// with which that was begun stays for as long as such a call may go on.
    pub fn settled(&self, run: &str, now: i64) -> Option<Self> {
        let mut next = self.without(run)?;
        let swapping = |lease: &&Lease| lease.run == run && lease.phase == Phase::Swapping;
        if let Some(lease) = self.holder(now).filter(swapping) {
            let expires = lease.expires.min(now + CALL_SECONDS);
            next.lease = Some(Lease { expires, ..lease.clone() });
        }
        let same = next.lease == self.lease && next.waiting == self.waiting;
        (!same).then_some(next)
    }

    /// The state without any trace of `run` in lock and queue; `None` when there is none.
    pub fn without(&self, run: &str) -> Option<Self> {
        let mut next = self.clone();
        next.lease = next.lease.filter(|lease| lease.run != run);
        next.waiting.retain(|waiting| waiting.run != run);
        if next == *self {
            return None;
        }
        next.revision += 1;
        Some(next)
    }
}

/// A run that took the lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holder {
    /// Its ARN.
    pub run: String,
    /// The number that it got with the lock.
    pub fence: u64,
}

/// One release as it is remembered: an item of the table `mist-releases`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastRelease {
    /// The shape of the item: [`PastRelease::FORMAT`].
    pub format_version: u32,
    /// The stack.
    pub stack: String,
    /// Orders the releases of a stack by time, and is the same for one upload however often it is told of.
    pub id: String,
    /// The ARN of the run.
    pub run: String,
    /// What was asked for: `deploy`, `swap` …
    pub operation: String,
    /// Who asked for it.
    pub started_by: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// [`PastRelease::RUNNING`], [`PastRelease::DONE`], or the name of what went wrong.
    pub verdict: String,
    /// What was said about the end; `None` when all went well.
    #[serde(default)]
    pub reason: Option<String>,
    /// The version that was released.
    #[serde(default)]
    pub version: Option<String>,
    /// What was live before.
    #[serde(default)]
    pub from: Option<SideVersion>,
    /// What it was released to.
    #[serde(default)]
    pub to: Option<SideVersion>,
    /// The bundle, where one was uploaded.
    #[serde(default)]
    pub artifact: Option<ArtifactNote>,
    /// How long each step took, in seconds.
    #[serde(default)]
    pub steps: BTreeMap<String, f64>,
}

impl PastRelease {
    /// The shape that this mist writes and reads.
    pub const FORMAT: u32 = 1;
    /// The verdict of a release that has not ended.
    pub const RUNNING: &'static str = "running";
    /// The verdict of a release that did what it was asked.
    pub const DONE: &'static str = "done";
}

/// A side with the version that it ran.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideVersion {
    /// The side.
    pub side: Side,
    /// Its environment.
    pub environment: String,
    /// The version that it ran.
    pub version: Option<String>,
}

/// A bundle as it was released.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactNote {
    /// Its key in the artifact bucket.
    pub key: String,
    /// What S3 tells its content by.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What is known of the end of a release by those who did not see it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseEnd {
    /// When the run ended.
    pub ended_at: Timestamp,
    /// The name of what went wrong, or [`PastRelease::DONE`].
    pub verdict: String,
    /// What was said about it.
    pub reason: Option<String>,
    /// How long each step took, in seconds.
    pub steps: BTreeMap<String, f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_767_323_045;

    fn held_by(run: &str) -> StackState {
        let lease = Lease {
            run: run.to_owned(),
            operation: "deploy".to_owned(),
            reason: format!("deploy v2 by {run}"),
            since: Timestamp::UNIX_EPOCH,
            expires: NOW + 60,
            phase: Phase::Preparing,
        };
        StackState { revision: 4, fence: 2, lease: Some(lease), ..StackState::default() }
    }

    fn holder(run: &str, fence: u64) -> Holder {
        Holder { run: run.to_owned(), fence }
    }

    #[test]
    fn only_the_run_with_the_newest_number_holds_the_lock() {
        let state = held_by("ada");
        assert!(state.check_holder(&holder("ada", 2), NOW).is_ok());
        for other in [holder("ada", 1), holder("bob", 2)] {
            let error = state.check_holder(&other, NOW).unwrap_err();
            assert_eq!(error.code(), "Mist.LockLost", "{other:?}");
        }
    }

    #[test]
    fn a_lease_that_is_over_holds_nothing() {
        let error = held_by("ada").check_holder(&holder("ada", 2), NOW + 60).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this run no longer has the lock of the stack: nobody holds it"
        );
    }

    #[test]
    fn who_was_superseded_is_told_by_what() {
        let superseded = Superseded { run: "bob".to_owned(), by: "deploy v3 by ada".to_owned() };
        let state = StackState { superseded: Some(superseded), ..held_by("ada") };
        let error = state.check_holder(&holder("bob", 1), NOW).unwrap_err();
        assert_eq!(error.code(), "Mist.Superseded");
        assert!(error.to_string().contains("deploy v3 by ada"), "{error}");
    }

    #[test]
    fn a_swap_that_has_begun_keeps_the_lock_for_long_enough() {
        let next = held_by("ada").swapping(&holder("ada", 2), NOW, 900).unwrap();
        let lease = next.lease.clone().unwrap();
        assert_eq!((lease.phase, lease.expires, next.revision), (Phase::Swapping, NOW + 900, 5));
        let again = next.swapping(&holder("ada", 2), NOW, 10).unwrap();
        assert_eq!(again.lease.unwrap().expires, NOW + 900, "a lease is never made shorter");
        assert!(held_by("ada").swapping(&holder("bob", 2), NOW, 900).is_err());
    }

    #[test]
    fn the_end_of_a_run_frees_its_lock_at_once_while_it_prepares() {
        let settled = held_by("ada").settled("ada", NOW).unwrap();
        assert_eq!((settled.lease, settled.revision), (None, 5));
        assert_eq!(held_by("ada").settled("bob", NOW), None);
    }

    #[test]
    fn the_end_of_a_run_that_moves_the_name_frees_its_lock_when_its_last_call_is_over() {
        let state = held_by("ada").swapping(&holder("ada", 2), NOW, 900).unwrap();
        let settled = state.settled("ada", NOW + 10).unwrap();
        let over = NOW + 10 + CALL_SECONDS;
        assert_eq!(settled.holder(over - 1).map(|lease| lease.expires), Some(over));
        assert_eq!(settled.settled("ada", NOW + 20), None, "to be told again changes nothing");
        assert_eq!(settled.settled("ada", over).unwrap().lease, None);
    }

    #[test]
    fn a_run_that_ended_leaves_no_trace() {
        let mut state = held_by("ada");
        let waiting = |run: &str| Waiting {
            run: run.to_owned(),
            reason: String::new(),
            since: Timestamp::UNIX_EPOCH,
            expires: NOW,
        };
        state.waiting = vec![waiting("bob"), waiting("eve")];
        assert_eq!(state.without("nobody"), None);
        let freed = state.without("ada").unwrap();
        assert_eq!((freed.lease, freed.waiting.len(), freed.fence), (None, 2, 2));
        let left = state.without("bob").unwrap();
        assert_eq!((left.lease.is_some(), left.waiting), (true, vec![waiting("eve")]));
    }
}
