//! What is played: which executions, what may go wrong, and which rule is broken on purpose.

use mist_core::{
    release::state::{StackState, TaskToken},
    stack::{lock::OnConflict, side::Side},
};

use crate::world::{At, Execution, Kind, Person, World};

/// A rule of the lock that is dropped on purpose, to see that the model notices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// `begin` does not look whether another execution holds the lock.
    TakesFromHolder,
    /// `begin` does not look whether others wait.
    TakesBeforeQueue,
    /// A free lock goes to the last in the queue.
    HandsOnToLast,
    /// A repeated `begin` leaves the old token in the queue.
    KeepsOldToken,
    /// The functions write whether or not another call wrote meanwhile.
    WritesUnguarded,
    /// `swap` does not look whether its execution holds the lock.
    SwapsUnchecked,
    /// `reconcile` frees the lock of an execution whose last call may still move the record.
    ReconcileFreesSwap,
    /// A call may continue for ever.
    CallsNeverEnd,
    /// An execution that was superseded is forgotten.
    ForgetsSuperseded,
    /// Only the last execution that was superseded is remembered.
    RemembersOneSuperseded,
    /// An execution that ended is forgotten.
    ForgetsEnds,
    /// The queue does not know the times of uploads.
    ForgetsUploads,
    /// A lease never expires.
    LeasesNeverEnd,
    /// An execution may wait in the queue for ever.
    QueueNeverEnds,
}

/// Whether executions move the record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Swaps {
    /// They only acquire the lock and release it.
    Never,
    /// They do, and the new version stays healthy.
    Succeed,
    /// They do, and the new version may become unhealthy.
    MayFail,
}

/// The setup of a model.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) aborts: u8,
    pub(crate) losses: u8,
    /// Whether a person uses `mist lock release`.
    pub(crate) person: bool,
    /// Whether deployments wait for their slots.
    pub(crate) admission: bool,
    pub(crate) swaps: Swaps,
    pub(crate) fault: Option<Fault>,
}

impl Setup {
    /// The executions, and how many of them may be stopped.
    pub(crate) fn new(kinds: &[Kind], aborts: u8) -> Self {
        Self {
            kinds: kinds.to_vec(),
            aborts,
            losses: 0,
            person: false,
            admission: false,
            swaps: Swaps::MayFail,
            fault: None,
        }
    }

    /// Whether the setup has `fault`.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The first world: nothing is remembered, and the record points to side A.
    pub(crate) fn world(&self) -> World {
        let execution = Execution {
            at: At::Begins,
            fence: 0,
            token: TaskToken::from(""),
            from: None,
            back: false,
            call: None,
            superseded: false,
            noted: false,
        };
        World {
            now: 0,
            state: StackState::default(),
            record: Side::A,
            executions: vec![execution; self.kinds.len()],
            person: if self.person { Person::Looks } else { Person::Away },
            tokens: 0,
            aborts: self.aborts,
            losses: self.losses,
            newest_swap: 0,
            newest_upload: None,
            order: Vec::new(),
        }
    }
}

/// A release that a person started.
pub(crate) fn deploy(on_conflict: OnConflict) -> Kind {
    Kind { operation: "deploy", on_conflict, uploaded_at: None }
}

/// A release that an upload started.
pub(crate) fn uploaded(at: i64, on_conflict: OnConflict) -> Kind {
    Kind { operation: "deploy", on_conflict, uploaded_at: Some(at) }
}

/// A rollback.
pub(crate) fn rollback(on_conflict: OnConflict) -> Kind {
    Kind { operation: "rollback", on_conflict, uploaded_at: None }
}
