//! The current state of a stack with its lock and its newest release: what `mist status` and its page show.

use jiff::Timestamp;
use serde::Serialize;

use crate::stack::side::Side;

/// The current state of a stack.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackStatus {
    /// Its name.
    pub stack: String,
    /// Its DNS name; null if its configuration cannot be read.
    pub domain: Option<String>,
    /// The target of its record; null if it cannot be read.
    pub target: Option<String>,
    /// The side of the live environment; null if the record points to neither.
    pub live: Option<Side>,
    /// Side A, then side B; empty if they cannot be read.
    pub sides: Vec<SideStatus>,
    /// What was changed without mist since the last release; null if nothing was.
    pub drift: Option<String>,
    /// The execution that holds the lock; null if the lock is free.
    pub running: Option<Running>,
    /// The number of releases that wait for the lock.
    pub queued: usize,
    /// The newest release; null if there is none.
    pub last: Option<Last>,
    /// Why something could not be read; null if everything was.
    pub problem: Option<String>,
}

/// The current state of an environment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideStatus {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: String,
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// Its status: `Ready`, `Updating` … or `Missing`.
    pub status: String,
    /// Its health.
    pub health: String,
    /// Whether it is live.
    pub live: bool,
    /// The number of its instances in service; null if it cannot be read.
    pub instances: Option<u32>,
    /// The number of instances that it is to have; null if it cannot be read.
    pub desired: Option<u32>,
}

/// The execution that holds the lock.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// Its ARN.
    pub execution: String,
    /// Its operation with version and user.
    pub reason: String,
    /// The time at which it acquired the lock.
    pub since: Timestamp,
    /// The step that it is in; null if that cannot be read.
    pub step: Option<String>,
}

/// The newest release.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Last {
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// Its operation.
    pub operation: String,
    /// Who started it.
    pub started_by: String,
    /// The time of its start.
    pub started_at: Timestamp,
    /// Its verdict: `done`, `running`, or the name of its error.
    pub verdict: String,
}
