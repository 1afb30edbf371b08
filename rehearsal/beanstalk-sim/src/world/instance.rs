//! Instances: what really runs, which may differ from what the environment claims.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::health::checks::{Checks, InstanceHealth};
use super::requests::Requests;
use crate::clock::Moment;
use crate::host::{Application, InstanceLog, Source};

/// What one deployment brings.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Release {
    /// `None` is the sample application.
    pub(crate) version: Option<String>,
    pub(crate) deployment_id: u64,
    /// Sources are not kept, but fetched anew.
    #[serde(skip, default = "Source::sample")]
    pub(crate) source: Arc<Source>,
}

/// One instance of an environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) launched: Timestamp,
    pub(crate) zone: char,
    pub(crate) group: Group,
    pub(crate) deployment: Deployment,
    /// What it serves, whatever became of the last deployment.
    pub(crate) running: Release,
    /// Nothing runs before the first deployment, nor after one that broke it.
    #[serde(skip)]
    pub(crate) application: Option<Arc<Application>>,
    #[serde(skip, default = "InstanceLog::new")]
    pub(crate) log: Arc<InstanceLog>,
    /// Does the load balancer send it requests?
    pub(crate) registered: bool,
    pub(crate) condition: Condition,
    /// Since when a command has been running on it.
    pub(crate) command: Option<Moment>,
    #[serde(skip)]
    pub(crate) checks: Checks,
    #[serde(skip)]
    pub(crate) requests: Arc<Requests>,
    #[serde(skip)]
    pub(crate) health: InstanceHealth,
}

/// Which Auto Scaling group an instance belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Group {
    Permanent,
    /// That of a deployment to new instances, as long as it has not succeeded.
    Temporary,
}

/// What the checks of an instance cannot see by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Condition {
    #[default]
    Sound,
    /// It was told to fail its checks.
    Sick,
    /// A command did not come to an end in time.
    TimedOut,
    /// It runs an old version, and nobody has noticed.
    LeftBehind,
}

/// What an instance tells about its last deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) version: Option<String>,
    pub(crate) status: DeploymentStatus,
    pub(crate) at: Timestamp,
}

/// The outcome of a deployment on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeploymentStatus {
    InProgress,
    Deployed,
    Failed,
}

impl Release {
    /// The label, or what the sample application is called.
    pub(crate) fn label(&self) -> &str {
        self.version.as_deref().unwrap_or("Sample Application")
    }
}

impl Instance {
    /// An instance on which nothing runs yet.
    pub(crate) fn launch(
        id: String,
        number: usize,
        group: Group,
        release: Release,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            launched: at,
            zone: ['a', 'b', 'c'].get(number % 3).copied().unwrap_or('a'),
            group,
            deployment: Deployment::of(&release, DeploymentStatus::InProgress, at),
            running: release,
            application: None,
            log: InstanceLog::new(),
            registered: false,
            condition: Condition::Sound,
            command: None,
            checks: Checks::default(),
            requests: Arc::default(),
            health: InstanceHealth::default(),
        }
    }

    /// Is it to get a release that it neither has got nor has failed to get?
    pub(crate) fn awaits(&self, release: &Release) -> bool {
        self.deployment.id != release.deployment_id
            || self.deployment.status == DeploymentStatus::InProgress
    }

    /// A command is over: the instance has this release, whether it runs or not.
    pub(crate) fn install(
        &mut self,
        release: &Release,
        application: Option<Arc<Application>>,
        at: Timestamp,
    ) {
        let status = if application.is_some() {
            DeploymentStatus::Deployed
        } else {
            DeploymentStatus::Failed
        };
        self.deployment = Deployment::of(release, status, at);
        self.running = release.clone();
        self.application = application;
        self.condition = Condition::Sound;
        self.command = None;
        self.checks = Checks::default();
    }
}

impl Deployment {
    /// The state of a release on an instance.
    pub(crate) fn of(release: &Release, status: DeploymentStatus, at: Timestamp) -> Self {
        Self { id: release.deployment_id, version: release.version.clone(), status, at }
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
