//! The time.

use std::time::Duration;

use jiff::Timestamp;

/// The time. Only functions that wait for web pages, name servers, New Relic or instance logs may pause.
pub trait Clock {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Waits for `duration`.
    fn pause(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}
