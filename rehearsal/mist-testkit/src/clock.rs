//! A clock that only moves when it is told to, or when somebody pauses.

use std::{sync::Mutex, time::Duration};

use jiff::Timestamp;
use mist_core::ports::Clock;

use crate::{START, lock};

/// A clock that only moves when it is told to, or when somebody pauses.
#[derive(Debug)]
pub struct FakeClock {
    now: Mutex<Timestamp>,
}

impl FakeClock {
    /// Moves the clock on.
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
