//! The history of releases: items of the table `mist-releases`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{checksum::Checksum, stack::side::Side};

/// One release.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastRelease {
    /// The format of the item: [`PastRelease::FORMAT`].
    pub format_version: u32,
    /// The stack.
    pub stack: String,
    /// Its key, which orders the releases of a stack by time and is the same for all events of one upload.
    pub id: String,
    /// The ARN of the execution.
    #[serde(alias = "run")]
    pub execution: String,
    /// The operation: `deploy`, `swap` …
    pub operation: String,
    /// The user, or `upload`, or `mist`, that started it.
    pub started_by: String,
    /// What they said about it; `None` if nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The time of its start.
    pub started_at: Timestamp,
    /// The time of its end; `None` until then.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// [`PastRelease::RUNNING`], [`PastRelease::DONE`], or the name of its error.
    pub verdict: String,
    /// The message of the error; `None` if there is none.
    #[serde(default)]
    pub reason: Option<String>,
    /// The version.
    #[serde(default)]
    pub version: Option<String>,
    /// The live environment before it.
    #[serde(default)]
    pub from: Option<SideVersion>,
    /// The target.
    #[serde(default)]
    pub to: Option<SideVersion>,
    /// The bundle, if one was uploaded.
    #[serde(default)]
    pub artifact: Option<ArtifactNote>,
    /// The drift that it accepted: what differed from the stored state of the stack. `None` without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_drift: Option<String>,
    /// The duration of each step in seconds, by the name of its state.
    #[serde(default)]
    pub steps: BTreeMap<String, f64>,
}

impl PastRelease {
    /// The format that this mist writes and reads.
    pub const FORMAT: u32 = 1;
    /// The verdict of a release that has not ended.
    pub const RUNNING: &'static str = "running";
    /// The verdict of a release that succeeded.
    pub const DONE: &'static str = "done";
}

/// The plan of a release, for its item.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The version.
    pub version: Option<String>,
    /// The live environment before it.
    pub from: SideVersion,
    /// The target.
    pub to: SideVersion,
    /// The bundle, if one was uploaded.
    pub artifact: Option<ArtifactNote>,
    /// The drift that it accepts. `None` leaves what an earlier plan of the release accepted.
    pub accepted_drift: Option<String>,
}

/// An environment with its version.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideVersion {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: String,
    /// Its version.
    pub version: Option<String>,
}

/// The bundle of a release.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactNote {
    /// Its key in the artifact bucket.
    pub key: String,
    /// The entity tag of the object.
    pub etag: String,
    /// The id of the object's version; `None` in a bucket without versions, and in old items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// The checksum of its content; `None` in old items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// The end of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseEnd {
    /// The time of the end.
    pub ended_at: Timestamp,
    /// [`PastRelease::DONE`], or the name of its error.
    pub verdict: String,
    /// The message of the error; `None` if there is none.
    pub reason: Option<String>,
}
