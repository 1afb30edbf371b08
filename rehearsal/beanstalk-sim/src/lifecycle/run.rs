//! One running operation: how it lets time pass, and how it changes its environment.

use std::sync::Arc;
use std::time::Duration;

use super::deployment_log::{self, DeploymentLog};
use super::summary::{Executed, Summary};
use crate::clock::Moment;
use crate::engine::{Engine, Superseded};
use crate::world::{Activity, Environment, Operation, Severity, Status, World};

/// The least that a real process gets to start, however fast simulated time runs.
const REAL_PATIENCE: Duration = Duration::from_secs(10);

/// One running operation of one environment, or what its Auto Scaling group does on its own.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) engine: Arc<Engine>,
    pub(crate) environment_id: String,
    pub(crate) environment_name: String,
    /// `None` supersedes nothing and is superseded by nothing but the end of the environment.
    operation: Option<Operation>,
    began: Moment,
    /// The seconds that have been planned so far, stretched.
    planned: f64,
    /// Time takes this many times the planned seconds.
    stretch: f64,
    /// The log that an operation uploads once it deploys, unless the environment turns that off.
    deployment_log: Option<Arc<DeploymentLog>>,
}

/// What an operation is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    /// What the environment is as long as it lasts.
    pub(crate) status: Status,
    /// The call that its events carry.
    pub(crate) request_id: &'a str,
    /// The label of what it puts on instances, if it does.
    pub(crate) version: Option<&'a str>,
    /// How many times the planned seconds it takes.
    pub(crate) stretch: f64,
}

impl<'a> Order<'a> {
    /// Puts nothing new on instances, and takes as long as planned.
    pub(crate) fn new(status: Status, request_id: &'a str) -> Self {
        Self { status, request_id, version: None, stretch: 1.0 }
    }
}

impl Run {
    /// Begins an operation, which supersedes the one before; its stretch is multiplied by how slow the environment is
    /// told to be. `None` without the environment.
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
        })
    }

    /// Begins what nobody has asked Beanstalk for, beside whatever else is done in a living environment.
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
        })
    }

    /// Is this done beside operations?
    pub(crate) fn is_aside(&self) -> bool {
        self.operation.is_none()
    }

    /// Lets planned seconds pass; what is late already waits no longer.
    pub(crate) async fn pass(&mut self, seconds: f64) {
        self.planned += seconds * self.stretch;
        self.engine.clock.until(self.began.plus(self.planned)).await;
        // The first steps are still made: a stuck environment is one that began to update.
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

    /// Real work took as long as it did; what comes next is planned from now.
    pub(crate) fn catch_up(&mut self) {
        self.planned = self.planned.max(self.engine.clock.moment().since(self.began));
    }

    /// How long so many planned seconds of real work may really take.
    pub(crate) fn patience(&self, seconds: f64) -> Duration {
        self.engine.clock.real(seconds * self.stretch).max(REAL_PATIENCE)
    }

    /// Changes the world, as long as the operation has not been superseded.
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

    /// Records an event with the request's identifier.
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

    /// The identifier of the call that began the operation; nobody called for what is done aside.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.operation.as_ref().map(|operation| operation.request_id.clone())
    }

    /// Begins the deployment log with the first instance that deploys, and notes that a command starts.
    pub(crate) fn begin_log(&mut self, instances: &[String]) -> Result<(), Superseded> {
        if self.deployment_log.is_none()
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
        for instance in summary.with(Executed::Successful) {
            self.log(instance, "INFO", deployment_log::COMPLETED);
        }
        for instance in summary.with(Executed::Failed) {
            self.log(instance, "ERROR", summary.failure(instance));
        }
    }

    fn log(&self, instance: &str, level: &str, message: &str) {
        if let Some(log) = &self.deployment_log {
            log.add(&self.engine, instance, level, message);
        }
    }

    /// Something goes on that health tells of.
    pub(crate) fn start_activity(&self, what: &'static str) -> Result<(), Superseded> {
        let now = self.engine.clock.moment();
        self.environment(|environment| environment.activity = Some(Activity::begin(what, now)))
    }

    /// Works out the health anew.
    pub(crate) fn assess(&self) -> Result<(), Superseded> {
        self.world(|world| world.assess(&self.environment_id))
    }

    /// The environment is ready, and says so in the same moment.
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
