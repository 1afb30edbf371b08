//! Pauses between two looks at something that takes its time.

use std::time::Duration;

/// Waits for a moment without holding up anything else.
#[expect(
    clippy::disallowed_methods,
    reason = "mist's own waiting is the state machine's, but here other processes are waited for"
)]
pub(crate) async fn pause(moment: Duration) {
    tokio::time::sleep(moment).await;
}
