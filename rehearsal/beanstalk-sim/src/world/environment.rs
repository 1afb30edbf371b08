//! Environments with their settings, instances and operation.

use std::fmt;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Subject;
use super::group::AutoScalingGroup;
use super::health::activity::Activity;
use super::info::InstanceInfo;
use super::instance::{Condition, Deployment, DeploymentStatus, Group, Instance, Release};
use super::options::{OptionName, OptionSettings, health_check::HealthCheck};
use super::platform::Platform;
use crate::faults::Target;
use crate::health_status::{Colour, HealthStatus};
use crate::host::{PROXY_PORT, Source};

/// An environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) application: String,
    pub(crate) description: Option<String>,
    pub(crate) tier: Tier,
    pub(crate) platform: Platform,
    /// The platform of new instances while an update replaces the instances. It is not saved, as such an update ends
    /// with the simulator.
    #[serde(skip)]
    pub(crate) next_platform: Option<Platform>,
    /// The host name under `elasticbeanstalk.com`; `None` for workers.
    pub(crate) cname: Option<String>,
    /// The host name of the load balancer, if any.
    pub(crate) load_balancer: Option<String>,
    /// The address of the site, once the environment is launched.
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) status: Status,
    pub(crate) health: HealthStatus,
    #[serde(skip)]
    pub(crate) causes: Vec<String>,
    /// The current or last activity, which health reports.
    pub(crate) activity: Option<Activity>,
    /// The last release whose deployment succeeded.
    pub(crate) release: Release,
    /// The number of deployments so far.
    pub(crate) deployments: u64,
    pub(crate) group: AutoScalingGroup,
    pub(crate) instances: Vec<Instance>,
    /// The share of requests for the temporary group during traffic splitting, in percent.
    pub(crate) split: Option<u32>,
    /// The uploaded logs of instances.
    #[serde(skip)]
    pub(crate) infos: Vec<InstanceInfo>,
    pub(crate) options: OptionSettings,
    /// The settings of the configuration files of its version, which `options` has too.
    #[serde(default)]
    pub(crate) file_options: Vec<(OptionName, String)>,
    /// The options after the running update.
    pub(crate) pending_options: Option<OptionSettings>,
    /// The options and the platform before the running update.
    #[serde(default)]
    pub(crate) before_update: Option<(OptionSettings, Platform)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// The label for the running creation; `None` is the sample application.
    pub(crate) first_version: Option<String>,
    /// The current or last operation.
    pub(crate) operation: Operation,
}

/// An operation on an environment. A later one supersedes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: u64,
    /// The request ID of the operation, which its events carry.
    pub(crate) request_id: String,
    /// The version that it deploys, if any.
    #[serde(default)]
    pub(crate) version: Option<String>,
}

/// The tier of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tier {
    WebServer,
    Worker,
}

/// The status of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Launching,
    /// An operation that can be aborted.
    Updating,
    /// An operation that cannot be aborted, such as a swap. On the wire it is `Updating` too.
    Busy,
    Aborting,
    Ready,
    Terminating,
    Terminated,
}

impl Environment {
    /// The tags that the service gives to environments.
    pub(super) fn own_tags(&self) -> [(String, String); 3] {
        [
            ("Name".to_owned(), self.name.clone()),
            ("elasticbeanstalk:environment-id".to_owned(), self.id.clone()),
            ("elasticbeanstalk:environment-name".to_owned(), self.name.clone()),
        ]
    }

    /// The `Health` in answers. During operations it is grey with basic reporting, and before the launch. A terminated
    /// environment is grey.
    pub(crate) fn colour(&self) -> Colour {
        if self.status == Status::Terminated {
            Colour::Grey
        } else if self.status == Status::Ready || self.options.enhanced_health() {
            self.health.colour()
        } else {
            Colour::Grey
        }
    }

    /// The `HealthStatus` in answers; `None` with basic reporting, and after the termination, which is *assumed*.
    pub(crate) fn health_status(&self) -> Option<HealthStatus> {
        let reported = self.options.enhanced_health() && self.status != Status::Terminated;
        reported.then_some(self.health)
    }

    /// The address or host name in answers; `None` for workers and before the launch.
    pub(crate) fn endpoint(&self) -> Option<String> {
        let address = self.address?;
        Some(self.load_balancer.clone().unwrap_or_else(|| address.to_string()))
    }

    /// The platform of an instance that is launched or deployed to now.
    pub(crate) fn instance_platform(&self) -> &Platform {
        self.next_platform.as_ref().unwrap_or(&self.platform)
    }

    /// The version that is being deployed.
    pub(crate) fn arriving(&self) -> Option<&str> {
        match self.status {
            Status::Launching | Status::Updating | Status::Busy | Status::Aborting => {
                self.operation.version.as_deref()
            }
            Status::Ready | Status::Terminating | Status::Terminated => None,
        }
    }

    /// The target of faults: the environment with the version that is being deployed, or else the current one.
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            version: self.arriving().or(self.release.version.as_deref()),
            ..Target::environment(&self.name)
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject {
            application: self.application.clone(),
            environment: Some(self.name.clone()),
            environment_id: Some(self.id.clone()),
            ..Subject::default()
        }
    }

    pub(crate) fn instance_ids(&self) -> Vec<String> {
        self.instances.iter().map(|instance| instance.id.clone()).collect()
    }

    /// The health check of its instances.
    pub(crate) fn health_check(&self) -> HealthCheck {
        self.options.health_check(self.load_balancer.is_some())
    }

    /// The port of instances that gets the traffic.
    pub(crate) fn traffic_port(&self) -> u16 {
        if self.load_balancer.is_some() { self.options.traffic_port() } else { PROXY_PORT }
    }

    /// The number of instances of the Auto Scaling group.
    pub(crate) fn capacity(&self) -> usize {
        self.instances.iter().filter(|instance| instance.group == Group::Permanent).count()
    }

    pub(crate) fn instance_mut(&mut self, id: &str) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|instance| instance.id == id)
    }

    /// The instance for the request with number `turn`: one that passes its checks, or else any registered one.
    pub(crate) fn serving(&self, turn: usize) -> Option<&Instance> {
        let to_temporary = self.split.map(|percent| turn % 100 < percent as usize);
        let registered = || {
            self.instances.iter().filter(move |instance| {
                instance.registered
                    && to_temporary
                        .is_none_or(|temporary| (instance.group == Group::Temporary) == temporary)
            })
        };
        let healthy = || {
            registered()
                .filter(|instance| instance.checks.is_healthy() && instance.application.is_some())
        };
        let count = healthy().count();
        if count > 0 {
            return healthy().nth(turn % count);
        }
        registered().nth(turn.checked_rem(registered().count())?)
    }

    /// Ends the commands in progress, and removes the temporary instances.
    pub(crate) fn give_up(&mut self) {
        self.next_platform = None;
        self.instances.retain(|instance| instance.group == Group::Permanent);
        self.split = None;
        for instance in &mut self.instances {
            instance.command = None;
            instance.registered = true;
            if instance.deployment.status == DeploymentStatus::InProgress {
                instance.deployment.status = DeploymentStatus::Failed;
            }
        }
    }

    /// Makes an instance keep its version and report success.
    pub(crate) fn leave_behind(&mut self, id: &str, at: Timestamp) {
        if let Some(instance) = self.instance_mut(id) {
            instance.deployment = Deployment::of(&instance.running, DeploymentStatus::Deployed, at);
            instance.condition = Condition::LeftBehind;
            instance.command = None;
        }
    }

    /// Gives the options the settings of configuration files. Returns whether they differ from those before.
    pub(crate) fn use_files(&mut self, settings: Vec<(OptionName, String)>) -> bool {
        let changed = self.file_options != settings;
        if changed {
            self.file_options = settings;
            self.read_files();
            self.group.configure(&self.options);
        }
        changed
    }

    /// Gives the options the settings of configuration files that were saved beside them.
    pub(crate) fn read_files(&mut self) {
        let pending = self.pending_options.as_mut();
        let before = self.before_update.as_mut().map(|(options, _)| options);
        for options in [&mut self.options].into_iter().chain(pending).chain(before) {
            options.set_files(&self.file_options);
        }
    }

    /// Restores the settings and the platform before the running update. Returns whether they differ.
    pub(crate) fn restore_settings(&mut self) -> bool {
        let Some((options, platform)) = self.before_update.take() else { return false };
        let changed = self.options != options;
        self.options = options;
        self.platform = platform;
        self.group.configure(&self.options);
        changed
    }

    /// Makes a terminated environment one that has not been launched yet.
    pub(crate) fn rebuild(&mut self) {
        self.first_version = self.release.version.take();
        self.release.deployment_id = 0;
        self.deployments = 0;
        self.health = HealthStatus::Unknown;
        self.causes.clear();
        self.activity = None;
        self.infos.clear();
        self.group.rebuild(&self.options);
    }

    pub(crate) fn terminate(&mut self) {
        self.status = Status::Terminated;
        self.instances.clear();
        self.address = None;
        // The source is no longer used, so its folder can be removed.
        self.release.source = Source::sample();
    }
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebServer => "WebServer",
            Self::Worker => "Worker",
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::WebServer => "Standard",
            Self::Worker => "SQS/HTTP",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Launching => "Launching",
            Self::Updating | Self::Busy => "Updating",
            Self::Aborting => "Aborting",
            Self::Ready => "Ready",
            Self::Terminating => "Terminating",
            Self::Terminated => "Terminated",
        })
    }
}
