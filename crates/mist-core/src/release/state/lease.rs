//! The lease of the lock, and the wait of the execution that holds it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The duration of a lease, in seconds. Every call that needs the lock renews a lease that is half over.
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
    /// The operation with version and user, for messages.
    pub reason: String,
    /// The time at which the execution acquired the lock.
    pub since: Timestamp,
    /// The time at which the lease expires, in seconds since 1970.
    pub expires: i64,
    /// The phase of the execution.
    pub phase: Phase,
    /// The time from which the release may call Beanstalk, in milliseconds since 1970; `None` while that is undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admitted: Option<i64>,
    /// The wait of the execution; `None` if it does not wait.
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

/// The phase of the execution that holds the lock.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Users see no change yet. The execution can be superseded.
    Preparing,
    /// The DNS record may have changed. The execution cannot be superseded.
    Swapping,
}

/// The wait of a task of the state machine.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// The state that it waits for.
    pub kind: WaitKind,
    /// The token that ends it.
    pub token: TaskToken,
    /// The time at which the task began to wait.
    pub since: Timestamp,
    /// The request of the function that ends the wait, as JSON text.
    #[serde(default)]
    pub request: String,
}

impl Wait {
    /// A wait for `kind`, with the request of the function that ends it.
    pub fn new(kind: WaitKind, token: &TaskToken, since: Timestamp, request: &Value) -> Self {
        Self { kind, token: token.clone(), since, request: request.to_string() }
    }
}

/// The state that a task waits for.
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

/// The token of a waiting task. It is a secret: whoever has it can end the wait.
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
