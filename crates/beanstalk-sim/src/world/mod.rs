//! Everything the simulated service knows: plain state without input, output or waiting.

mod application;
mod change;
mod environment;
mod event;
mod health;
mod instance;
pub(crate) mod names;
mod options;
mod platform;
mod site;
mod version;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub(crate) use application::Application;
pub(crate) use change::{Change, Superseded};
pub(crate) use environment::{Environment, Operation, Status, Tier};
pub(crate) use event::{Event, EventLog, Severity, Subject};
pub(crate) use health::HealthStatus;
pub(crate) use instance::{Instance, Release};
pub(crate) use options::{OptionName, OptionSettings};
pub(crate) use platform::Platform;
pub(crate) use site::{Site, SiteError};
pub(crate) use version::{Version, VersionStatus};

use crate::faults::Faults;

/// How many application versions a region may hold.
pub(crate) const VERSION_QUOTA: usize = 1000;

/// The state of the service in one region of one account.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) applications: BTreeMap<String, Application>,
    /// In order of creation.
    pub(crate) versions: Vec<Version>,
    /// In order of creation, the terminated ones included.
    pub(crate) environments: Vec<Environment>,
    pub(crate) events: EventLog,
    pub(crate) faults: Faults,
    /// The tags of whatever has an ARN.
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    last_operation: u64,
}

impl World {
    pub(crate) fn new(region: &str, account: &str) -> Self {
        Self { region: region.to_owned(), account: account.to_owned(), ..Self::default() }
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

    /// Is this host name an environment's already?
    pub(crate) fn cname_is_taken(&self, cname: &str) -> bool {
        self.living().any(|environment| environment.cname.as_deref() == Some(cname))
    }

    /// Starts an operation on an environment, which supersedes the one before.
    pub(crate) fn begin(
        &mut self,
        id: &str,
        status: Status,
        request_id: &str,
    ) -> Option<Operation> {
        self.last_operation += 1;
        let operation = Operation { id: self.last_operation, request_id: request_id.to_owned() };
        let environment = self.environment_mut(id)?;
        environment.status = status;
        environment.operation = operation.clone();
        environment.updated = Timestamp::now();
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
        self.events.record(severity, subject, None, message);
    }

    /// Which release answers the `turn`-th request to an environment; `None` when there is no instance.
    pub(crate) fn serving(&self, environment: &Environment, turn: usize) -> Option<Release> {
        let instances = self.instances_of(environment);
        Some(instances.get(turn.checked_rem(instances.len())?)?.running.clone())
    }

    /// The instances that can be seen, which a fault may hide.
    pub(crate) fn instances_of<'a>(&self, environment: &'a Environment) -> &'a [Instance] {
        if self.faults.zero_instances(&environment.name) { &[] } else { &environment.instances }
    }
}
