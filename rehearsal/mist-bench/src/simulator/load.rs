//! As many calls as can be made.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::connection::Connection;
use crate::{Failure, Result, process::leave_first_core};

/// What calls were like.
#[derive(Debug, PartialEq)]
pub(super) struct Load {
    /// How many were answered in a second.
    pub(super) per_second: f64,
    /// What half of them take at most, in milliseconds.
    pub(super) p50: f64,
    /// What 99 of 100 take at most, in milliseconds.
    pub(super) p99: f64,
}

impl Load {
    /// Has so many callers send one request after the other for a while; `aside` keeps them off the first core.
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
                latencies.append(&mut caller.join().map_err(|_| "a caller broke down")??);
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

/// One caller: how long each of its calls took.
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
    fn of_many_calls_the_slow_ones_are_told() {
        let latencies = (1..=1000).rev().map(Duration::from_millis).collect();
        let load = Load::of(latencies, Duration::from_secs(4)).unwrap();
        assert_eq!(load, Load { per_second: 250.0, p50: 501.0, p99: 991.0 });
    }

    #[test]
    fn without_calls_there_is_nothing_to_tell() {
        let load = Load::of(Vec::new(), Duration::from_secs(1)).unwrap();
        assert_eq!(load, Load { per_second: 0.0, p50: 0.0, p99: 0.0 });
    }
}
