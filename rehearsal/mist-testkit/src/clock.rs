//! A clock that moves only if a test advances it or code pauses.

use std::{sync::Mutex, time::Duration};

use jiff::Timestamp;
use mist_core::ports::Clock;

use crate::mutex::lock;

/// The time at which fakes begin, in seconds since 1970: 2026-01-02T03:04:05Z.
pub const START: i64 = 1_767_323_045;

/// A clock that moves only if a test advances it or code pauses.
#[derive(Debug)]
pub struct FakeClock {
    now: Mutex<Timestamp>,
}

impl FakeClock {
    /// Advances the clock.
    pub fn advance(&self, duration: Duration) {
        let mut now = lock(&self.now);
        *now += duration;
    }
}

impl Default for FakeClock {
    fn default() -> Self {
        Self { now: Mutex::new(Timestamp::from_second(START).unwrap_or(Timestamp::UNIX_EPOCH)) }
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *lock(&self.now)
    }

    async fn pause(&self, duration: Duration) {
        self.advance(duration);
    }
}
