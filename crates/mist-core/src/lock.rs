//! Who gets the lock of a stack when several want it: one look at a time, decided without side effects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    ledger::{Lease, Phase, StackState, Superseded, Waiting},
    ranged::Ranged,
};

/// For how many seconds a place in the queue is kept for a run that does not ask. It asks every 10 s.
pub const PLACE_SECONDS: i64 = 120;

/// What a run does when another one releases to the same stack.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnConflict {
    /// It fails at once, and says who releases.
    #[default]
    Reject,
    /// It waits its turn, first come first.
    Queue,
    /// A newer version takes the place of one that has not begun to move the name; else it waits its turn.
    Supersede,
}

/// How the runs of a stack get along with each other.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LockSettings {
    /// What a run does when another one releases to the stack.
    pub on_conflict: OnConflict,
    /// How many runs may wait at a time: 1 to 50.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 50)))]
    pub most_waiting: Ranged<1, 50>,
    /// For how long one may wait, in seconds: 1 to 7200.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 7200)))]
    pub wait_seconds: Ranged<1, 7200>,
}

impl Default for LockSettings {
    fn default() -> Self {
        Self {
            on_conflict: OnConflict::default(),
            most_waiting: Ranged::new(5),
            wait_seconds: Ranged::new(3600),
        }
    }
}

/// A run that wants the lock.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The stack, for messages.
    pub stack: String,
    /// The ARN of the run.
    pub run: String,
    /// What it does: `deploy`, `swap` …
    pub operation: String,
    /// The same for a person.
    pub reason: String,
    /// When the upload that started it was made.
    pub uploaded_at: Option<Timestamp>,
    /// When the run began to want it.
    pub since: Timestamp,
    /// For how many seconds it needs it at first.
    pub lease_seconds: i64,
    /// What it does about others.
    pub settings: LockSettings,
}

/// What comes of one look.
#[derive(Debug)]
pub struct Look {
    /// What to write, if what was looked at is still so. `None`: nothing.
    pub write: Option<StackState>,
    /// How it stands once that is written.
    pub answer: Answer,
}

/// How it stands with the lock.
#[derive(Debug)]
pub enum Answer {
    /// The run has it, with this number.
    Taken {
        /// What later checks of the lock are made with.
        fence: u64,
    },
    /// It must ask again later.
    Waits {
        /// For whom, and behind how many.
        status: String,
    },
    /// It does not get it.
    Refused(Error),
}

/// One look of a run that wants the lock at `state`. Asking again with the lock in hand changes nothing.
pub fn look(state: &StackState, wish: &Wish, now: Timestamp) -> Look {
    let seconds = now.as_second();
    if state.holder(seconds).is_some_and(|lease| lease.run == wish.run) {
        return Look { write: None, answer: Answer::Taken { fence: state.fence } };
    }
    let mut next = state.clone();
    // Who stopped asking has ended, in whatever way.
    next.waiting.retain(|waiting| waiting.expires > seconds || waiting.run == wish.run);
    if let Some(superseded) = state.superseded.as_ref().filter(|lost| lost.run == wish.run) {
        // It may not know yet: the answer that told it of the lock can be lost.
        let error = Error::Superseded { by: superseded.by.clone() };
        return leave(state, next, wish, error);
    }
    if let Some(newest) = state.newest_upload.filter(|newest| wish.uploaded_at < Some(*newest))
        && let Some(uploaded) = wish.uploaded_at
    {
        let error = Error::OlderUpload {
            uploaded: uploaded.to_string(),
            newest: newest.to_string(),
            stack: wish.stack.clone(),
        };
        return leave(state, next, wish, error);
    }
    let Some(lease) = state.holder(seconds) else {
        return match next.waiting.first() {
            Some(first) if first.run != wish.run => {
                let whom = format!("{}, whose turn it is", first.reason);
                wait(state, next, wish, now, &whom)
            }
            Some(_) | None => take(next, wish, now),
        };
    };
    if may_supersede(lease, wish) {
        next.superseded = Some(Superseded { run: lease.run.clone(), by: wish.reason.clone() });
        return take(next, wish, now);
    }
    let whom = format!("{} since {}", lease.reason, lease.since);
    wait(state, next, wish, now, &whom)
}

fn may_supersede(lease: &Lease, wish: &Wish) -> bool {
    wish.settings.on_conflict == OnConflict::Supersede
        && lease.phase == Phase::Preparing
        && (lease.operation.as_str(), wish.operation.as_str()) == ("deploy", "deploy")
}

fn take(mut next: StackState, wish: &Wish, now: Timestamp) -> Look {
    next.waiting.retain(|waiting| waiting.run != wish.run);
    next.lease = Some(Lease {
        run: wish.run.clone(),
        operation: wish.operation.clone(),
        reason: wish.reason.clone(),
        since: now,
        expires: now.as_second() + wish.lease_seconds,
        phase: Phase::Preparing,
    });
    next.newest_upload = wish.uploaded_at.or(next.newest_upload);
    next.fence += 1;
    next.revision += 1;
    let fence = next.fence;
    Look { write: Some(next), answer: Answer::Taken { fence } }
}

/// Joins the queue, or keeps its place in it, if the run may wait at all.
fn wait(state: &StackState, mut next: StackState, wish: &Wish, now: Timestamp, whom: &str) -> Look {
    let LockSettings { on_conflict, most_waiting, wait_seconds } = &wish.settings;
    let locked = |problem: String| Error::Locked { stack: wish.stack.clone(), problem };
    if *on_conflict == OnConflict::Reject {
        return leave(state, next, wish, locked(whom.to_owned()));
    }
    let waited = now.duration_since(wish.since).as_secs();
    if waited >= i64::from(wait_seconds.get()) {
        return leave(state, next, wish, locked(format!("{whom}; waited {waited} s in vain")));
    }
    let seconds = now.as_second();
    let place = next.waiting.iter().position(|waiting| waiting.run == wish.run);
    let most = usize::try_from(most_waiting.get()).unwrap_or(usize::MAX);
    if place.is_none() && next.waiting.len() >= most {
        let waiting = next.waiting.len();
        return leave(
            state,
            next,
            wish,
            locked(format!("{whom}, and {waiting} runs wait already")),
        );
    }
    let expires = seconds + PLACE_SECONDS;
    match place {
        Some(place) => {
            // Half of the time is left: so not every look is a write.
            if next.waiting[place].expires < seconds + PLACE_SECONDS / 2 {
                next.waiting[place].expires = expires;
            }
        }
        None => next.waiting.push(Waiting {
            run: wish.run.clone(),
            reason: wish.reason.clone(),
            since: now,
            expires,
        }),
    }
    let ahead = place.unwrap_or(next.waiting.len() - 1);
    let status = match ahead {
        0 => format!("waiting for {whom}"),
        ahead => format!("waiting for {whom}; {ahead} before this one"),
    };
    Look { write: changed(state, next), answer: Answer::Waits { status } }
}

/// Gives up, with its place in the queue.
fn leave(state: &StackState, mut next: StackState, wish: &Wish, error: Error) -> Look {
    next.waiting.retain(|waiting| waiting.run != wish.run);
    Look { write: changed(state, next), answer: Answer::Refused(error) }
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
