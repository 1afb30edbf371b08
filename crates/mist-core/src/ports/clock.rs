//! The time.

use std::time::Duration;

use jiff::Timestamp;

/// The time. Only the warm-up and the mark may pause, between two tries of something outside AWS.
pub trait Clock {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
