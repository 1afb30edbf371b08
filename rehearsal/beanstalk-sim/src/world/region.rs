//! The state of the service in one region of one account.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::application::Application;
use super::environment::{Environment, Operation, Status};
use super::event::{EventLog, Severity, Subject};
use super::health::assess;
use super::instance::Instance;
use super::managed::ManagedActions;
use super::names::Names;
use super::template::Template;
use super::version::Version;
use crate::clock::{Clock, Moment};
use crate::faults::Faults;
use crate::health_status::{Colour, HealthStatus};

/// The quota of application versions in a region.
pub(crate) const VERSION_QUOTA: usize = 1000;

/// The state of the service in one region of one account.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) clock: Clock,
    /// The generator of names.
    pub(crate) names: Names,
    pub(crate) applications: BTreeMap<String, Application>,
    /// The versions, in order of creation.
    pub(crate) versions: Vec<Version>,
    /// The environments, in order of creation, with terminated ones.
    pub(crate) environments: Vec<Environment>,
    pub(crate) events: EventLog,
    pub(crate) faults: Faults,
    /// The tags by ARN.
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    /// The saved configurations, by application and name.
    pub(crate) templates: BTreeMap<(String, String), Template>,
    /// The saved configurations that were applied last, by environment identifier.
    pub(crate) applied_templates: BTreeMap<String, String>,
    /// The operations roles, by environment identifier.
    pub(crate) operations_roles: BTreeMap<String, String>,
    /// The links between environments of a group: link names and environments, by environment identifier.
    pub(crate) environment_links: BTreeMap<String, Vec<(String, String)>>,
    /// The managed actions, by environment identifier.
    pub(crate) managed_actions: BTreeMap<String, ManagedActions>,
    /// The number of operations so far.
    pub(crate) last_operation: u64,
}

impl World {
    pub(crate) fn new(region: &str, account: &str, clock: Clock, seed: Option<u64>) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            clock,
            names: Names::new(seed),
            applications: BTreeMap::new(),
            versions: Vec::new(),
            environments: Vec::new(),
            events: EventLog::default(),
            faults: Faults::default(),
            tags: BTreeMap::new(),
            templates: BTreeMap::new(),
            applied_templates: BTreeMap::new(),
            operations_roles: BTreeMap::new(),
            environment_links: BTreeMap::new(),
            managed_actions: BTreeMap::new(),
            last_operation: 0,
        }
    }

    /// The current date.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.date()
    }

    /// The ARN of a resource such as `environment/shop/shop-a`.
    pub(crate) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:elasticbeanstalk:{}:{}:{resource}", self.region, self.account)
    }

    /// The tags of an environment, which its resources have as well.
    pub(crate) fn tags_of(&self, environment: &Environment) -> BTreeMap<String, String> {
        let resource = format!("environment/{}/{}", environment.application, environment.name);
        let mut tags = self.tags.get(&self.arn(&resource)).cloned().unwrap_or_default();
        tags.extend(environment.own_tags());
        tags
    }

    pub(crate) fn template(&self, application: &str, name: &str) -> Option<&Template> {
        self.templates.get(&(application.to_owned(), name.to_owned()))
    }

    /// The environment with this identifier, terminated or not.
    pub(crate) fn environment(&self, id: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.id == id)
    }

    pub(crate) fn environment_mut(&mut self, id: &str) -> Option<&mut Environment> {
        self.environments.iter_mut().find(|environment| environment.id == id)
    }

    /// The environments that are not terminated.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Environment> {
        self.environments.iter().filter(|environment| environment.status != Status::Terminated)
    }

    /// The environment of this name that is not terminated; there is at most one.
    pub(crate) fn named(&self, name: &str) -> Option<&Environment> {
        self.living().find(|environment| environment.name == name)
    }

    pub(crate) fn version(&self, application: &str, label: &str) -> Option<&Version> {
        self.versions
            .iter()
            .find(|version| version.application == application && version.label == label)
    }

    pub(crate) fn version_mut(&mut self, application: &str, label: &str) -> Option<&mut Version> {
        self.versions
            .iter_mut()
            .find(|version| version.application == application && version.label == label)
    }

    /// Whether an environment has this host name.
    pub(crate) fn cname_is_taken(&self, cname: &str) -> bool {
        self.living().any(|environment| environment.cname.as_deref() == Some(cname))
    }

    /// Starts an operation, which supersedes the previous one. `version` is the label that it deploys.
    pub(crate) fn begin(
        &mut self,
        id: &str,
        status: Status,
        request_id: &str,
        version: Option<&str>,
    ) -> Option<Operation> {
        self.last_operation += 1;
        let operation = Operation {
            id: self.last_operation,
            request_id: request_id.to_owned(),
            version: version.map(str::to_owned),
        };
        let now = self.now();
        let environment = self.environment_mut(id)?;
        environment.status = status;
        environment.operation = operation.clone();
        environment.updated = now;
        Some(operation)
    }

    /// Records an event about an application or one of its versions.
    pub(crate) fn note(
        &mut self,
        severity: Severity,
        application: &str,
        label: Option<&str>,
        message: String,
    ) {
        let subject = Subject {
            application: application.to_owned(),
            version: label.map(str::to_owned),
            ..Subject::default()
        };
        let now = self.now();
        self.events.record(now, severity, subject, None, message);
    }

    /// Records an event about an environment. Events of operations carry the request ID.
    pub(crate) fn say(
        &mut self,
        id: &str,
        request_id: Option<String>,
        severity: Severity,
        message: String,
    ) {
        let now = self.now();
        let Some(environment) =
            self.environments.iter_mut().find(|environment| environment.id == id)
        else {
            return;
        };
        let by_operation = request_id.is_some();
        let date = self.events.record(now, severity, environment.subject(), request_id, message);
        if by_operation {
            environment.updated = date;
        }
    }

    /// Assesses the health of an environment, and records an event if it has changed.
    pub(crate) fn assess(&mut self, id: &str) {
        let moment = self.clock.moment();
        let Some(environment) =
            self.environments.iter_mut().find(|environment| environment.id == id)
        else {
            return;
        };
        let target = environment.target();
        let flap = self.faults.flap(&target);
        let forced =
            self.faults.health(&target).or_else(|| flap.map(|seconds| flapping(moment, seconds)));
        let hidden = self.faults.zero_instances(&target);
        let before = environment.health;
        let (health, causes) = assess(environment, moment, forced, hidden);
        let sentence = causes.join(" ");
        environment.health = health;
        // Good health needs no explanation.
        environment.causes = if health == HealthStatus::Ok { Vec::new() } else { causes };
        if before == health {
            return;
        }
        let message = transition(environment, before, &sentence);
        let severity = if before.worsens_to(health) { Severity::Warn } else { Severity::Info };
        if let Some(message) = message {
            self.say(id, None, severity, message);
        }
    }

    /// The visible instances, which a fault may hide.
    pub(crate) fn instances_of<'a>(&self, environment: &'a Environment) -> &'a [Instance] {
        if self.faults.zero_instances(&environment.target()) { &[] } else { &environment.instances }
    }
}

/// Flapping health: bad in every second phase.
fn flapping(now: Moment, seconds: f64) -> HealthStatus {
    let phase = now.since(Moment::default()) % (2.0 * seconds);
    if phase < seconds { HealthStatus::Severe } else { HealthStatus::Ok }
}

/// The message about a change of health. Basic reporting has colours only.
fn transition(environment: &Environment, before: HealthStatus, sentence: &str) -> Option<String> {
    let health = environment.health;
    if environment.options.enhanced_health() {
        let reason = if sentence.is_empty() { String::new() } else { format!(" {sentence}") };
        let from = if before == HealthStatus::Unknown {
            String::new()
        } else {
            format!(" from {}", before.name())
        };
        return Some(format!(
            "Environment health has transitioned{from} to {}.{reason}",
            health.name()
        ));
    }
    let (old, new) = (before.colour(), health.colour());
    let (from, to) = (old.name().to_uppercase(), new.name().to_uppercase());
    (old != new).then(|| match old {
        Colour::Grey => format!("Environment health has been set to {to}"),
        Colour::Green | Colour::Yellow | Colour::Red => {
            format!("Environment health has transitioned from {from} to {to}")
        }
    })
}
