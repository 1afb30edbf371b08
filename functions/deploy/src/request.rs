//! The request of a deployment, and its response.

use jiff::Timestamp;
use mist_core::{
    dns::names::StackNames,
    names::{EnvironmentName, StackName, VersionLabel},
    release::state::Holder,
    stack::{artifact::Artifact, side::Side},
};
use serde::{Deserialize, Serialize};

/// The version, and the environment to deploy it to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// Whether to deploy even if the environment is live.
    pub in_place: bool,
    /// The application.
    pub application: String,
    /// The side of the environment.
    pub side: Side,
    /// The environment to deploy to.
    pub environment: EnvironmentName,
    /// The names whose records decide which environment is live.
    pub record: StackNames,
    /// The version to deploy.
    pub version: VersionLabel,
    /// Its bundle; null if none was uploaded or fetched.
    pub artifact: Option<Artifact>,
    /// Whether Beanstalk had the version when the release was planned.
    #[serde(default)]
    pub version_known: bool,
    /// Whether the environment was stopped when the release was planned.
    pub stopped: bool,
    /// The time at which the step began.
    pub since: Timestamp,
}

/// The deployment that began, or was not necessary.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The id of the update, which its events have; null if the environment already runs the version.
    pub request_id: Option<String>,
    /// Whether the environment already runs the version.
    pub already_running: bool,
    /// The time of the request for the update.
    pub since: Timestamp,
    /// Whether the environment was stopped, and has its instances again.
    pub started: bool,
}
