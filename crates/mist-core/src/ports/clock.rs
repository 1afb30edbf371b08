//! The time.

use std::time::Duration;

use jiff::Timestamp;

/// The time. Only functions that wait for something outside AWS may pause, between two tries: web pages, name
/// servers, New Relic; and the one that reads instance logs.
pub trait Clock {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
