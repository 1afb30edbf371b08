//! A Beanstalk environment as mist sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

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

/// How well an environment serves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Health {
    /// `Green`, `Yellow`, `Red` or `Grey`.
    pub color: String,
    /// `Ok`, `Info`, `Warning`, `Degraded`, `Severe` … ; only where enhanced health is on.
    pub status: Option<String>,
}

impl Health {
    /// Whether it is good enough to be put live: `Ok` or `Info` under enhanced health, else `Green`.
    /// Grey is neither good nor bad, so it is not good enough.
    pub fn is_good(&self) -> bool {
        match &self.status {
            Some(status) => status == "Ok" || status == "Info",
            None => self.color == "Green",
        }
    }
}

impl std::fmt::Display for Health {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.status {
            Some(status) => write!(formatter, "{} ({status})", self.color),
            None => formatter.write_str(&self.color),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn health(color: &str, status: Option<&str>) -> Health {
        Health { color: color.to_owned(), status: status.map(str::to_owned) }
    }

    #[test]
    fn enhanced_health_decides_where_it_is_on() {
        assert!(health("Green", Some("Ok")).is_good());
        assert!(health("Green", Some("Info")).is_good());
        assert!(!health("Green", Some("Warning")).is_good());
    }

    #[test]
    fn grey_is_not_good() {
        assert!(!health("Grey", None).is_good());
        assert!(!health("Grey", Some("Pending")).is_good());
        assert!(health("Green", None).is_good());
    }
}
