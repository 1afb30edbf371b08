//! A request for the lock of a stack, and how the releases of the stack share it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ranged::Ranged,
    release::state::{Lease, Phase, Queued, TaskToken},
};

/// What a release does while another one holds the lock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnConflict {
    /// Fail immediately, and name the release that holds the lock.
    #[default]
    Reject,
    /// Wait for its turn, first come first served.
    Queue,
    /// Supersede a deployment that has not swapped yet; otherwise queue.
    Supersede,
}

/// How the releases of a stack share its lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LockSettings {
    /// What a release does while another one holds the lock.
    pub on_conflict: OnConflict,
    /// How many releases may wait at a time: 1 to 50.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 50)))]
    pub most_waiting: Ranged<1, 50>,
    /// How long one may wait, in seconds: 1 to 7200.
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

/// A request for the lock.
#[derive(Clone, Debug)]
pub struct LockRequest {
    /// The stack, for messages.
    pub stack: String,
    /// The ARN of the execution.
    pub execution: String,
    /// Its operation: `deploy`, `swap` …
    pub operation: String,
    /// The operation in a few words, with version and user.
    pub reason: String,
    /// The time of the upload that started it.
    pub uploaded_at: Option<Timestamp>,
    /// The token of its waiting task.
    pub token: TaskToken,
    /// How it shares the lock.
    pub settings: LockSettings,
}

impl LockRequest {
    /// Its place in the queue, if it joins it at `now`.
    pub(super) fn place(&self, now: Timestamp) -> Queued {
        let Self { execution, operation, reason, uploaded_at, token, settings, .. } = self.clone();
        let until = now.as_second() + i64::from(settings.wait_seconds.get());
        Queued { execution, operation, reason, since: now, until, uploaded_at, token }
    }

    /// Whether it may supersede the execution with `lease`: only a deployment that has not swapped yet, and
    /// only by another deployment.
    pub(super) fn may_supersede(&self, lease: &Lease) -> bool {
        self.settings.on_conflict == OnConflict::Supersede
            && lease.phase == Phase::Preparing
            && (lease.operation.as_str(), self.operation.as_str()) == ("deploy", "deploy")
    }
}
