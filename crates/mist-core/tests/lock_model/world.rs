//! What the model knows at a moment: the item of the stack, its record, the runs and their calls.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use mist_core::{
    LockSettings, OnConflict, Side,
    ledger::{Holder, Phase, StackState},
    lock::Wish,
    ranged::Ranged,
};

/// How far time goes at once. Places in the queue are kept for three such steps.
pub(crate) const TICK: i64 = 40;
/// For how long a run has the lock at first, and after each renewal.
pub(crate) const LEASE: i64 = 2 * TICK;
/// For how long at least it has it when it begins to move the name.
pub(crate) const SWAP: i64 = 3 * TICK;
/// For how long a call of a function may go on.
pub(crate) const CALL: i64 = TICK;
/// For how long a run waits in the queue.
pub(crate) const PATIENCE: i64 = 4 * TICK;
/// Who asks again within this time keeps its place: half of that of the place.
pub(crate) const PUNCTUAL: i64 = 60;

/// A run that the model plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) operation: &'static str,
    pub(crate) on_conflict: OnConflict,
    /// When its upload was made, in seconds since 1970; `None` when somebody asked for it.
    pub(crate) uploaded_at: Option<i64>,
}

impl Kind {
    /// What the run asks the lock for.
    pub(crate) fn wish(&self, index: usize, since: i64) -> Wish {
        let time = |seconds| Timestamp::from_second(seconds).unwrap_or_default();
        Wish {
            stack: "QA".to_owned(),
            run: name(index),
            operation: self.operation.to_owned(),
            reason: String::new(),
            uploaded_at: self.uploaded_at.map(time),
            since: time(since),
            lease_seconds: LEASE,
            settings: LockSettings {
                on_conflict: self.on_conflict,
                most_waiting: Ranged::new(2),
                wait_seconds: Ranged::new(160),
            },
        }
    }
}

/// The name of a run.
pub(crate) fn name(index: usize) -> String {
    format!("run {index}")
}

/// Where a run is in the workflow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum At {
    Takes,
    Asks,
    Plans,
    Renews,
    Swaps,
    Watches,
    Releases,
    Ended,
}

/// A guarded write that was decided on and not made yet.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) seen: u64,
    pub(crate) next: StackState,
}

/// What a run does once its look is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Then {
    Holds(u64),
    Waits,
    Ends,
}

/// What a call of a function does next.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// `lock` writes what it decided.
    Look(Pending, Then),
    /// `swap` writes that it begins.
    Begin(Pending),
    /// `swap` changes the record. `held`: whether the run had the lock when that was written.
    Move { held: bool },
}

/// A call of a function, which goes on even if its run is aborted.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) began: i64,
    pub(crate) read: i64,
    pub(crate) next: Next,
}

/// A run.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) at: At,
    pub(crate) fence: u64,
    pub(crate) since: i64,
    /// Where the name led to when the run was planned.
    pub(crate) from: Option<Side>,
    /// Whether it moves the name back, as the new side turned bad.
    pub(crate) back: bool,
    pub(crate) call: Option<Call>,
    /// Only the model knows: a newer run took its place.
    pub(crate) superseded: bool,
    /// Only the model knows: when it last asked, and whether it ever asked too late.
    pub(crate) asked: i64,
    pub(crate) late: bool,
}

impl Run {
    /// As what it acts on the lock.
    pub(crate) fn holder(&self, index: usize) -> Holder {
        Holder { run: name(index), fence: self.fence }
    }
}

/// Somebody with `mist lock release`.
#[derive(Clone, Debug)]
pub(crate) enum Person {
    Away,
    Looks,
    Writes(Box<Pending>),
}

/// Everything at a moment.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: i64,
    pub(crate) state: StackState,
    pub(crate) record: Side,
    pub(crate) runs: Vec<Run>,
    pub(crate) person: Person,
    /// How many runs may still be aborted, and how many answers lost.
    pub(crate) aborts: u8,
    pub(crate) losses: u8,
    /// Only the model knows: the largest number with which the name was begun to be moved.
    pub(crate) newest_swap: u64,
    /// Only the model knows: who was told to wait, first come first.
    pub(crate) order: Vec<usize>,
}

impl World {
    /// Two worlds with the same key go on in the same ways: it has no more than can still matter.
    ///
    /// Times count from now, and only as far as anybody looks. Of revisions it counts whether a decision
    /// was made on the current one: one that was not is never written, whatever it is. Of the numbers of
    /// the lock it counts which one is larger.
    pub(crate) fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let hash = &mut hasher;
        self.hash_state(&self.state, hash);
        (self.record == Side::A, self.aborts, self.losses, &self.order).hash(hash);
        for (index, run) in self.runs.iter().enumerate() {
            run.at.hash(hash);
            if self.order.contains(&index) {
                ((self.now - run.asked).min(PUNCTUAL), run.late).hash(hash);
            }
            if run.at == At::Asks {
                (self.now - run.since).min(PATIENCE).hash(hash);
            }
            if !matches!(run.at, At::Takes | At::Asks | At::Ended) || run.call.is_some() {
                let from = run.from.map(|side| side == Side::A);
                let age =
                    (self.state.fence.wrapping_sub(run.fence), run.fence.cmp(&self.newest_swap));
                (from, run.back, age).hash(hash);
            }
            if run.at != At::Ended || run.call.is_some() {
                run.superseded.hash(hash);
            }
            self.hash_call(run.call.as_ref(), hash);
        }
        match &self.person {
            Person::Away => hash.write_u8(0),
            Person::Looks => hash.write_u8(1),
            Person::Writes(pending) => self.hash_pending(pending, hash),
        }
        hasher.finish()
    }

    fn hash_call(&self, call: Option<&Call>, hash: &mut DefaultHasher) {
        let Some(Call { began, read, next }) = call else { return hash.write_u8(0) };
        let age = |since: i64| (self.now - since).min(2 * CALL);
        (1, age(*began), age(*read)).hash(hash);
        match next {
            Next::Look(pending, then) => {
                std::mem::discriminant(then).hash(hash);
                self.hash_pending(pending, hash);
            }
            Next::Begin(pending) => self.hash_pending(pending, hash),
            Next::Move { held } => held.hash(hash),
        }
    }

    fn hash_pending(&self, Pending { seen, next }: &Pending, hash: &mut DefaultHasher) {
        if *seen == self.state.revision {
            self.hash_state(next, hash);
        } else {
            hash.write_u8(0xfe);
        }
    }

    fn hash_state(&self, state: &StackState, hash: &mut DefaultHasher) {
        let left = |expires: i64| (expires - self.now).clamp(-1, 2 * SWAP);
        state.fence.wrapping_sub(self.state.fence).hash(hash);
        if let Some(lease) = &state.lease {
            let swapping = lease.phase == Phase::Swapping;
            (&lease.run, left(lease.expires), swapping).hash(hash);
        }
        hash.write_usize(state.waiting.len());
        for waiting in &state.waiting {
            (&waiting.run, left(waiting.expires)).hash(hash);
        }
        state.superseded.as_ref().map(|superseded| &superseded.run).hash(hash);
        state.newest_upload.map(Timestamp::as_second).hash(hash);
    }
}
