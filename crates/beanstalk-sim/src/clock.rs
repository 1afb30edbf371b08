//! Scaled time: how long the simulated seconds of a script really take.

use std::time::Duration;

/// The longest wait; it also stands for what is no finite number of seconds.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Turns planned seconds into real time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    scale: f64,
}

impl Clock {
    pub(crate) fn new(scale: f64) -> Self {
        Self { scale }
    }

    /// How long `seconds` of the plan take in real time.
    pub(crate) fn real(self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64((seconds / self.scale).max(0.0)).unwrap_or(LONGEST).min(LONGEST)
    }
}

/// Waits in real time.
#[expect(clippy::disallowed_methods, reason = "to let time pass is what a simulator is for")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_takes_a_second_at_sixty_times_the_speed() {
        assert_eq!(Clock::new(60.0).real(60.0), Duration::from_secs(1));
    }

    #[test]
    fn an_endless_wait_is_bounded() {
        assert_eq!(Clock::new(1.0).real(f64::INFINITY), LONGEST);
        assert_eq!(Clock::new(1.0).real(-1.0), Duration::ZERO);
    }
}
