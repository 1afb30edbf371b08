//! The health monitor, which checks the instances of an environment and assesses its health.

use std::sync::Arc;

use super::checks::{INTERVAL, check};
use super::{managed_action, scaling, worker};
use crate::engine::{Engine, Superseded};

/// Watches an environment until it is terminated. Instances are checked at the interval of its health check, and
/// health is assessed every ten seconds.
pub(crate) async fn watch(engine: Arc<Engine>, environment_id: String) -> Result<(), Superseded> {
    let began = engine.clock.moment();
    let mut next_check = began.plus(interval(&engine, &environment_id)?);
    let mut next_look = began.plus(INTERVAL);
    let mut tasks_since = engine.clock.date();
    loop {
        engine.clock.until(next_check.min(next_look)).await;
        let now = engine.clock.moment();
        if now >= next_check {
            check(&engine, &environment_id, None).await?;
            next_check = engine.clock.moment().plus(interval(&engine, &environment_id)?);
        }
        if now >= next_look {
            engine.world().assess(&environment_id);
            scaling::follow(&engine, &environment_id);
            managed_action::start_if_due(&engine, &environment_id);
            tasks_since = worker::follow(&engine, &environment_id, tasks_since);
            next_look = engine.clock.moment().plus(INTERVAL);
        }
    }
}

/// The interval of the checks of an environment, in seconds.
fn interval(engine: &Engine, environment_id: &str) -> Result<f64, Superseded> {
    let world = engine.world();
    let living = world.living().find(|environment| environment.id == environment_id);
    living.map(|environment| environment.health_check().interval).ok_or(Superseded)
}
