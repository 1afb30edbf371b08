//! Warms up an environment: requests pages until each gives the expected answer.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::{DomainName, EnvironmentName},
    ports::{Clock, Destination, Probe, Secrets},
    release::web_check::{self, WrongAnswer},
    stack::warm_up::WarmUp,
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The pause between two tries until the first good answer.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest time of one request, whatever the timeout of the warm-up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// The environment to warm up, and the settings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment.
    pub environment: EnvironmentName,
    /// Its address.
    pub address: String,
    /// The DNS name for users.
    pub domain: DomainName,
    /// The version that must answer, if the application shows it; null: any.
    pub version: Option<String>,
    /// The settings of the warm-up.
    pub warm_up: WarmUp,
}

/// The figures of a warm-up with good answers only.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The number of requests, without those until the first good answer of each path.
    pub requests: usize,
    /// The number of tries until the first good answer of each path.
    pub tries: usize,
    /// The median latency, in milliseconds.
    pub p50_ms: f64,
    /// The 90th percentile of latency, in milliseconds.
    pub p90_ms: f64,
    /// The 99th percentile of latency, in milliseconds.
    pub p99_ms: f64,
    /// The longest latency, in milliseconds.
    pub max_ms: f64,
}

/// Warms up the environment. Doing it again sends the same requests again.
pub async fn run(
    probe: &impl Probe,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Request { warm_up, version, domain, address, .. } = &request;
    let destination = web_check::destination(secrets, warm_up, domain, address).await?;
    let deadline = clock.now() + Duration::from_secs(warm_up.timeout_seconds.get().into());
    let version = version.as_deref();
    let warming = Warming { probe, clock, destination, deadline, warm_up, version };
    match warming.warm().await {
        Ok(response) => {
            let Response { requests, p50_ms, p99_ms, .. } = &response;
            tracing::info!(
                environment.name = %request.environment,
                "`{}` is warm: {requests} requests, half in {p50_ms} ms, 99 % in {p99_ms} ms",
                request.environment
            );
            Ok(response)
        }
        Err(WrongAnswer { problem, password_refused }) => {
            let environment = request.environment.to_string();
            match request.warm_up.basic_auth_secret.filter(|_| password_refused) {
                Some(secret) => Err(Error::PasswordRefused { environment, secret, problem }),
                None => Err(Error::WarmFailed { environment, problem }),
            }
        }
    }
}

/// One warm-up.
struct Warming<'a, P, C> {
    probe: &'a P,
    clock: &'a C,
    destination: Destination,
    deadline: Timestamp,
    warm_up: &'a WarmUp,
    version: Option<&'a str>,
}

impl<P: Probe, C: Clock> Warming<'_, P, C> {
    async fn warm(&self) -> Result<Response, WrongAnswer> {
        let mut tries = 0;
        for path in self.warm_up.paths.iter() {
            tries += self.first_good(path).await?;
        }
        let wanted = self.warm_up.requests.get();
        let paths = self.warm_up.paths.iter();
        let requests = paths.flat_map(|path| (0..wanted).map(move |_| self.good(path)));
        let concurrency = usize::try_from(self.warm_up.concurrency.get()).unwrap_or(1);
        let mut answers = stream::iter(requests).buffer_unordered(concurrency);
        let mut took = Vec::new();
        while let Some(answer) = answers.next().await {
            took.push(answer?);
        }
        took.sort_unstable();
        Ok(Response {
            requests: took.len(),
            tries,
            p50_ms: percentile(&took, 50),
            p90_ms: percentile(&took, 90),
            p99_ms: percentile(&took, 99),
            max_ms: percentile(&took, 100),
        })
    }

    /// Requests `path` until the first good answer, and returns the number of tries.
    async fn first_good(&self, path: &str) -> Result<usize, WrongAnswer> {
        let (mut tries, mut before) = (1, None);
        loop {
            let Err(found) = self.good(path).await else { return Ok(tries) };
            // A try that the deadline cuts off would hide the problem of the one before.
            let found = before.take().filter(|_| self.left().is_zero()).unwrap_or(found);
            if self.left() <= PAUSE {
                let seconds = self.warm_up.timeout_seconds.get();
                let found_last = &found.problem;
                let problem =
                    format!("no good answer in {seconds} s and {tries} tries: {found_last}");
                return Err(WrongAnswer { problem, ..found });
            }
            before = Some(found);
            self.clock.pause(PAUSE).await;
            tries += 1;
        }
    }

    /// Requests `path` once, and returns the latency of a good answer.
    async fn good(&self, path: &str) -> Result<Duration, WrongAnswer> {
        let timeout = self.left().min(LONGEST_REQUEST);
        if timeout.is_zero() {
            let seconds = self.warm_up.timeout_seconds.get();
            return Err(format!("not all answers came within {seconds} s").into());
        }
        let answer = self.probe.get(&self.destination, path, timeout).await;
        let answer = answer.map_err(|reason| format!("`{path}`: {reason}"))?;
        web_check::check(self.warm_up, self.version, path, &answer)?;
        Ok(answer.elapsed)
    }

    fn left(&self) -> Duration {
        self.deadline.duration_since(self.clock.now()).try_into().unwrap_or(Duration::ZERO)
    }
}

/// The nearest-rank percentile of sorted times, in milliseconds with one decimal.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let time = sorted.get(rank - 1).copied().unwrap_or_default();
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
