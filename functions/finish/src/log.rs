//! The tails of the instances' logs, which often show why a version does not run.

use std::time::Duration;

use jiff::Timestamp;
use mist_core::{
    beanstalk::instance_log::excerpt,
    error::Error,
    names::EnvironmentName,
    ports::{Clock, HttpText, Logs},
};
use serde_json::Value;

use crate::request::Request;

/// The most instances whose log is read.
const INSTANCES: usize = 2;

/// The most lines that are kept.
const LINES: usize = 60;

/// The most bytes that are read of one log.
const BYTES: usize = 512 * 1024;

/// The longest time that instances may take to send their logs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two tries to retrieve the logs.
const PAUSE: Duration = Duration::from_secs(2);

/// The environment whose instances have the logs, and the time from which their lines explain the failure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The environment.
    pub(crate) environment: &'a EnvironmentName,
    /// The time at which the release began to change or to use the environment.
    pub(crate) since: Timestamp,
}

impl<'a> Source<'a> {
    /// The target of the plan, since the deployment was requested; without a deployment, since the release began.
    /// `None` without a plan.
    pub(crate) fn of(request: &'a Request) -> Option<Self> {
        let deploy = request.results.get("deploy").and_then(|deploy| deploy.get("since"));
        let requested = deploy.and_then(Value::as_str).and_then(|since| since.parse().ok());
        let began = request.release.as_ref().map(|release| release.execution.started_at);
        let environment = &request.plan.as_ref()?.summary.environment;
        Some(Self { environment, since: requested.or(began)? })
    }
}

/// The last lines of the logs that the instances of `source` send. If they cannot be read, one line has the reason.
pub(crate) async fn lines(
    logs: &impl Logs,
    texts: &impl HttpText,
    clock: &impl Clock,
    source: Source<'_>,
) -> Vec<String> {
    match read(logs, texts, clock, source).await {
        Ok(lines) => lines,
        Err(error) => vec![format!("the logs cannot be read ({})", error.code())],
    }
}

async fn read(
    logs: &impl Logs,
    texts: &impl HttpText,
    clock: &impl Clock,
    Source { environment, since }: Source<'_>,
) -> Result<Vec<String>, Error> {
    let asked = clock.now();
    logs.request(environment).await?;
    let sent = loop {
        let mut sent = logs.retrieve(environment).await?;
        // Older logs are of another deployment. Beanstalk's times have whole seconds.
        sent.retain(|log| log.time.as_second() >= asked.as_second());
        if !sent.is_empty() {
            break sent;
        }
        if clock.now().duration_since(asked).unsigned_abs() >= PATIENCE {
            let (what, status) = ("the log".to_owned(), "no instance has sent it".to_owned());
            return Err(Error::NotReady { what, status });
        }
        clock.pause(PAUSE).await;
    };
    let mut lines = Vec::new();
    for log in sent.iter().take(INSTANCES) {
        let text = texts.read(&log.url, BYTES).await?;
        lines.extend(excerpt(&text, since).iter().map(|line| format!("{}: {line}", log.instance)));
    }
    lines.drain(..lines.len().saturating_sub(LINES));
    Ok(lines)
}
