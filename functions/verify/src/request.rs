//! The request of a verification, and its response.

use jiff::Timestamp;
use mist_core::{
    dns::{
        names::StackNames,
        record::{Record, RecordRef},
    },
    names::{EnvironmentName, StackName},
    release::{failure::Failure, live::GoingLive, state::Holder},
    stack::warm_up::WarmUp,
};
use serde::{Deserialize, Serialize};

/// The environment that users must reach, and the name for that.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The environment that must answer.
    pub environment: EnvironmentName,
    /// Its CNAME: the target of the record.
    pub to: String,
    /// The names of the stack.
    pub record: StackNames,
    /// The records that must point to the environment, that of the domain first.
    pub records: Vec<RecordRef>,
    /// These records before the swap; null if there was no swap.
    pub from: Option<Vec<Record>>,
    /// The version that must answer, if the application shows it; null: any.
    pub version: Option<String>,
    /// The settings of the warm-up: the form of requests, and the expected answer.
    pub warm_up: WarmUp,
    /// The time limit from `since` on, in seconds.
    pub verify_seconds: i64,
    /// The time at which the verification began.
    pub since: Timestamp,
    /// The failure of the swap; null if it succeeded.
    #[serde(default)]
    pub swap_failure: Option<Failure>,
    /// Whether there is an environment to swap back to.
    pub can_swap_back: bool,
    /// The state of the stack if users reach the environment.
    pub live: GoingLive,
}

/// The figures of a verification that succeeded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The number of name servers, which all have the records.
    pub servers: usize,
    /// The time since the verification began, in seconds.
    pub seconds: i64,
}
