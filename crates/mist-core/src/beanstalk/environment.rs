//! A Beanstalk environment, and the checks whether mist can release to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::Display;

use crate::{beanstalk::health::Health, error::Error};

/// An environment, as `DescribeEnvironments` describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Environment {
    /// Its name, unique in the account and region.
    pub name: String,
    /// The application it belongs to.
    pub application: String,
    /// The label of the last version that was deployed with success: still the old one during an update, and after a
    /// failed one.
    pub version: Option<String>,
    /// Its status. `Ready` does not mean that a deployment succeeded.
    pub status: EnvironmentStatus,
    /// Its health.
    pub health: Health,
    /// Its tier.
    pub tier: Tier,
    /// Its own DNS name, in lower case: `NAME.REGION.elasticbeanstalk.com`.
    pub cname: String,
    /// Its address: the load balancer's host name, or the IP address of the single instance.
    pub address: String,
    /// The ARN of its platform version; empty if Beanstalk gives none.
    pub platform: String,
    /// The time of its last update.
    pub updated: Option<Timestamp>,
}

impl Environment {
    /// The reasons why no release of `application` can use the environment, the most basic one first; empty if there
    /// are none.
    pub fn problems(&self, application: &str) -> Vec<Error> {
        let environment = || self.name.clone();
        let mut problems = Vec::new();
        if self.application != application {
            let (found, expected) = (self.application.clone(), application.to_owned());
            let environment = environment();
            problems.push(Error::ForeignEnvironment { environment, found, expected });
        }
        if self.tier == Tier::Worker {
            problems.push(Error::WorkerTier { environment: environment() });
        }
        if self.status.is_ending() {
            let status = self.status.to_string();
            problems.push(Error::EnvironmentTerminating { environment: environment(), status });
        }
        problems
    }
}

/// The status of an environment.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
pub enum EnvironmentStatus {
    /// An update is being aborted.
    Aborting,
    /// It is being created.
    Launching,
    /// A link to another environment is being made.
    LinkingFrom,
    /// A link from another environment is being made.
    LinkingTo,
    /// No operation is in progress.
    Ready,
    /// It is being terminated.
    Terminating,
    /// It is terminated; Beanstalk still lists it for a while.
    Terminated,
    /// An update is in progress.
    Updating,
    /// A status that mist does not know; treated as busy.
    Unknown,
}

impl EnvironmentStatus {
    /// Whether the environment is terminating or terminated.
    pub fn is_ending(self) -> bool {
        matches!(self, Self::Terminating | Self::Terminated)
    }
}

/// The tier of an environment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tier {
    /// Web requests.
    WebServer,
    /// Messages of a queue. No DNS record can point to it.
    Worker,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment {
            name: "Demo-QA-A".to_owned(),
            application: "Demo".to_owned(),
            version: None,
            status: EnvironmentStatus::Ready,
            health: Health::default(),
            tier: Tier::WebServer,
            cname: String::new(),
            address: String::new(),
            platform: String::new(),
            updated: None,
        }
    }

    #[test]
    fn a_web_environment_of_the_application_has_no_problems() {
        assert!(environment().problems("Demo").is_empty());
        let busy = Environment { status: EnvironmentStatus::Updating, ..environment() };
        assert!(busy.problems("Demo").is_empty(), "a release waits for it");
    }

    #[test]
    fn every_problem_of_an_environment_is_named() {
        let (status, tier) = (EnvironmentStatus::Terminating, Tier::Worker);
        let unusable = Environment { status, tier, ..environment() };
        let names: Vec<_> = unusable.problems("Shop").iter().map(Error::code).collect();
        let expected = ["ForeignEnvironment", "WorkerTier", "EnvironmentTerminating"];
        assert_eq!(names, expected.map(|name| format!("Mist.{name}")));
    }
}
