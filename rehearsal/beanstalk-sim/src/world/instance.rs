//! Instances, whose version may differ from that of the environment.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::health::checks::{Checks, InstanceHealth};
use super::requests::Requests;
use crate::clock::Moment;
use crate::host::{Application, InstanceLog, Source};

/// The version and number of a deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Release {
    /// The label; `None` is the sample application.
    pub(crate) version: Option<String>,
    pub(crate) deployment_id: u64,
    /// The source, which is not saved but fetched again.
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
    /// The release that it serves, whatever the result of the last deployment.
    pub(crate) running: Release,
    /// The application; `None` before the first deployment and after a failed one.
    #[serde(skip)]
    pub(crate) application: Option<Arc<Application>>,
    #[serde(skip, default = "InstanceLog::new")]
    pub(crate) log: Arc<InstanceLog>,
    /// The steps of the last command that were not run on this machine.
    #[serde(default)]
    pub(crate) not_run: Vec<String>,
    /// Whether the load balancer sends it requests.
    pub(crate) registered: bool,
    pub(crate) condition: Condition,
    /// The start of the running command.
    pub(crate) command: Option<Moment>,
    #[serde(skip)]
    pub(crate) checks: Checks,
    #[serde(skip)]
    pub(crate) requests: Arc<Requests>,
    #[serde(skip)]
    pub(crate) health: InstanceHealth,
}

/// The Auto Scaling group of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Group {
    Permanent,
    /// The temporary group of a deployment to new instances.
    Temporary,
}

/// A condition that health checks cannot detect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Condition {
    #[default]
    Sound,
    /// A fault makes its checks fail.
    Sick,
    /// A command timed out.
    TimedOut,
    /// It runs an old version, and reports the new one.
    LeftBehind,
}

/// The last deployment that an instance reports.
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
    /// The label, or the name of the sample application.
    pub(crate) fn label(&self) -> &str {
        self.version.as_deref().unwrap_or("Sample Application")
    }
}

impl Instance {
    /// A new instance without an application.
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
            not_run: Vec::new(),
            registered: false,
            condition: Condition::Sound,
            command: None,
            checks: Checks::default(),
            requests: Arc::default(),
            health: InstanceHealth::default(),
        }
    }

    /// Whether a release still has to be deployed to it.
    pub(crate) fn awaits(&self, release: &Release) -> bool {
        self.deployment.id != release.deployment_id
            || self.deployment.status == DeploymentStatus::InProgress
    }

    /// Ends a command: the instance has this release, whether its application runs or not.
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
        self.checks.start_over();
    }

    /// Ends a command that failed before it touched the application.
    pub(crate) fn keep(&mut self, release: &Release, at: Timestamp) {
        self.deployment = Deployment::of(release, DeploymentStatus::Failed, at);
        self.command = None;
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
