//! Waiting for a condition, with a limit.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use crate::result::Result;

/// The longest time that anything may take which must happen.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The time between two looks at a condition that a story acts on.
const PERIOD: Duration = Duration::from_millis(100);

/// The time between two looks at an execution that only has to end. With many stories, these are most calls of the
/// emulator.
pub(crate) const LONG_PERIOD: Duration = Duration::from_millis(500);

/// Waits until `condition` holds; an error after two minutes.
pub async fn until(what: &str, condition: impl AsyncFnMut() -> Result<bool>) -> Result {
    until_within((PATIENCE, PERIOD), what, condition).await
}

/// Waits until `condition` holds, with a look every `period`; an error after `limit`.
pub(crate) async fn until_within(
    (limit, period): (Duration, Duration),
    what: &str,
    mut condition: impl AsyncFnMut() -> Result<bool>,
) -> Result {
    let begin = Instant::now();
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while begin.elapsed() < limit {
        ticks.tick().await;
        if condition().await? {
            return Ok(());
        }
    }
    Err(format!("timed out after {} s: {what}", limit.as_secs()).into())
}
