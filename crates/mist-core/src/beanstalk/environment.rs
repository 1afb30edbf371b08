//! A Beanstalk environment as mist sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::beanstalk::health::Health;

/// What `DescribeEnvironments` says of one environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Environment {
    /// Its name, unique in the account and region.
    pub name: String,
    /// The application it belongs to.
    pub application: String,
    /// The label of the version it last deployed with success. During an update, and after a failed
    /// one, this is still the old label.
    pub version: Option<String>,
    /// What Beanstalk is doing with it. `Ready` does not mean that a deployment succeeded.
    pub status: EnvironmentStatus,
    /// How well it serves.
    pub health: Health,
    /// What it is for.
    pub tier: Tier,
    /// Its own name in DNS, in lower case: `NAME.REGION.elasticbeanstalk.com`.
    pub cname: String,
    /// Where it can be reached: the load balancer's host name, or the IP address of the one instance.
    pub address: String,
    /// The ARN of its platform version; empty where Beanstalk told none.
    pub platform: String,
    /// When it last changed.
    pub updated: Option<Timestamp>,
}

/// What Beanstalk is doing with an environment.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
pub enum EnvironmentStatus {
    /// An update is being stopped.
    Aborting,
    /// It is being created.
    Launching,
    /// A link to another environment is being made.
    LinkingFrom,
    /// A link from another environment is being made.
    LinkingTo,
    /// Nothing is going on.
    Ready,
    /// It is going away.
    Terminating,
    /// It is gone; Beanstalk still lists it for a while.
    Terminated,
    /// An update is going on.
    Updating,
    /// A state that mist does not know; treated as busy.
    Unknown,
}

impl EnvironmentStatus {
    /// Whether the environment is going away or gone.
    pub fn is_ending(self) -> bool {
        matches!(self, Self::Terminating | Self::Terminated)
    }
}

/// What an environment is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tier {
    /// It answers web requests.
    WebServer,
    /// It takes messages from a queue, so no name in DNS can lead to it.
    Worker,
}

/// One line of what Beanstalk says about an environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// When it happened.
    pub time: Timestamp,
    /// How serious it is.
    pub severity: Severity,
    /// Beanstalk's own words.
    pub message: String,
}

/// How serious an event is, least serious first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// `TRACE` and `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR` and `FATAL`.
    Error,
}
