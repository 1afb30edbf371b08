//! Running an operation's scripts against the world, at the pace of the clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::script::Script;
use crate::clock::pause;
use crate::engine::Engine;
use crate::world::{Environment, HealthStatus, Operation, Superseded};

/// How often a stuck operation looks whether it may go on.
const STUCK_POLL: Duration = Duration::from_millis(20);

/// One running operation of one environment.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) engine: Arc<Engine>,
    pub(crate) environment_id: String,
    pub(crate) environment_name: String,
    pub(crate) operation: Operation,
    started: Instant,
    /// Real seconds take this many times the planned ones, before the clock's scale.
    pub(crate) stretch: f64,
}

impl Run {
    /// A run that starts now; `stretch` is multiplied by how slow the environment is told to be.
    pub(crate) fn new(
        engine: &Arc<Engine>,
        environment: &Environment,
        stretch: f64,
        slowness: f64,
    ) -> Self {
        Self {
            engine: Arc::clone(engine),
            environment_id: environment.id.clone(),
            environment_name: environment.name.clone(),
            operation: environment.operation.clone(),
            started: Instant::now(),
            stretch: stretch * slowness,
        }
    }

    /// Makes the changes of a script when their time has come; a step that is late is made at once.
    pub(crate) async fn play(&self, script: Script) -> Result<(), Superseded> {
        for step in script.steps {
            self.reach(step.at).await;
            let mut world = self.engine.world();
            for change in step.changes {
                world.apply(&self.environment_id, &self.operation, change)?;
            }
        }
        Ok(())
    }

    /// Lets what follows count its seconds from `seconds` after the present start.
    pub(crate) fn restart_after(&mut self, seconds: f64) {
        self.started += self.real(seconds);
    }

    /// The health of the environment at the moment.
    pub(crate) fn health(&self) -> Result<HealthStatus, Superseded> {
        let world = self.engine.world();
        world
            .environment(&self.environment_id)
            .map(|environment| environment.health)
            .ok_or(Superseded)
    }

    async fn reach(&self, seconds: f64) {
        tokio::time::sleep_until(self.started + self.real(seconds)).await;
        // The first step is still made: a stuck environment is one that began to update.
        while seconds > 0.0 && self.engine.world().faults.stuck(&self.environment_name) {
            pause(STUCK_POLL).await;
        }
    }

    fn real(&self, seconds: f64) -> Duration {
        self.engine.clock.real(seconds * self.stretch)
    }
}
