//! What is played: which runs, what may go wrong, and what is broken on purpose.

use mist_core::{OnConflict, Side, StackState};

use crate::world::{At, Kind, Person, Run, World};

/// A rule of the lock that is dropped on purpose, to see that the model misses it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// *Take the lock* does not look whether somebody has it.
    TakesFromHolder,
    /// *Take the lock* does not look whether somebody waits.
    TakesBeforeQueue,
    /// The functions write whether or not somebody else wrote meanwhile.
    WritesUnguarded,
    /// The function `swap` does not look whether its run has the lock.
    SwapsUnchecked,
    /// The function `settle` frees the lock of a run whose call may still move the name.
    SettleFreesSwap,
    /// A call may go on for ever.
    CallsNeverEnd,
    /// A run whose place was taken is forgotten.
    ForgetsSuperseded,
    /// A lock never runs out.
    LeasesNeverEnd,
}

/// What is played.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) aborts: u8,
    pub(crate) losses: u8,
    /// Whether somebody uses `mist lock release`.
    pub(crate) person: bool,
    /// Whether runs move the name, or only take the lock and release it.
    pub(crate) swaps: bool,
    /// Whether a new side may turn bad after the swap.
    pub(crate) turns_bad: bool,
    pub(crate) fault: Option<Fault>,
}

impl Setup {
    /// The runs, and how many of them may be aborted.
    pub(crate) fn new(kinds: &[Kind], aborts: u8) -> Self {
        Self {
            kinds: kinds.to_vec(),
            aborts,
            losses: 0,
            person: false,
            swaps: true,
            turns_bad: true,
            fault: None,
        }
    }

    /// Whether `fault` is made.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// How it begins: nothing is remembered, and the name leads to side A.
    pub(crate) fn world(&self) -> World {
        let run = Run {
            at: At::Takes,
            fence: 0,
            since: 0,
            from: None,
            back: false,
            call: None,
            superseded: false,
            asked: 0,
            late: false,
        };
        World {
            now: 0,
            state: StackState::default(),
            record: Side::A,
            runs: vec![run; self.kinds.len()],
            person: if self.person { Person::Looks } else { Person::Away },
            aborts: self.aborts,
            losses: self.losses,
            newest_swap: 0,
            order: Vec::new(),
        }
    }
}

/// A release that somebody asked for.
pub(crate) fn asked(on_conflict: OnConflict) -> Kind {
    Kind { operation: "deploy", on_conflict, uploaded_at: None }
}

/// A release that was started by an upload.
pub(crate) fn uploaded(at: i64, on_conflict: OnConflict) -> Kind {
    Kind { operation: "deploy", on_conflict, uploaded_at: Some(at) }
}

/// A rollback.
pub(crate) fn rollback(on_conflict: OnConflict) -> Kind {
    Kind { operation: "rollback", on_conflict, uploaded_at: None }
}
