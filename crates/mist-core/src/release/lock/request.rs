//! A request for the lock of a stack.

use jiff::Timestamp;

use crate::{
    release::state::{Lease, Phase, Queued, TaskToken},
    stack::lock::{LockSettings, OnConflict},
};

/// A request for the lock.
#[derive(Clone, Debug)]
pub struct LockRequest {
    /// The stack, for messages.
    pub stack: String,
    /// The ARN of the execution.
    pub execution: String,
    /// Its operation: `deploy`, `swap` …
    pub operation: String,
    /// The operation with version and user, for messages.
    pub reason: String,
    /// The time of the upload that started it; `None` without an upload.
    pub uploaded_at: Option<Timestamp>,
    /// Whether it changes the idle environment, so that it must wait until that is drained.
    pub needs_drained: bool,
    /// The token of its waiting task.
    pub token: TaskToken,
    /// The settings of the lock.
    pub settings: LockSettings,
}

impl LockRequest {
    /// Its place in the queue if it joins at `now`.
    pub(super) fn place(&self, now: Timestamp) -> Queued {
        let Self { execution, operation, reason, uploaded_at, token, settings, .. } = self.clone();
        // A release that may not wait is refused by its plan.
        let needs_drained = self.needs_drained && settings.on_conflict() != OnConflict::Reject;
        let until = now.as_second() + i64::from(settings.wait_seconds.get());
        Queued {
            execution,
            operation,
            reason,
            since: now,
            until,
            uploaded_at,
            needs_drained,
            token,
        }
    }

    /// Whether it may supersede the execution with `lease`: a deployment may supersede a deployment that has not swapped
    /// yet. An upload does not supersede one under its own label: once Beanstalk has the label with the older bundle, the
    /// newer one is refused, and then neither would go live. The older one ends by itself before that.
    pub(super) fn may_supersede(&self, lease: &Lease) -> bool {
        lease.phase == Phase::Preparing && self.supersedes(&lease.operation, &lease.reason)
    }

    /// The same for a release that waits until the idle environment is drained; a newer upload is never superseded.
    pub(super) fn may_supersede_waiting(&self, queued: &Queued) -> bool {
        queued.needs_drained
            && queued.execution != self.execution
            && queued.uploaded_at <= self.uploaded_at
            && self.supersedes(&queued.operation, &queued.reason)
    }

    fn supersedes(&self, operation: &str, reason: &str) -> bool {
        let same_label = self.uploaded_at.is_some() && self.reason == reason;
        self.settings.on_conflict() == OnConflict::Supersede
            && !same_label
            && (operation, self.operation.as_str()) == ("deploy", "deploy")
    }
}
