//! What a run of the workflow is asked to do, read and checked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::{
    EnvironmentName, Environments, GitRef, LockSettings, RecordRef, StackName, VersionLabel,
};

/// What the workflow can be asked to do.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Operation {
    /// Deploys a version; to a whole stack, it also goes live.
    Deploy,
    /// Warms an environment up.
    Warm,
    /// Makes the idle side live, with what it runs.
    Swap,
    /// Makes the side live again that was live before.
    Rollback,
    /// Marks what is live.
    Mark,
    /// Gives an environment back the instances that it had before it was stopped.
    Start,
    /// Takes all instances away from an environment, which then costs next to nothing.
    Stop,
    /// Looks at both sides.
    Version,
}

/// What a run is asked to do, by a person, a schedule or an upload: what all later steps go by.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// What to do.
    pub operation: Operation,
    /// On which stack.
    pub stack: StackName,
    /// On which environment of it; `None` leaves that to the plan.
    pub environment: Option<EnvironmentName>,
    /// With which version; `None`: the newest.
    pub version: Option<VersionLabel>,
    /// Who asks.
    pub user: String,
    /// The upload that started the run.
    pub upload: Option<Upload>,
    /// The branch, tag or commit that the version is fetched from, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<GitRef>,
    /// The bundle that was made of it; added by the workflow when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched: Option<Fetched>,
    /// Whether the version may be deployed to the side that is live.
    pub in_place: bool,
    /// Whether the side that is live may be stopped.
    pub live: bool,
    /// Whether a stack that somebody changed without mist may be taken as it is.
    pub accept_drift: bool,
    /// The same in a few words.
    pub reason: String,
    /// The key of the release in what mist remembers: the same however often the run is told of.
    pub release_id: String,
    /// For how many seconds the run needs the lock until it is renewed.
    pub lease_seconds: i64,
    /// How it gets along with others.
    pub lock: LockSettings,
    /// The environments of the stack.
    pub environments: Environments,
    /// The record of the stack.
    pub record: RecordRef,
}

/// An upload that started a run.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The entity tag of what was uploaded.
    pub etag: String,
    /// When it was uploaded.
    pub time: Timestamp,
}

/// A bundle that was fetched for a run.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fetched {
    /// The key, in the bucket of the stack.
    pub key: String,
    /// The entity tag of what was written there.
    pub etag: String,
}
