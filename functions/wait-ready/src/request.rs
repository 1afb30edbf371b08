//! The request of a wait for a deployment, and its response.

use jiff::Timestamp;
use mist_core::{
    beanstalk::health::AllowedHealth,
    error::Error,
    names::{EnvironmentName, StackName, VersionLabel},
    release::state::Holder,
};
use serde::{Deserialize, Serialize};

/// The time in seconds for which a wait continues while Beanstalk refuses to describe environments. All stacks share
/// that call: one refusal, such as that of an expired session, must not end the releases of all stacks.
const REFUSED_SECONDS: i64 = 120;

/// The deployment, and its time limits.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The environment.
    pub environment: EnvironmentName,
    /// The version that it must run.
    pub version: VersionLabel,
    /// The id of the update, which its events have; null if no deployment was necessary.
    pub request_id: Option<String>,
    /// The time of the request for the update.
    pub since: Timestamp,
    /// The time limit of the deployment, in seconds.
    pub deploy_timeout_seconds: i64,
    /// The time after the deployment in which the environment must become healthy, in seconds.
    pub health_grace_seconds: i64,
    /// The time for which it must have been healthy without a break, in seconds.
    pub health_stable_seconds: i64,
    /// The health statuses that are good enough.
    pub allowed_health: AllowedHealth,
}

impl Request {
    /// The time limit from the request for the update until the environment is healthy, in seconds.
    pub(crate) fn patience(&self) -> i64 {
        self.deploy_timeout_seconds + self.health_grace_seconds + self.health_stable_seconds
    }

    /// Whether a wait that began at `waiting` continues after `error`.
    pub(crate) fn survives(&self, error: &Error, waiting: Timestamp, now: Timestamp) -> bool {
        if error.is_transient() {
            return now.duration_since(self.since).as_secs() < self.patience();
        }
        now.duration_since(waiting).as_secs() < REFUSED_SECONDS
    }
}

/// The environment, which runs the version and is healthy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The environment as Beanstalk described it.
    pub target: Target,
    /// Its health.
    pub health: String,
    /// The time since the request for the update, in seconds.
    pub seconds: i64,
}

/// An environment as Beanstalk described it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its address.
    pub address: String,
    /// The time of its last update: the swap refuses an environment with a later one.
    pub updated: Option<Timestamp>,
    /// The number of instances that run the version; null under basic health, which reports no instances.
    pub instances: Option<u32>,
}
