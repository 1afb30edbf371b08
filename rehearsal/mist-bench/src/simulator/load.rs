//! Calls without a pause.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::connection::Connection;
use crate::{
    error::{Failure, Result},
    process::leave_first_core,
};

/// The throughput and the latency of calls.
#[derive(Debug, PartialEq)]
pub(super) struct Load {
    /// The calls per second.
    pub(super) per_second: f64,
    /// The median latency, in milliseconds.
    pub(super) p50: f64,
    /// The 99th percentile of the latency, in milliseconds.
    pub(super) p99: f64,
}

impl Load {
    /// The load of so many callers that send one request after the other for `time`. `aside` keeps them off the first
    /// core.
    pub(super) fn measure(
        address: SocketAddr,
        request: &[u8],
        callers: usize,
        aside: bool,
        time: Duration,
    ) -> Result<Self> {
        let mut latencies = Vec::new();
        thread::scope(|scope| {
            let caller = || scope.spawn(move || call(address, request, aside, time));
            let callers: Vec<_> = (0..callers).map(|_| caller()).collect();
            for caller in callers {
                latencies.append(&mut caller.join().map_err(|_| "a caller panicked")??);
            }
            Ok::<_, Failure>(())
        })?;
        Self::of(latencies, time)
    }

    fn of(mut latencies: Vec<Duration>, time: Duration) -> Result<Self> {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let latency = latencies.get(latencies.len() * percent / 100);
            latency.map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        let count = f64::from(u32::try_from(latencies.len())?);
        Ok(Self { per_second: count / time.as_secs_f64(), p50: at(50), p99: at(99) })
    }
}

/// The latencies of one caller.
fn call(address: SocketAddr, request: &[u8], aside: bool, time: Duration) -> Result<Vec<Duration>> {
    if aside {
        leave_first_core()?;
    }
    let mut connection = Connection::open(address)?;
    let mut latencies = Vec::new();
    let started = Instant::now();
    let mut before = Duration::ZERO;
    while before < time {
        connection.call(request)?;
        let now = started.elapsed();
        latencies.push(now.saturating_sub(before));
        before = now;
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_calls() {
        let latencies = (1..=1000).rev().map(Duration::from_millis).collect();
        let load = Load::of(latencies, Duration::from_secs(4)).unwrap();
        assert_eq!(load, Load { per_second: 250.0, p50: 501.0, p99: 991.0 });
    }

    #[test]
    fn without_calls_all_figures_are_zero() {
        let load = Load::of(Vec::new(), Duration::from_secs(1)).unwrap();
        assert_eq!(load, Load { per_second: 0.0, p50: 0.0, p99: 0.0 });
    }
}
