//! The clock of the machine.

use std::time::Duration;

use jiff::Timestamp;
use mist_core::ports::Clock;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "warm-up and mark pause between two tries")]
    async fn pause(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
