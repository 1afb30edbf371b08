//! Steady client traffic, and the answers that clients of a site get.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use crate::dns::Resolver;
use crate::error::{Error, causes};
use crate::http;

/// The header in which an environment reports its version.
pub const VERSION_HEADER: &str = "x-application-version";

/// The time limit of a request. A machine that is too busy answers late, a site that hangs never.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// Requests that continue until [`stop`](Self::stop) is called, or this value is dropped.
#[derive(Debug)]
pub struct Traffic {
    seen: Arc<Mutex<TrafficReport>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// The answers that the clients got.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficReport {
    /// The number of requests.
    pub requests: u64,
    /// The good answers (status below 400) by version; `""` for answers without a version.
    pub versions: BTreeMap<String, VersionSeen>,
    /// The number of failures by reason, such as `status 503 of 42` or a failed connection.
    pub failures: BTreeMap<String, u64>,
}

/// The answers of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionSeen {
    /// The number of answers.
    pub answers: u64,
    /// The time of the first answer, in milliseconds since the traffic began.
    pub first_ms: u64,
    /// The time of the last answer, in milliseconds since the traffic began.
    pub last_ms: u64,
}

impl TrafficReport {
    /// The number of failed requests.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The number of answers of a version.
    pub fn answers(&self, version: &str) -> u64 {
        self.versions.get(version).map_or(0, |seen| seen.answers)
    }
}

impl Traffic {
    pub(crate) fn start(url: &str, per_second: u32, resolver: Resolver) -> Result<Self, Error> {
        let client = http::client_builder()?
            .dns_resolver(resolver)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_LIMIT)
            .build()
            .map_err(|source| Error::Http { url: url.to_owned(), source })?;
        let seen = Arc::new(Mutex::new(TrafficReport::default()));
        let (stop, stopped) = oneshot::channel();
        let visits =
            Visits { client, url: url.to_owned(), begin: Instant::now(), seen: Arc::clone(&seen) };
        let interval = Duration::from_secs(1) / per_second.max(1);
        let task = tokio::spawn(visits.repeat(interval, stopped));
        Ok(Self { seen, stop: Some(stop), task })
    }

    /// The report so far.
    pub fn report(&self) -> TrafficReport {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the requests, waits for pending answers (at most 30 s), and returns the report.
    pub async fn stop(mut self) -> TrafficReport {
        drop(self.stop.take());
        // The task fails only if it panics; the report so far is still valid.
        let _ = (&mut self.task).await;
        self.report()
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Visits {
    client: reqwest::Client,
    url: String,
    begin: Instant,
    seen: Arc<Mutex<TrafficReport>>,
}

impl Visits {
    async fn repeat(self, interval: Duration, mut stopped: oneshot::Receiver<()>) {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    under_way.spawn(self.clone().visit());
                }
                Some(_) = under_way.join_next() => {}
                _ = &mut stopped => break,
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    async fn visit(self) {
        self.note(|seen, _| seen.requests += 1);
        let outcome = self.client.get(&self.url).send().await;
        self.note(|seen, now| match outcome {
            Ok(answer) => {
                let version =
                    answer.headers().get(VERSION_HEADER).and_then(|value| value.to_str().ok());
                let version = version.unwrap_or_default();
                if answer.status().as_u16() < 400 {
                    seen.answered(version, now);
                } else {
                    seen.failed_with(format!("status {} of {version}", answer.status().as_u16()));
                }
            }
            Err(error) => seen.failed_with(causes(&error)),
        });
    }

    fn note(&self, change: impl FnOnce(&mut TrafficReport, u64)) {
        let now = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner), now);
    }
}

impl TrafficReport {
    fn answered(&mut self, version: &str, now: u64) {
        let first = || VersionSeen { answers: 0, first_ms: now, last_ms: now };
        let seen = self.versions.entry(version.to_owned()).or_insert_with(first);
        seen.answers += 1;
        seen.last_ms = seen.last_ms.max(now);
    }

    fn failed_with(&mut self, reason: String) {
        *self.failures.entry(reason).or_default() += 1;
    }
}
