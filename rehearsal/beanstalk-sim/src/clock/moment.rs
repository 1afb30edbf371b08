//! Points of simulated time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest wait, a year, in microseconds. It replaces seconds that are not finite.
pub(super) const LONGEST: u64 = 365 * 24 * 3600 * 1_000_000;

/// A point of simulated time, in microseconds since the start of the simulator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(pub(super) u64);

impl Moment {
    /// The moment some seconds later.
    pub(crate) fn plus(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(micros(seconds)))
    }

    /// The date of the first moment, given the date of this one.
    pub(crate) fn epoch(self, date: Timestamp) -> Timestamp {
        let passed = SignedDuration::from_micros(i64::try_from(self.0).unwrap_or(i64::MAX));
        date.saturating_sub(passed).unwrap_or(date)
    }

    /// The seconds since an earlier moment; 0 for a later one.
    pub(crate) fn since(self, earlier: Self) -> f64 {
        Duration::from_micros(self.0.saturating_sub(earlier.0)).as_secs_f64()
    }
}

/// Microseconds between 0 and [`LONGEST`].
pub(super) fn micros(seconds: f64) -> u64 {
    let duration = Duration::try_from_secs_f64(seconds.max(0.0));
    duration
        .map_or(LONGEST, |duration| u64::try_from(duration.as_micros()).unwrap_or(LONGEST))
        .min(LONGEST)
}
