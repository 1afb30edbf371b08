//! Environments: what they are called, what they claim to run, and what runs in them.

use std::fmt;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Subject;
use super::group::AutoScalingGroup;
use super::health::activity::Activity;
use super::info::InstanceInfo;
use super::instance::{Condition, Deployment, DeploymentStatus, Group, Instance, Release};
use super::options::OptionSettings;
use super::platform::Platform;
use crate::faults::Target;
use crate::health_status::{Colour, HealthStatus};
use crate::host::Source;

/// An environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) application: String,
    pub(crate) description: Option<String>,
    pub(crate) tier: Tier,
    pub(crate) platform: Platform,
    /// The host name under `elasticbeanstalk.com`; workers have none.
    pub(crate) cname: Option<String>,
    /// The host name of the load balancer, when there is one.
    pub(crate) load_balancer: Option<String>,
    /// Where the site is served, once the environment has been launched.
    pub(crate) address: Option<Ipv4Addr>,
    pub(crate) status: Status,
    pub(crate) health: HealthStatus,
    #[serde(skip)]
    pub(crate) causes: Vec<String>,
    /// What goes on, or went on last; health tells of it.
    pub(crate) activity: Option<Activity>,
    /// The last release whose deployment succeeded.
    pub(crate) release: Release,
    /// How many deployments were begun.
    pub(crate) deployments: u64,
    pub(crate) group: AutoScalingGroup,
    pub(crate) instances: Vec<Instance>,
    /// The share of requests that go to the temporary group while a deployment splits the traffic, in percent.
    pub(crate) split: Option<u32>,
    /// The logs that instances have handed over.
    #[serde(skip)]
    pub(crate) infos: Vec<InstanceInfo>,
    pub(crate) options: OptionSettings,
    /// What a running update will make of the options.
    pub(crate) pending_options: Option<OptionSettings>,
    /// The options and the platform from before a running update that changes them.
    #[serde(default)]
    pub(crate) before_update: Option<(OptionSettings, Platform)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// The label that the running creation is to deploy; `None` is the sample application.
    pub(crate) first_version: Option<String>,
    /// The operation that runs, or ran last.
    pub(crate) operation: Operation,
}

/// A piece of work on an environment; a later one supersedes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: u64,
    /// The call that began the work; its events carry it.
    pub(crate) request_id: String,
    /// The version that it puts on instances, if it does.
    #[serde(default)]
    pub(crate) version: Option<String>,
}

/// What an environment is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tier {
    WebServer,
    Worker,
}

/// Where an environment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Launching,
    /// Work that can be aborted.
    Updating,
    /// Work that cannot be aborted, such as a swap; the wire says `Updating` as well.
    Busy,
    Aborting,
    Ready,
    Terminating,
    Terminated,
}

impl Environment {
    /// The tags that the service gives to environments by itself.
    pub(super) fn own_tags(&self) -> [(String, String); 3] {
        [
            ("Name".to_owned(), self.name.clone()),
            ("elasticbeanstalk:environment-id".to_owned(), self.id.clone()),
            ("elasticbeanstalk:environment-name".to_owned(), self.name.clone()),
        ]
    }

    /// What clients see as `Health`: basic reporting, and whatever is not yet launched, is grey while something
    /// goes on.
    pub(crate) fn colour(&self) -> Colour {
        if self.status == Status::Ready || self.options.enhanced_health() {
            self.health.colour()
        } else {
            Colour::Grey
        }
    }

    /// The address or host name that clients are told; workers and unborn environments have none.
    pub(crate) fn endpoint(&self) -> Option<String> {
        let address = self.address?;
        Some(self.load_balancer.clone().unwrap_or_else(|| address.to_string()))
    }

    /// The version that is being put on instances.
    pub(crate) fn arriving(&self) -> Option<&str> {
        match self.status {
            Status::Launching | Status::Updating | Status::Busy | Status::Aborting => {
                self.operation.version.as_deref()
            }
            Status::Ready | Status::Terminating | Status::Terminated => None,
        }
    }

    /// What faults of the environment, and of the version that arrives or else runs there, apply to.
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

    /// How many instances the Auto Scaling group has.
    pub(crate) fn capacity(&self) -> usize {
        self.instances.iter().filter(|instance| instance.group == Group::Permanent).count()
    }

    pub(crate) fn instance_mut(&mut self, id: &str) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|instance| instance.id == id)
    }

    /// The instance that answers the `turn`-th request: one that passes its checks, or else any that is registered.
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
            registered().filter(|instance| {
                instance.checks.failed_in_a_row == 0 && instance.application.is_some()
            })
        };
        let count = healthy().count();
        if count > 0 {
            return healthy().nth(turn % count);
        }
        registered().nth(turn.checked_rem(registered().count())?)
    }

    /// Gives up on commands that have not ended, and on instances that a deployment brought along.
    pub(crate) fn give_up(&mut self) {
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

    /// The instance stays on what it runs, and nobody notices.
    pub(crate) fn leave_behind(&mut self, id: &str, at: Timestamp) {
        if let Some(instance) = self.instance_mut(id) {
            instance.deployment = Deployment::of(&instance.running, DeploymentStatus::Deployed, at);
            instance.condition = Condition::LeftBehind;
            instance.command = None;
        }
    }

    /// Goes back to the settings and the platform from before the update that runs; answers whether they differ.
    pub(crate) fn restore_settings(&mut self) -> bool {
        let Some((options, platform)) = self.before_update.take() else { return false };
        let changed = self.options != options;
        self.options = options;
        self.platform = platform;
        self.group.configure(&self.options);
        changed
    }

    pub(crate) fn terminate(&mut self) {
        self.status = Status::Terminated;
        self.instances.clear();
        self.address = None;
        // Nobody will see the source again, so its folder can go.
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
