//! The request of a release, read and checked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

use super::state::Holder;
use crate::{
    dns::record::RecordRef,
    names::{EnvironmentName, StackName, VersionLabel},
    stack::{lock::LockSettings, settings::Environments, source::GitRef},
};

/// An operation of the workflow.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Operation {
    /// Deploy a version; to a whole stack, it also goes live.
    Deploy,
    /// Warm up an environment.
    Warm,
    /// Put the idle environment live, with the version that it runs.
    Swap,
    /// Put the environment live again that was live before.
    Rollback,
    /// Mark the live version in New Relic.
    Mark,
    /// Give a stopped environment its instances back.
    Start,
    /// Scale an environment to zero instances.
    Stop,
    /// Show both environments.
    Version,
}

impl Operation {
    /// Whether the operation changes a stack, and so needs its lock.
    pub fn needs_lock(self) -> bool {
        match self {
            Self::Deploy | Self::Swap | Self::Rollback | Self::Start | Self::Stop => true,
            Self::Warm | Self::Mark | Self::Version => false,
        }
    }
}

/// The request of a release, from a person, a schedule or an upload: all later steps go by it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRequest {
    /// The operation.
    pub operation: Operation,
    /// The stack.
    pub stack: StackName,
    /// The environment; `None` leaves it to the plan.
    pub environment: Option<EnvironmentName>,
    /// The version; `None`: the newest.
    pub version: Option<VersionLabel>,
    /// Who or what started it.
    pub user: String,
    /// The upload that started it.
    pub upload: Option<Upload>,
    /// The branch, tag or commit to fetch the version from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<GitRef>,
    /// The bundle of that commit, once it is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// Whether the version may be deployed to the live environment.
    pub in_place: bool,
    /// Whether the live environment may be stopped.
    pub live: bool,
    /// Whether a stack that was changed without mist is accepted as it is.
    pub accept_drift: bool,
    /// The request in a few words.
    pub reason: String,
    /// The key of the release in the history: the same for all events of one upload.
    pub release_id: String,
    /// How it shares the lock.
    pub lock: LockSettings,
    /// The environments of the stack.
    pub environments: Environments,
    /// The record of the stack.
    pub record: RecordRef,
    /// The execution.
    pub execution: ExecutionRef,
    /// The execution as the holder of the lock; `None` if the operation needs no lock.
    #[serde(default)]
    pub holder: Option<Holder>,
}

/// An execution of the state machine.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionRef {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it started.
    pub started_at: Timestamp,
}

/// An upload that started a release.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The entity tag of its content.
    pub etag: String,
    /// When it was uploaded.
    pub time: Timestamp,
}

/// A bundle that was fetched for a release.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// Its key in the bucket of the stack.
    pub key: String,
    /// The entity tag of its content.
    pub etag: String,
    /// The commit.
    pub commit: String,
    /// The changes since the live version, a line per commit; `None` if they are unknown.
    pub changelog: Option<String>,
}
