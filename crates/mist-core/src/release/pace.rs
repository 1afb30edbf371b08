//! The pace at which releases may call Beanstalk: its quotas are shared by an account and region.

use jiff::Timestamp;

/// The number of releases that may begin together after a pause.
const BURST: i64 = 5;

/// The rate at which releases may begin to call Beanstalk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pace {
    /// Releases per minute.
    pub per_minute: u32,
}

/// The slot of a release, and the reservation that follows from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot {
    /// The time at which the release may begin, in milliseconds since 1970.
    pub at: i64,
    /// The reservation to store, in milliseconds since 1970.
    pub reserved: i64,
}

impl Pace {
    /// The next slot at `now`, after the stored reservation `reserved` (0 before the first).
    ///
    /// This is a token bucket in the form of a virtual clock (GCRA): each release moves the reservation by one interval,
    /// and waits if the reservation is more than a burst ahead of `now`.
    pub fn slot(self, reserved: i64, now: Timestamp) -> Slot {
        let now = now.as_millisecond();
        let interval = 60_000 / i64::from(self.per_minute.max(1));
        let reserved = reserved.max(now) + interval;
        Slot { at: now.max(reserved - BURST * interval), reserved }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begins(seconds: i64, releases: usize) -> Vec<i64> {
        let now = Timestamp::from_second(seconds).unwrap();
        let mut reserved = 0;
        let slots = (0..releases).map(|_| {
            let slot = Pace { per_minute: 30 }.slot(reserved, now);
            reserved = slot.reserved;
            slot.at / 1000 - seconds
        });
        slots.collect()
    }

    #[test]
    fn a_burst_begins_immediately_and_the_others_one_by_one() {
        assert_eq!(begins(1_767_323_045, 8), [0, 0, 0, 0, 0, 2, 4, 6]);
    }

    #[test]
    fn a_pause_refills_the_burst_and_no_more() {
        let pace = Pace { per_minute: 30 };
        let now = Timestamp::from_second(1_767_323_045).unwrap();
        let long_ago = now.as_millisecond() - 3_600_000;
        let slot = pace.slot(long_ago, now);
        assert_eq!((slot.at, slot.reserved), (now.as_millisecond(), now.as_millisecond() + 2000));
    }

    #[test]
    fn a_pace_of_zero_is_one_a_minute() {
        let slot = Pace { per_minute: 0 }.slot(0, Timestamp::UNIX_EPOCH);
        assert_eq!(slot.reserved, 60_000);
    }
}
