//! Warms an environment up: asks it for pages until they come as they must.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::{DomainName, EnvironmentName},
    ports::{Answer, Clock, Destination, Probe, Secrets},
    stack::warm_up::WarmUp,
};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// How long to wait between two tries of an application that does not answer well yet.
const PAUSE: Duration = Duration::from_millis(500);

/// The longest that one request may take, however long the whole warm-up may.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// The status of an answer to a wrong user or password.
const UNAUTHORIZED: u16 = 401;

/// What is to be warmed up, and how.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment.
    pub environment: EnvironmentName,
    /// Where it can be reached.
    pub address: String,
    /// The name that users will reach it by.
    pub domain: DomainName,
    /// The version that must answer, where the application tells it; null: whichever runs there.
    pub version: Option<String>,
    /// Which requests to send.
    pub warm_up: WarmUp,
}

/// The environment answered every request as it must.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// How many requests there were, not counting those until the first good answer.
    pub requests: usize,
    /// How many tries it took to get the first good answer.
    pub tries: usize,
    /// Half of the requests took at most this long, in milliseconds.
    pub p50_ms: f64,
    /// Nine in ten took at most this long, in milliseconds.
    pub p90_ms: f64,
    /// Ninety-nine in a hundred took at most this long, in milliseconds.
    pub p99_ms: f64,
    /// The slowest took this long, in milliseconds.
    pub max_ms: f64,
}

/// Warms the environment up. It sends requests and changes nothing else.
pub async fn run(
    probe: &impl Probe,
    secrets: &impl Secrets,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let basic_auth = match &request.warm_up.basic_auth_secret {
        Some(id) => Some(secrets.read(id).await?),
        None => None,
    };
    let destination = Destination {
        scheme: request.warm_up.scheme,
        domain: request.domain.clone(),
        address: request.address.clone(),
        port: request.warm_up.port(),
        basic_auth,
        version_in: request.warm_up.version_in.clone(),
    };
    let deadline = clock.now() + Duration::from_secs(request.warm_up.timeout_seconds.get().into());
    let Request { warm_up, version, .. } = &request;
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
        Err(Bad { problem, password }) => {
            let environment = request.environment.to_string();
            match request.warm_up.basic_auth_secret.filter(|_| password) {
                Some(secret) => Err(Error::PasswordRefused { environment, secret, problem }),
                None => Err(Error::WarmFailed { environment, problem }),
            }
        }
    }
}

/// Why an answer is no good one, and whether that is the password's fault.
struct Bad {
    problem: String,
    password: bool,
}

impl From<String> for Bad {
    fn from(problem: String) -> Self {
        Self { problem, password: false }
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
    async fn warm(&self) -> Result<Response, Bad> {
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

    /// Asks until the first good answer; gives the number of tries.
    async fn first_good(&self, path: &str) -> Result<usize, Bad> {
        let (mut tries, mut before) = (1, None);
        loop {
            let Err(found) = self.good(path).await else { return Ok(tries) };
            // A try that the deadline cuts off would only hide what the one before it found.
            let Bad { problem, password } =
                before.take().filter(|_| self.left().is_zero()).unwrap_or(found);
            if self.left() <= PAUSE {
                let seconds = self.warm_up.timeout_seconds.get();
                let problem = format!("no good answer in {seconds} s and {tries} tries: {problem}");
                return Err(Bad { problem, password });
            }
            before = Some(Bad { problem, password });
            self.clock.pause(PAUSE).await;
            tries += 1;
        }
    }

    /// Asks once; only the expected status is good, and where the version is told, only ours.
    async fn good(&self, path: &str) -> Result<Duration, Bad> {
        let timeout = self.left().min(LONGEST_REQUEST);
        if timeout.is_zero() {
            let seconds = self.warm_up.timeout_seconds.get();
            return Err(format!("not all answers came within {seconds} s").into());
        }
        let expected = self.warm_up.expected_status.get();
        match self.probe.get(&self.destination, path, timeout).await {
            Ok(Answer { status, elapsed, version, .. }) if u32::from(status) == expected => {
                match self.version {
                    Some(expected) if self.warm_up.version_in.is_some() => {
                        of_version(path, version.as_deref(), expected)?;
                        Ok(elapsed)
                    }
                    Some(_) | None => Ok(elapsed),
                }
            }
            // A page may repeat what it was asked with, so behind a password it is not told.
            Ok(Answer { status, .. }) if self.destination.basic_auth.is_some() => {
                let problem = format!("`{path}` answered {status}, not {expected}");
                Err(Bad { problem, password: status == UNAUTHORIZED })
            }
            Ok(Answer { status, body, .. }) => {
                let problem =
                    format!("`{path}` answered {status}, not {expected}: {}", body.trim());
                Err(problem.into())
            }
            Err(reason) => Err(format!("`{path}`: {reason}").into()),
        }
    }

    fn left(&self) -> Duration {
        self.deadline.duration_since(self.clock.now()).try_into().unwrap_or(Duration::ZERO)
    }
}

fn of_version(path: &str, found: Option<&str>, expected: &str) -> Result<(), String> {
    match found {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(format!("`{path}` was answered by version `{found}`, not `{expected}`")),
        None => Err(format!("`{path}` did not tell its version, which must be `{expected}`")),
    }
}

/// The nearest-rank percentile of sorted times, in milliseconds with one decimal.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let time = sorted.get(rank - 1).copied().unwrap_or_default();
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
