//! Wake-ups in memory.

use std::{sync::Mutex, time::Duration};

use mist_core::{error::Error, ports::Wakes, release::state::WaitKind};

use crate::mutex::lock;

/// Wake-ups in memory, which call no function.
#[derive(Debug, Default)]
pub struct FakeWakes {
    wakes: Mutex<Vec<(WaitKind, Duration)>>,
    failures: Mutex<u32>,
}

impl FakeWakes {
    /// All wake-ups, in their order, with their delays.
    pub fn wakes(&self) -> Vec<(WaitKind, Duration)> {
        lock(&self.wakes).clone()
    }

    /// Makes the next call fail and send nothing.
    pub fn fail_next(&self) {
        *lock(&self.failures) += 1;
    }
}

impl Wakes for FakeWakes {
    async fn wake(&self, kind: WaitKind, delay: Duration) -> Result<(), Error> {
        let mut failures = lock(&self.failures);
        if *failures > 0 {
            *failures -= 1;
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "sqs", message });
        }
        lock(&self.wakes).push((kind, delay));
        Ok(())
    }
}
