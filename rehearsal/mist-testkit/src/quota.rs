//! The quota in memory.

use std::sync::Mutex;

use jiff::Timestamp;
use mist_core::{
    error::Error,
    ports::Quota,
    release::{look::BETWEEN_LOOKS, state::WaitKind},
};

use crate::mutex::lock;

/// The quota in memory. Every release is admitted and every look is claimed, unless the test changes that.
#[derive(Debug, Default)]
pub struct FakeQuota {
    slot: Mutex<Option<i64>>,
    reserved: Mutex<usize>,
    claimed: Mutex<Vec<WaitKind>>,
    looked_before: Mutex<bool>,
    timers: Mutex<Vec<(WaitKind, Timestamp)>>,
}

impl FakeQuota {
    /// A quota with the next slot at `at`, in milliseconds since 1970.
    pub fn admitting_at(at: i64) -> Self {
        Self { slot: Mutex::new(Some(at)), ..Self::default() }
    }

    /// Sets the next slot to `at`, in milliseconds since 1970.
    pub fn admit_at(&self, at: i64) {
        *lock(&self.slot) = Some(at);
    }

    /// The number of reserved slots.
    pub fn reserved(&self) -> usize {
        *lock(&self.reserved)
    }

    /// Sets whether another call has claimed every look before.
    pub fn look_before(&self, another: bool) {
        *lock(&self.looked_before) = another;
    }

    /// The looks that were claimed.
    pub fn claimed(&self) -> Vec<WaitKind> {
        lock(&self.claimed).clone()
    }
}

impl Quota for FakeQuota {
    async fn admit(&self, now: Timestamp) -> Result<i64, Error> {
        *lock(&self.reserved) += 1;
        let now = now.as_millisecond();
        Ok(lock(&self.slot).map_or(now, |slot| slot.max(now)))
    }

    async fn claim_look(&self, kind: WaitKind, _now: Timestamp) -> Result<bool, Error> {
        if *lock(&self.looked_before) {
            return Ok(false);
        }
        lock(&self.claimed).push(kind);
        Ok(true)
    }

    async fn claim_timer(
        &self,
        kind: WaitKind,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<bool, Error> {
        let mut timers = lock(&self.timers);
        let on_its_way = |at: Timestamp| at > now + BETWEEN_LOOKS && at <= due;
        if timers.iter().any(|(found, at)| *found == kind && on_its_way(*at)) {
            return Ok(false);
        }
        timers.retain(|(found, _)| *found != kind);
        timers.push((kind, due));
        Ok(true)
    }
}
