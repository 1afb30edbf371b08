//! Pauses between two checks of another process.

use std::time::Duration;

/// Waits for `duration` without blocking the thread.
#[expect(
    clippy::disallowed_methods,
    reason = "functions leave waiting to the state machine, but this waits for other processes"
)]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
