//! Instances: what really runs, which may differ from what the environment claims.

use std::sync::Arc;

use jiff::Timestamp;

use super::names;
use super::site::Site;

/// What one deployment brings.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    /// `None` is the sample application.
    pub(crate) version: Option<String>,
    pub(crate) deployment_id: u64,
    pub(crate) site: Arc<Site>,
}

/// One instance of an environment.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) launched: Timestamp,
    pub(crate) deployment: Deployment,
    /// What it serves, whatever became of the last deployment.
    pub(crate) running: Release,
}

/// What an instance tells about its last deployment.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) version: Option<String>,
    pub(crate) status: DeploymentStatus,
    pub(crate) at: Timestamp,
}

/// The outcome of a deployment on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeploymentStatus {
    InProgress,
    Deployed,
    Failed,
}

impl Instance {
    pub(crate) fn launch(running: Release) -> Self {
        Self {
            id: format!("i-{}", names::hexadecimal(17)),
            launched: Timestamp::now(),
            deployment: Deployment::of(&running, DeploymentStatus::Deployed),
            running,
        }
    }
}

impl Deployment {
    /// The state of a release on an instance, as of now.
    pub(crate) fn of(release: &Release, status: DeploymentStatus) -> Self {
        Self {
            id: release.deployment_id,
            version: release.version.clone(),
            status,
            at: Timestamp::now(),
        }
    }
}

impl DeploymentStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "In Progress",
            Self::Deployed => "Deployed",
            Self::Failed => "Failed",
        }
    }
}
