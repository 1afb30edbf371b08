//! The executions that wait for the lock, and those that may not acquire it again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{lease::TaskToken, live_side::LiveSide};

/// An execution in the queue for the lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Queued {
    /// Its ARN.
    pub execution: String,
    /// Its operation: `deploy`, `swap` …
    pub operation: String,
    /// The operation with version and user, for messages.
    pub reason: String,
    /// The time at which it joined the queue.
    pub since: Timestamp,
    /// The time at which it times out, in seconds since 1970.
    pub until: i64,
    /// The time of the upload that started it; `None` without an upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_at: Option<Timestamp>,
    /// Whether it waits until the idle environment is drained, as it changes that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_drained: bool,
    /// The token of its waiting task.
    pub token: TaskToken,
}

impl Queued {
    /// The time in seconds since 1970 until which it waits for the idle environment to drain, if that is after `now`.
    /// `None` if it need not wait, or would wait too long: the plan then refuses it.
    pub fn drains_until(&self, live: Option<&LiveSide>, now: i64) -> Option<i64> {
        let drained = live.filter(|_| self.needs_drained)?.drained;
        // The clock of another function may be a moment behind.
        (now <= drained && drained < self.until).then_some(drained)
    }
}

/// An execution that may not acquire the lock again.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Past {
    /// Its ARN.
    pub execution: String,
    /// The time at which that was noted, in seconds since 1970.
    pub at: i64,
    /// The newer release that superseded it, for messages; `None` if it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Why it left the queue, if it waited too long there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timed_out: Option<String>,
}

impl Past {
    /// An execution that `by` superseded at `now`.
    pub(in crate::release) fn superseded(execution: String, by: &str, now: Timestamp) -> Self {
        Self { execution, at: now.as_second(), superseded_by: Some(by.to_owned()), timed_out: None }
    }

    /// An execution that left the queue at `now`, as it waited too long: `problem` says how long.
    pub(in crate::release) fn timed_out(execution: &str, problem: &str, now: Timestamp) -> Self {
        let (execution, timed_out) = (execution.to_owned(), Some(problem.to_owned()));
        Self { execution, at: now.as_second(), superseded_by: None, timed_out }
    }
}
