//! The recent requests of an instance, and their metrics in enhanced health.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Moment;

/// The window of the metrics, in seconds.
pub(crate) const WINDOW: f64 = 10.0;
/// The least window of the metrics in real time, with any time scale.
const REAL_WINDOW: Duration = Duration::from_secs(1);
/// The most requests that are kept.
const KEPT: usize = 10_000;

/// The latest requests to one instance.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<VecDeque<Request>>);

#[derive(Debug, Clone, Copy)]
struct Request {
    at: Moment,
    really_at: Instant,
    status: u16,
    latency: Duration,
}

/// The metrics of the latest requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Metrics {
    /// The counts by the first digit of the status, from 2 to 5.
    pub(crate) by_class: [u64; 4],
    /// The latencies, ascending, in seconds.
    pub(crate) latencies: Vec<f64>,
    /// The length of the window in real seconds.
    pub(crate) seconds: f64,
}

impl Requests {
    pub(crate) fn record(&self, at: Moment, status: u16, latency: Duration) {
        let mut requests = self.requests();
        if requests.len() >= KEPT {
            requests.pop_front();
        }
        requests.push_back(Request { at, really_at: Instant::now(), status, latency });
    }

    /// Clears the requests, as for another release.
    pub(crate) fn clear(&self) {
        self.requests().clear();
    }

    pub(crate) fn metrics(&self, now: Moment) -> Metrics {
        let requests = self.requests();
        let recent: Vec<_> = requests
            .iter()
            .filter(|request| {
                now.since(request.at) <= WINDOW || request.really_at.elapsed() <= REAL_WINDOW
            })
            .collect();
        let oldest = recent.first().map_or(Duration::ZERO, |request| request.really_at.elapsed());
        let mut metrics =
            Metrics { seconds: oldest.max(REAL_WINDOW).as_secs_f64(), ..Metrics::default() };
        for request in recent {
            let class = usize::from(request.status / 100).saturating_sub(2);
            if let Some(count) = metrics.by_class.get_mut(class) {
                *count += 1;
            }
            metrics.latencies.push(request.latency.as_secs_f64());
        }
        metrics.latencies.sort_by(f64::total_cmp);
        metrics
    }

    fn requests(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Metrics {
    /// The metrics of several instances.
    pub(crate) fn sum(all: impl IntoIterator<Item = Self>) -> Self {
        let mut sum = all.into_iter().fold(Self::default(), |mut sum, metrics| {
            for (total, count) in sum.by_class.iter_mut().zip(metrics.by_class) {
                *total += count;
            }
            sum.latencies.extend(metrics.latencies);
            sum.seconds = sum.seconds.max(metrics.seconds);
            sum
        });
        sum.latencies.sort_by(f64::total_cmp);
        sum
    }

    pub(crate) fn count(&self) -> u64 {
        self.by_class.iter().sum()
    }

    /// The requests per second.
    pub(crate) fn rate(&self) -> u64 {
        if self.seconds <= 0.0 {
            return 0;
        }
        let rate = (float(self.latencies.len() as u64) / self.seconds).round();
        Duration::try_from_secs_f64(rate).map_or(0, |rate| rate.as_secs())
    }

    /// The share of requests that failed with a status of this class, in percent.
    pub(crate) fn share(&self, first_digit: usize) -> f64 {
        let count = self.by_class.get(first_digit.saturating_sub(2)).copied().unwrap_or_default();
        if self.count() == 0 { 0.0 } else { float(count) * 100.0 / float(self.count()) }
    }

    /// The latency that this share of the requests, in thousandths, did not exceed.
    pub(crate) fn latency(&self, thousandths: usize) -> Option<f64> {
        let last = self.latencies.len().checked_sub(1)?;
        let index = (self.latencies.len() * thousandths).div_ceil(1000).saturating_sub(1).min(last);
        self.latencies.get(index).copied()
    }
}

#[expect(clippy::cast_precision_loss, reason = "no instance answers so many requests")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_cover_status_rate_and_latency() {
        let requests = Requests::default();
        let now = Moment::default();
        for (status, milliseconds) in [(200, 1), (204, 2), (302, 3), (404, 4), (500, 100)] {
            requests.record(now, status, Duration::from_millis(milliseconds));
        }
        let metrics = requests.metrics(now);
        assert_eq!(metrics.by_class, [2, 1, 1, 1]);
        assert_eq!((metrics.count(), metrics.rate()), (5, 5));
        assert!((metrics.share(5) - 20.0).abs() < 1e-9);
        assert_eq!((metrics.latency(500), metrics.latency(999)), (Some(0.003), Some(0.1)));
        requests.clear();
        assert_eq!(requests.metrics(now).latency(500), None);
    }
}
