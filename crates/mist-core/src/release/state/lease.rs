//! The lease of the lock, and the wait of the execution that holds it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a lease lasts without renewal, in seconds. Every call that needs the lock renews one that is
/// half over.
pub const LEASE_SECONDS: i64 = 1800;

/// The right of one execution to change the stack. It expires unless it is renewed.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lease {
    /// The ARN of the execution.
    #[serde(alias = "run")]
    pub execution: String,
    /// Its operation: `deploy`, `swap` …
    pub operation: String,
    /// The operation in a few words, with version and user.
    pub reason: String,
    /// When the execution acquired the lock.
    pub since: Timestamp,
    /// When the lease expires, in seconds since 1970.
    pub expires: i64,
    /// How far the execution is.
    pub phase: Phase,
    /// When the release may begin to call Beanstalk, in milliseconds since 1970. `None` while that has not
    /// been decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted: Option<i64>,
    /// The event that the execution waits for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
}

impl Lease {
    /// Renews the lease if it is half over.
    pub(in crate::release) fn renew(&mut self, now: i64) {
        if self.expires - now <= LEASE_SECONDS / 2 {
            self.expires = now + LEASE_SECONDS;
        }
    }
}

/// How far the execution with the lock is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Nothing has changed that users see. It can be superseded.
    Preparing,
    /// The DNS record may have moved. It cannot be superseded.
    Swapping,
}

/// A task of the state machine that waits, and how to end its wait.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// What it waits for.
    pub kind: WaitKind,
    /// The token that ends it.
    pub token: TaskToken,
    /// When the task began to wait.
    pub since: Timestamp,
    /// The request of the function that looks, as JSON text; empty where nothing is looked at.
    #[serde(default)]
    pub request: String,
}

impl Wait {
    /// A wait for `kind`, with the request to look again with.
    pub fn new(kind: WaitKind, token: &TaskToken, since: Timestamp, request: &Value) -> Self {
        Self { kind, token: token.clone(), since, request: request.to_string() }
    }
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum WaitKind {
    /// Its turn to call Beanstalk.
    Admission,
    /// A healthy environment.
    Health,
    /// The end of the bake.
    Bake,
}

/// The token of a waiting task. Whoever has it can end the wait, so it is never shown.
#[derive(Clone, Eq, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct TaskToken(String);

impl TaskToken {
    /// The token, for the call that ends the wait.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for TaskToken {
    fn from(token: &str) -> Self {
        Self(token.to_owned())
    }
}

impl fmt::Debug for TaskToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TaskToken")
    }
}
