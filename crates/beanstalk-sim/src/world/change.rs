//! The changes that operations make to the world, one by one.

use super::event::Severity;
use super::health::{Colour, HealthStatus};
use super::instance::{Deployment, DeploymentStatus, Instance, Release};
use super::options::OptionSettings;
use super::{Environment, Operation, Status, World};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// One change to an environment, at one moment of an operation.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// An event, with the request's identifier.
    Say(Severity, String),
    /// Health moves and says why; this event carries no request's identifier.
    Health(HealthStatus, String),
    /// The instances begin to work on a release.
    Fetch(Release),
    /// The instances serve a release, except for as many as are left behind unnoticed.
    Install { release: Release, left_behind: usize },
    /// The instances that still work on a release give up on it.
    GiveUp,
    /// The environment counts a release as its own.
    Adopt(Release),
    /// The site is served at this address from now on; workers have none.
    Open(Option<Ipv4Addr>),
    /// The instances are replaced by as many as are configured, with the environment's own release.
    Launch,
    /// These options apply, and instances are added or removed to fit.
    Configure(OptionSettings),
    /// The pending options are forgotten.
    KeepOptions,
    /// The host names of this environment and of another change places.
    SwapCnames(String),
    /// The other environment of a swap is free again.
    Free(String),
    /// The environment is ready.
    Finish,
    /// The environment is no more.
    Terminate,
}

/// The operation is over because another one took its place.
#[derive(Debug, thiserror::Error)]
#[error("superseded by a later operation")]
pub(crate) struct Superseded;

impl World {
    /// Makes a change for an operation, as long as the operation has not been superseded.
    pub(crate) fn apply(
        &mut self,
        id: &str,
        operation: &Operation,
        change: Change,
    ) -> Result<(), Superseded> {
        let environment = self
            .environments
            .iter_mut()
            .find(|environment| environment.id == id && environment.operation == *operation)
            .ok_or(Superseded)?;
        match change {
            Change::Say(severity, message) => {
                let subject = environment.subject();
                environment.updated = self.events.record(
                    severity,
                    subject,
                    Some(operation.request_id.clone()),
                    message,
                );
            }
            Change::Health(health, cause) => self.move_health(id, health, cause),
            Change::Fetch(release) => environment.fetch(&release),
            Change::Install { release, left_behind } => environment.install(&release, left_behind),
            Change::GiveUp => environment.give_up(),
            Change::Adopt(release) => environment.release = release,
            Change::Open(address) => environment.address = address,
            Change::Launch => {
                environment.instances.clear();
                environment.fit_instances();
            }
            Change::Configure(options) => environment.configure(options),
            Change::KeepOptions => environment.pending_options = None,
            Change::SwapCnames(other) => self.swap_cnames(id, &other),
            Change::Free(other) => {
                if let Some(other) = self.environment_mut(&other) {
                    other.finish();
                }
            }
            Change::Finish => environment.finish(),
            Change::Terminate => environment.terminate(),
        }
        Ok(())
    }

    fn move_health(&mut self, id: &str, health: HealthStatus, cause: String) {
        let Some(environment) = self.environment_mut(id) else { return };
        let before = std::mem::replace(&mut environment.health, health);
        // Good health needs no explanation.
        environment.causes = if health == HealthStatus::Ok || cause.is_empty() {
            Vec::new()
        } else {
            vec![cause.clone()]
        };
        if before == health {
            return;
        }
        let severity = if before.worsens_to(health) { Severity::Warn } else { Severity::Info };
        let message = transition(environment, before, cause);
        let subject = environment.subject();
        if let Some(message) = message {
            self.events.record(severity, subject, None, message);
        }
    }

    fn swap_cnames(&mut self, id: &str, other: &str) {
        let cname = |world: &Self, id| {
            world.environment(id).and_then(|environment| environment.cname.clone())
        };
        let (ours, theirs) = (cname(self, id), cname(self, other));
        for (id, cname) in [(id, theirs), (other, ours)] {
            if let Some(environment) = self.environment_mut(id) {
                environment.cname = cname;
            }
        }
    }
}

/// The words for a change of health; basic reporting knows colours only.
fn transition(environment: &Environment, before: HealthStatus, cause: String) -> Option<String> {
    if environment.options.enhanced_health() {
        let reason = if cause.is_empty() { cause } else { format!(" {cause}") };
        let from = if before == HealthStatus::Unknown {
            String::new()
        } else {
            format!(" from {}", before.name())
        };
        return Some(format!(
            "Environment health has transitioned{from} to {}.{reason}",
            environment.health.name()
        ));
    }
    let (old, new) = (before.colour(), environment.health.colour());
    let (from, to) = (old.name().to_uppercase(), new.name().to_uppercase());
    (old != new).then(|| match old {
        Colour::Grey => format!("Environment health has been set to {to}"),
        Colour::Green | Colour::Red => {
            format!("Environment health has transitioned from {from} to {to}")
        }
    })
}

impl Environment {
    fn fetch(&mut self, release: &Release) {
        for instance in &mut self.instances {
            instance.deployment = Deployment::of(release, DeploymentStatus::InProgress);
        }
    }

    fn install(&mut self, release: &Release, left_behind: usize) {
        let installed = self.instances.len().saturating_sub(left_behind);
        for (index, instance) in self.instances.iter_mut().enumerate() {
            if index < installed {
                instance.deployment = Deployment::of(release, DeploymentStatus::Deployed);
                instance.running = release.clone();
            } else {
                instance.deployment = Deployment::of(&instance.running, DeploymentStatus::Deployed);
            }
        }
    }

    fn give_up(&mut self) {
        let deployments = self.instances.iter_mut().map(|instance| &mut instance.deployment);
        for deployment in
            deployments.filter(|deployment| deployment.status == DeploymentStatus::InProgress)
        {
            deployment.status = DeploymentStatus::Failed;
        }
    }

    fn configure(&mut self, options: OptionSettings) {
        self.options = options;
        self.pending_options = None;
        self.fit_instances();
    }

    /// Launches or ends instances until there are as many as configured.
    fn fit_instances(&mut self) {
        let launch = || Instance::launch(self.release.clone());
        self.instances.resize_with(self.options.instance_count(), launch);
    }

    fn finish(&mut self) {
        self.status = Status::Ready;
    }

    fn terminate(&mut self) {
        self.status = Status::Terminated;
        self.instances.clear();
        self.address = None;
        // Nobody will see the site again, so its memory is given back.
        self.release.site = Arc::default();
    }
}
