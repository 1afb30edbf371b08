//! The logs of the instances in the cause of a failure.

use jiff::Timestamp;
use mist_core::{
    names::EnvironmentName,
    ports::{Clock, HttpText, Logs},
    release::log_tail,
};
use serde_json::Value;

use crate::request::Request;

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
    Source { environment, since }: Source<'_>,
) -> Vec<String> {
    match log_tail::read((logs, texts, clock), environment, since).await {
        Ok(lines) => lines,
        Err(error) => vec![format!("the logs cannot be read ({})", error.code())],
    }
}
