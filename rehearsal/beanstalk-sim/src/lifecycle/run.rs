//! A running operation: the passing of time, and the changes of its environment.

use std::sync::Arc;
use std::time::Duration;

use super::deployment_log::{self, DeploymentLog};
use super::summary::{Executed, Summary};
use crate::clock::Moment;
use crate::engine::{Engine, Superseded};
use crate::world::{Activity, Environment, Instance, Operation, Severity, Status, World};

/// The minimum time for a real process to become healthy once it listens, with any time scale.
const REAL_PATIENCE: Duration = Duration::from_secs(10);

/// A running operation of one environment, or an action of its Auto Scaling group.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) engine: Arc<Engine>,
    pub(crate) environment_id: String,
    pub(crate) environment_name: String,
    /// The operation; `None` for an action beside operations, which only the end of the environment stops.
    operation: Option<Operation>,
    began: Moment,
    /// The planned seconds so far, multiplied by the stretch.
    planned: f64,
    /// The factor of planned seconds.
    stretch: f64,
    /// The log that an operation uploads once it deploys, unless the environment turns that off.
    deployment_log: Option<Arc<DeploymentLog>>,
    /// The instance that was the first to deploy, which leads the others.
    leader: Option<String>,
}

/// The parameters of a new operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    /// The status of the environment during the operation.
    pub(crate) status: Status,
    /// The request ID in its events.
    pub(crate) request_id: &'a str,
    /// The label of the version that it deploys, if any.
    pub(crate) version: Option<&'a str>,
    /// The factor of planned seconds.
    pub(crate) stretch: f64,
}

impl<'a> Order<'a> {
    /// An order without a version, with the planned duration.
    pub(crate) fn new(status: Status, request_id: &'a str) -> Self {
        Self { status, request_id, version: None, stretch: 1.0 }
    }
}

impl Run {
    /// Begins an operation, which supersedes the previous one. Its stretch includes the `slow` fault. `None` if the
    /// environment does not exist.
    pub(crate) fn begin(
        engine: &Arc<Engine>,
        world: &mut World,
        id: &str,
        order: Order<'_>,
    ) -> Option<Self> {
        let Order { status, request_id, version, stretch } = order;
        let operation = world.begin(id, status, request_id, version)?;
        let environment = world.environment(id)?;
        Some(Self {
            engine: Arc::clone(engine),
            environment_id: environment.id.clone(),
            environment_name: environment.name.clone(),
            operation: Some(operation),
            began: engine.clock.moment(),
            planned: 0.0,
            stretch: stretch * world.faults.slowness(&environment.target()),
            deployment_log: None,
            leader: None,
        })
    }

    /// Begins an action beside operations, in an environment that is not terminated.
    pub(crate) fn aside(engine: &Arc<Engine>, world: &World, id: &str) -> Option<Self> {
        let environment = world.living().find(|environment| environment.id == id)?;
        Some(Self {
            engine: Arc::clone(engine),
            environment_id: environment.id.clone(),
            environment_name: environment.name.clone(),
            operation: None,
            began: engine.clock.moment(),
            planned: 0.0,
            stretch: world.faults.slowness(&environment.target()),
            deployment_log: None,
            leader: None,
        })
    }

    /// Whether this is an action beside operations.
    pub(crate) fn is_aside(&self) -> bool {
        self.operation.is_none()
    }

    /// The leader of the operation, which the first command elects; none beside operations, as with scaling.
    pub(crate) fn elect(&mut self, ids: &[String]) -> Option<String> {
        if self.leader.is_none() && !self.is_aside() {
            self.leader = ids.first().cloned();
        }
        self.leader.clone()
    }

    /// Lets planned seconds pass. It does not wait if the operation is late.
    pub(crate) async fn pass(&mut self, seconds: f64) {
        self.planned += seconds * self.stretch;
        self.engine.clock.until(self.began.plus(self.planned)).await;
        // A stuck environment has started its update, so the first steps are made.
        while self.is_stuck() {
            self.engine.clock.sleep(1.0).await;
            self.catch_up();
        }
    }

    fn is_stuck(&self) -> bool {
        let world = self.engine.world();
        self.operation.is_some()
            && world
                .environment(&self.environment_id)
                .is_some_and(|environment| world.faults.stuck(&environment.target()))
    }

    /// Plans the next steps from now, after real work of unknown duration.
    pub(crate) fn catch_up(&mut self) {
        self.planned = self.planned.max(self.engine.clock.moment().since(self.began));
    }

    /// The real time for real work of some planned seconds.
    pub(crate) fn patience(&self, seconds: f64) -> Duration {
        let least = REAL_PATIENCE.min(self.process_patience());
        self.engine.clock.real(seconds * self.stretch).max(least)
    }

    /// The least real time for a process to listen, with any time scale.
    pub(crate) fn process_patience(&self) -> Duration {
        let seconds = self.engine.settings.process_seconds;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Changes the world, unless the operation is superseded.
    pub(crate) fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> Result<T, Superseded> {
        let mut world = self.engine.world();
        let current = world
            .environment(&self.environment_id)
            .is_some_and(|environment| self.may_change(environment));
        if current { Ok(change(&mut world)) } else { Err(Superseded) }
    }

    fn may_change(&self, environment: &Environment) -> bool {
        match &self.operation {
            Some(operation) => environment.operation == *operation,
            None => environment.status != Status::Terminated,
        }
    }

    /// Changes the environment.
    pub(crate) fn environment<T>(
        &self,
        change: impl FnOnce(&mut Environment) -> T,
    ) -> Result<T, Superseded> {
        self.world(|world| world.environment_mut(&self.environment_id).map(change))?
            .ok_or(Superseded)
    }

    /// Records an event with the request ID.
    pub(crate) fn say(
        &self,
        severity: Severity,
        message: impl Into<String>,
    ) -> Result<(), Superseded> {
        let request_id = self.request_id();
        self.world(|world| world.say(&self.environment_id, request_id, severity, message.into()))
    }

    pub(crate) fn info(&self, message: impl Into<String>) -> Result<(), Superseded> {
        self.say(Severity::Info, message)
    }

    pub(crate) fn warn(&self, message: impl Into<String>) -> Result<(), Superseded> {
        self.say(Severity::Warn, message)
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> Result<(), Superseded> {
        self.say(Severity::Error, message)
    }

    /// The request ID of the operation; `None` beside operations.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.operation.as_ref().map(|operation| operation.request_id.clone())
    }

    /// Begins the deployment log with the first instance that deploys, and notes that a command starts.
    pub(crate) fn begin_log(&mut self, instances: &[String]) -> Result<(), Superseded> {
        if self.deployment_log.is_none()
            && self.engine.bundles.takes_logs()
            && let (Some(request_id), Some(first)) = (self.request_id(), instances.first())
        {
            let disabled = self.environment(|environment| {
                let variables = environment.options.environment_variables();
                variables.get(deployment_log::DISABLED).is_some_and(|value| value == "true")
            })?;
            let log = || DeploymentLog::new(&self.engine, &self.environment_id, &request_id, first);
            self.deployment_log = (!disabled).then(|| Arc::new(log()));
        }
        for instance in instances {
            self.log(instance, "INFO", deployment_log::STARTING);
        }
        Ok(())
    }

    /// Notes in the deployment log how a command ended on each instance.
    pub(crate) fn end_log(&self, summary: &Summary) {
        for (instance, warning) in summary.warnings() {
            self.log(instance, "WARN", warning);
        }
        for instance in summary.with(Executed::Successful) {
            self.log(instance, "INFO", deployment_log::COMPLETED);
        }
        for instance in summary.with(Executed::Failed) {
            self.log(instance, "ERROR", summary.failure(instance));
        }
        for (instance, failure) in summary.timeouts() {
            self.log(instance, "ERROR", failure);
        }
    }

    /// Notes in the logs why instances did not become healthy.
    pub(crate) fn log_unhealthy(&self, ids: &[String]) -> Result<(), Superseded> {
        let failures: Vec<_> = self.environment(|environment| {
            let unhealthy = environment.instances.iter().filter(|one| ids.contains(&one.id));
            let failure = |instance: &Instance| {
                let sentence = instance.checks.failure.as_ref()?.sentence();
                Some((instance.id.clone(), Arc::clone(&instance.log), sentence))
            };
            unhealthy.filter_map(failure).collect()
        })?;
        for (id, log, sentence) in failures {
            let message = format!("Health checks are failing: {sentence}");
            log.engine("ERROR", &message);
            self.log(&id, "ERROR", &message);
        }
        Ok(())
    }

    fn log(&self, instance: &str, level: &str, message: &str) {
        if let Some(log) = &self.deployment_log {
            log.add(&self.engine, instance, level, message);
        }
    }

    /// Begins an activity, which health reports.
    pub(crate) fn start_activity(&self, what: &'static str) -> Result<(), Superseded> {
        let now = self.engine.clock.moment();
        self.environment(|environment| environment.activity = Some(Activity::begin(what, now)))
    }

    /// Assesses the health of the environment.
    pub(crate) fn assess(&self) -> Result<(), Superseded> {
        self.world(|world| world.assess(&self.environment_id))
    }

    /// Sets the environment to `Ready` and records the last event at the same moment.
    pub(crate) fn finish(
        &self,
        severity: Severity,
        message: impl Into<String>,
    ) -> Result<(), Superseded> {
        let now = self.engine.clock.moment();
        let failed = severity >= Severity::Error;
        let request_id = self.request_id();
        self.world(|world| {
            if let Some(environment) = world.environment_mut(&self.environment_id) {
                environment.status = Status::Ready;
                environment.before_update = None;
                if let Some(activity) = &mut environment.activity {
                    activity.end(now, failed);
                }
            }
            world.say(&self.environment_id, request_id, severity, message.into());
        })
    }
}
