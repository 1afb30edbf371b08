//! The request of a release.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::Display;

use super::state::{Holder, LiveSide};
use crate::{
    checksum::Checksum,
    dns::names::StackNames,
    names::{EnvironmentName, Message, StackName, VersionLabel},
    stack::{artifact::ArtifactKey, lock::LockSettings, settings::Environments, source::GitRef},
};

/// An operation of the workflow.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Operation {
    /// Deploy a version; without an environment in the request, it also goes live.
    Deploy,
    /// Warm up an environment.
    Warm,
    /// Put the idle environment live with its version.
    Swap,
    /// Put the environment live that was live before.
    Rollback,
    /// Mark the live version in New Relic.
    Mark,
    /// Restore the capacity of a stopped environment.
    Start,
    /// Scale an environment to zero instances.
    Stop,
    /// Show both environments.
    Version,
}

impl Operation {
    /// Whether the operation needs the lock of the stack, because it changes the stack.
    pub fn needs_lock(self) -> bool {
        match self {
            Self::Deploy | Self::Swap | Self::Rollback | Self::Start | Self::Stop => true,
            Self::Warm | Self::Mark | Self::Version => false,
        }
    }

    /// Whether the operation is refused on a stack that was changed without mist, so that it can accept that.
    pub fn compares_state(self) -> bool {
        match self {
            Self::Deploy | Self::Swap | Self::Rollback | Self::Stop => true,
            Self::Warm | Self::Mark | Self::Start | Self::Version => false,
        }
    }
}

/// The request of a release, by a person, a schedule or an upload.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRequest {
    /// The operation.
    pub operation: Operation,
    /// The stack.
    pub stack: StackName,
    /// The environment; `None`: the plan chooses it.
    pub environment: Option<EnvironmentName>,
    /// The version; `None`: the newest.
    pub version: Option<VersionLabel>,
    /// The user, or `upload`, or `mist`, that started it.
    pub user: String,
    /// What they said about it; `None` if nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// The upload that started it; `None` without an upload.
    pub upload: Option<Upload>,
    /// The branch, tag or commit to fetch the version from; `None` if it is not fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<GitRef>,
    /// The fetched bundle; `None` until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// Whether the version may be deployed to the live environment.
    pub in_place: bool,
    /// Whether the live environment may be stopped.
    pub live: bool,
    /// Whether a stack that was changed without mist is accepted as it is.
    pub accept_drift: bool,
    /// The request in short, for messages.
    pub reason: String,
    /// The key of the release in the history: the same for all events of one upload.
    pub release_id: String,
    /// The settings of the lock.
    pub lock: LockSettings,
    /// The environments of the stack.
    pub environments: Environments,
    /// The DNS names of the stack.
    pub record: StackNames,
    /// The execution.
    pub execution: ExecutionRef,
    /// The execution as the holder of the lock; `None` if the operation needs no lock.
    #[serde(default)]
    pub holder: Option<Holder>,
}

impl ReleaseRequest {
    /// Whether the release changes the environment that is not `live`, the stored one, so that no user may be on it. Before
    /// the first swap, nothing is stored, and a release in the queue may come after it.
    pub fn needs_drained(&self, live: Option<&LiveSide>) -> bool {
        let changes = matches!(self.operation, Operation::Deploy | Operation::Stop);
        let named = self.environment.as_ref();
        changes && !self.in_place && live.is_none_or(|live| named != Some(&live.environment))
    }
}

/// The stack in the input of an execution: from the request, or from the key of the upload. `None` if it names none.
pub fn stack_of(input: &Value) -> Option<StackName> {
    if let Some(key) = input.pointer("/detail/object/key").and_then(Value::as_str) {
        return ArtifactKey::parse(key).ok().map(|key| key.stack);
    }
    input.get("stack")?.as_str()?.parse().ok()
}

/// An object that was uploaded, as far as it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UploadedObject {
    /// Its key.
    pub key: String,
    /// Its entity tag.
    pub etag: Option<String>,
    /// The id of its version.
    pub version_id: Option<String>,
}

impl UploadedObject {
    /// Any object at `key`.
    pub fn at(key: &str) -> Self {
        Self { key: key.to_owned(), etag: None, version_id: None }
    }

    /// Whether the `input` of an execution is the event of this upload, and not that of another upload to its key.
    pub fn is_in(&self, input: &Value) -> bool {
        let object = input.pointer("/detail/object");
        let has = |field: &str, known: Option<&str>| {
            let found = object.and_then(|object| object.get(field)).and_then(Value::as_str);
            known.is_none_or(|known| found == Some(known))
        };
        object.is_some()
            && has("key", Some(&self.key))
            && has("etag", self.etag.as_deref())
            && has("version-id", self.version_id.as_deref())
    }
}

/// An execution of the state machine.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionRef {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The time of its start.
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
    /// The entity tag of the object.
    pub etag: String,
    /// The id of the object's version; `None` in a bucket without versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The time of the upload.
    pub time: Timestamp,
}

/// A bundle that was fetched for a release.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// Its key in the bucket of the stack.
    pub key: String,
    /// The checksum of its content.
    pub checksum: Checksum,
    /// The commit.
    pub commit: String,
    /// The changes since the live version, a line per commit; `None` if they are unknown.
    pub changelog: Option<String>,
}
