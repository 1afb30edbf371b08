//! The health monitor, which checks the instances of an environment every ten seconds.

use std::sync::Arc;

use super::checks::{INTERVAL, look};
use super::{managed_action, scaling};
use crate::engine::{Engine, Superseded};

/// Watches an environment until it is terminated.
pub(crate) async fn watch(engine: Arc<Engine>, environment_id: String) -> Result<(), Superseded> {
    loop {
        engine.clock.sleep(INTERVAL).await;
        look(&engine, &environment_id).await?;
        scaling::follow(&engine, &environment_id);
        managed_action::start_if_due(&engine, &environment_id);
    }
}
