//! The world of the model: the item of the stack, its record, the executions and their calls.

use jiff::Timestamp;
use mist_core::{
    error::Error,
    release::{
        lock::{Decision, LockRequest, Resume},
        state::{CALL_SECONDS, Holder, StackState, TaskToken},
    },
    stack::{
        lock::{LockSettings, OnConflict},
        ranged::Ranged,
        side::Side,
    },
};

/// The longest time of a call of a function, in seconds: at most its timeout, which is less than [`CALL_SECONDS`].
pub(crate) const CALL: i64 = CALL_SECONDS - 1;
/// The longest time of an execution in the queue, in seconds.
pub(crate) const PATIENCE: u32 = 1800;
/// How long a deployment waits for its slot, where that is played.
pub(crate) const TURN: i64 = 900;

/// An execution that the model plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) operation: &'static str,
    pub(crate) on_conflict: OnConflict,
    /// The time of its upload, in seconds since 1970; `None` if a person started it.
    pub(crate) uploaded_at: Option<i64>,
}

impl Kind {
    /// Whether it may supersede `other` while that prepares.
    pub(crate) fn may_supersede(&self, other: &Self) -> bool {
        self.on_conflict == OnConflict::Supersede
            && (self.operation, other.operation) == ("deploy", "deploy")
    }

    /// Its request for the lock.
    pub(crate) fn request(&self, index: usize, token: TaskToken) -> LockRequest {
        LockRequest {
            stack: "QA".to_owned(),
            execution: name(index).to_owned(),
            operation: self.operation.to_owned(),
            reason: format!("{} of {}", self.operation, name(index)),
            uploaded_at: self.uploaded_at.map(time),
            needs_drained: false,
            token,
            settings: LockSettings {
                on_conflict: Some(self.on_conflict),
                most_waiting: Ranged::new(2),
                wait_seconds: Ranged::new(PATIENCE),
            },
        }
    }
}

/// The names of the executions; the last one is a newcomer's.
const NAMES: [&str; 4] = ["execution 0", "execution 1", "execution 2", "execution 3"];

/// The name of an execution.
pub(crate) fn name(index: usize) -> &'static str {
    NAMES[index]
}

/// The time `seconds` after 1970 began.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// The place of an execution in the workflow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum At {
    /// *Begin release*, which is called next or now.
    Begins,
    /// *Begin release* waits for the lock.
    Queued,
    /// *Begin release* is about to reserve its slot, or has reserved it.
    Admits,
    /// *Begin release* waits for its slot.
    Admission,
    /// The release is planned and prepared.
    Plans,
    /// *Wait until healthy*.
    Waits,
    Swaps,
    Bakes,
    /// *Finish release*, also after *Report failure*.
    Finishes,
    Ended,
}

/// A write that was decided on and not made yet, with the waits that it ends.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) seen: u64,
    pub(crate) next: StackState,
    pub(crate) resume: Vec<Ends>,
}

/// The end of a wait.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub(crate) token: TaskToken,
    /// Whether its task is called again; otherwise it fails.
    pub(crate) again: bool,
}

impl From<Resume> for Ends {
    fn from(Resume { token, error }: Resume) -> Self {
        Self { token, again: matches!(error, Error::NotReady { .. }) }
    }
}

/// The effect of a written decision of `begin`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Then {
    /// It holds the lock; when it may call Beanstalk, if that is decided, in milliseconds since 1970.
    Holds(u64, Option<i64>),
    Waits,
    Fails,
}

impl From<Decision> for Then {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Acquired { fence, admitted } => Self::Holds(fence, admitted),
            Decision::Queued { .. } => Self::Waits,
            Decision::Refused(_) => Self::Fails,
        }
    }
}

/// The next step of a call.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// `begin` writes what it decided.
    Acquire(Pending, Then),
    /// `swap` writes that it is about to move the record.
    Swapping(Pending),
    /// `swap` moves the record. `held`: whether the execution held the lock when that was written.
    Move { held: bool },
    /// `swap` notes the live environment. `moved`: whether this call has moved the record.
    Note { moved: bool },
}

/// A call of a function, which continues even if its execution is stopped.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) began: i64,
    pub(crate) read: i64,
    pub(crate) next: Next,
}

/// An execution.
#[derive(Clone, Debug)]
pub(crate) struct Execution {
    pub(crate) at: At,
    pub(crate) fence: u64,
    /// The token of its task, for as long as it waits.
    pub(crate) token: TaskToken,
    /// The side that the record pointed to when the release was planned.
    pub(crate) from: Option<Side>,
    /// Whether it swaps back, as the new version is unhealthy.
    pub(crate) back: bool,
    pub(crate) call: Option<Call>,
    /// Only the model knows: a newer release superseded it.
    pub(crate) superseded: bool,
    /// Only the model knows: its end is noted.
    pub(crate) noted: bool,
}

impl Execution {
    /// The holder that its calls name.
    pub(crate) fn holder(&self, index: usize) -> Holder {
        Holder { execution: name(index).to_owned(), fence: self.fence }
    }

    /// Whether its task waits with `token`.
    pub(crate) fn has_token(&self, token: &TaskToken) -> bool {
        self.token == *token
    }

    /// Whether it can still act.
    pub(crate) fn acts(&self) -> bool {
        self.at != At::Ended || self.call.is_some()
    }
}

/// A person with `mist lock release`.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Person {
    Away,
    Looks,
    /// About to confirm that the lock of this execution is released.
    Confirms(String),
}

/// The world at a moment.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: i64,
    pub(crate) state: StackState,
    pub(crate) record: Side,
    pub(crate) executions: Vec<Execution>,
    pub(crate) person: Person,
    /// How many tokens were given out.
    pub(crate) tokens: u64,
    /// How many executions may still be stopped, and how many answers lost.
    pub(crate) aborts: u8,
    pub(crate) losses: u8,
    /// Only the model knows: the largest fencing token that a swap has begun with.
    pub(crate) newest_swap: u64,
    /// Only the model knows: the time of the newest upload that acquired the lock.
    pub(crate) newest_upload: Option<i64>,
    /// Only the model knows: the queue, first come first, and since when each is in it.
    pub(crate) order: Vec<(usize, i64)>,
}

impl World {
    /// The execution that is called `name`.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        (0..self.executions.len()).find(|index| self::name(*index) == name)
    }

    /// A new token, for the task of the execution `index`.
    pub(crate) fn new_token(&mut self, index: usize) -> TaskToken {
        self.tokens += 1;
        let token = TaskToken::from(format!("token {}", self.tokens).as_str());
        self.executions[index].token = token.clone();
        token
    }
}
