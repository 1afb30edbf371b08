//! Environments: what they are called, what they claim to run, and what runs in them.

use std::fmt;
use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::event::Subject;
use super::health::{Colour, HealthStatus};
use super::instance::{Instance, Release};
use super::options::OptionSettings;
use super::platform::Platform;

/// An environment.
#[derive(Debug, Clone)]
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
    pub(crate) causes: Vec<String>,
    /// The last release whose deployment succeeded.
    pub(crate) release: Release,
    /// How many deployments were begun.
    pub(crate) deployments: u64,
    pub(crate) instances: Vec<Instance>,
    pub(crate) options: OptionSettings,
    /// What a running update will make of the options.
    pub(crate) pending_options: Option<OptionSettings>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// The operation that runs, or ran last.
    pub(crate) operation: Operation,
}

/// A piece of work on an environment; a later one supersedes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: u64,
    /// The call that began the work; its events carry it.
    pub(crate) request_id: String,
}

/// What an environment is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    WebServer,
    Worker,
}

/// Where an environment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// What clients see as `Health`: grey while something is going on.
    pub(crate) fn colour(&self) -> Colour {
        if self.status == Status::Ready { self.health.colour() } else { Colour::Grey }
    }

    /// The address or host name that clients are told; workers and unborn environments have none.
    pub(crate) fn endpoint(&self) -> Option<String> {
        let address = self.address?;
        Some(self.load_balancer.clone().unwrap_or_else(|| address.to_string()))
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject {
            application: self.application.clone(),
            version: None,
            environment: Some(self.name.clone()),
            environment_id: Some(self.id.clone()),
        }
    }

    pub(crate) fn instance_ids(&self) -> Vec<String> {
        self.instances.iter().map(|instance| instance.id.clone()).collect()
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
