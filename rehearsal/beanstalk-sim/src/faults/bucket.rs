//! Token buckets, which limit the rate of calls.

use std::time::Instant;

/// A bucket that fills at a constant rate. Every call takes a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn full(burst: u32, now: Instant) -> Self {
        Self { tokens: f64::from(burst), filled: now }
    }

    /// Fills the bucket up to `burst`, then takes a token if there is one.
    pub(super) fn take(&mut self, per_second: f64, burst: u32, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + seconds * per_second).min(f64::from(burst));
        self.filled = now;
        let admits = self.tokens >= 1.0;
        if admits {
            self.tokens -= 1.0;
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(2, start);
        let mut at =
            |milliseconds| bucket.take(10.0, 2, start + Duration::from_millis(milliseconds));
        assert_eq!(
            [at(0), at(0), at(0), at(50), at(110), at(120)],
            [true, true, false, false, true, false]
        );
        assert_eq!([at(9000), at(9000), at(9000)], [true, true, false]);
    }
}
