//! Reports the end of an execution: to GitHub its last status, and to New Relic what is live again.

mod github;

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    ports::{Clock, Deployments, Locks, Marker, Outcome, Secrets, Stacks},
    release::{
        failure::Cause,
        marking::{self, MarkRequest, Marked},
        state::LiveSide,
    },
    stack::settings::Stack,
};
use mist_lambda::{Ended, ExecutionEnded};
use serde::Serialize;
use serde_json::Value;

/// Everything that an end is reported with.
#[derive(Debug)]
pub struct Ports<S, K, L, G, M, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The token of GitHub, and the key of New Relic.
    pub secrets: K,
    /// The locks of stacks, which tell what is live.
    pub locks: L,
    /// The deployments on GitHub.
    pub github: G,
    /// New Relic.
    pub marker: M,
    /// The time.
    pub clock: C,
}

/// The execution that ended.
pub type Request = ExecutionEnded;

/// The ends of both reports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The status of the deployment on GitHub.
    pub github: Outcome,
    /// The mark of a version that is live again.
    pub new_relic: Outcome,
}

/// Reports the end. What goes wrong for good is an outcome; what can be tried again is an error, after both have
/// been tried: Lambda does so twice, within a few minutes. Doing it again changes nothing.
pub async fn run<S, K, L, G, M, C>(
    ports: &Ports<S, K, L, G, M, C>,
    ExecutionEnded { detail }: Request,
) -> Result<Response, Error>
where
    S: Stacks,
    K: Secrets,
    L: Locks,
    G: Deployments,
    M: Marker,
    C: Clock,
{
    let Ports { stacks, secrets, github, .. } = ports;
    let (github, marked) =
        tokio::join!(github::report((stacks, secrets, github), &detail), mark(ports, &detail));
    let (github, new_relic) = (outcome(github), outcome(marked));
    for (what, outcome) in [("GitHub", &github), ("New Relic", &new_relic)] {
        match outcome {
            Ok(Outcome::Done { id }) => tracing::info!("reported the end to {what} as {id}"),
            Ok(Outcome::Skipped { reason }) => tracing::debug!("nothing for {what}: {reason}"),
            Ok(Outcome::Warning { reason, .. }) => {
                let execution = &detail.execution_arn;
                tracing::warn!("{what} may not show how `{execution}` ended: {reason}");
            }
            Err(_) => {}
        }
    }
    Ok(Response { github: github?, new_relic: new_relic? })
}

/// The outcome of a report; an error that passes stays one.
fn outcome(reported: Result<Outcome, Error>) -> Result<Outcome, Error> {
    match reported {
        Err(error) if !error.is_transient() => {
            Ok(Outcome::Warning { code: error.code().to_owned(), reason: error.to_string() })
        }
        reported => reported,
    }
}

/// Marks what is live again after a release that was swapped back: the mark before is that of an older release.
async fn mark<S: Stacks, K: Secrets, L: Locks, G, M: Marker, C: Clock>(
    ports: &Ports<S, K, L, G, M, C>,
    ended: &Ended,
) -> Result<Outcome, Error> {
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    let Some(name) = ended.stack().filter(|_| was_swapped_back(ended)) else {
        return skipped("the execution swapped nothing back");
    };
    let Some(stack) = load(&ports.stacks, ended).await? else {
        return skipped("there is no such stack");
    };
    let Some(live) = ports.locks.state(&name).await?.live else {
        return skipped("nothing is known to be live");
    };
    let request = mark_request(ended, stack, live);
    let Marked { outcome, doubt } =
        marking::mark(&ports.marker, &ports.secrets, &ports.clock, &request).await;
    if let Some(error) = doubt {
        tracing::warn!("it cannot be seen whether the release is marked already: {error}");
    }
    Ok(outcome)
}

fn was_swapped_back(ended: &Ended) -> bool {
    let error = ended.error.as_deref().unwrap_or_default();
    let cause = Cause::read(error, ended.cause.as_deref().unwrap_or_default());
    ended.status == "FAILED" && (cause.swapped_back || error == "Mist.RolledBack")
}

fn mark_request(ended: &Ended, stack: Stack, live: LiveSide) -> MarkRequest {
    let execution = &ended.execution_arn;
    let name = execution.rsplit(':').next().unwrap_or_default();
    MarkRequest {
        stack: stack.name,
        environment: live.environment,
        version: live.version,
        new_relic: stack.settings.new_relic,
        user: user(ended),
        group_id: name.to_owned(),
        execution: Some(execution.clone()),
        started_at: None,
        changelog: None,
        commit: None,
    }
}

/// Who or what started the execution, as its request says it.
fn user(ended: &Ended) -> String {
    let input = ended.input.as_deref().and_then(|it| serde_json::from_str::<Value>(it).ok());
    let told = input.as_ref().and_then(|input| input.get("user")?.as_str());
    let usual = if ended.operation().is_some() { "mist" } else { "upload" };
    told.unwrap_or(usual).to_owned()
}

/// The stack of the execution; `None` if there is none.
async fn load(stacks: &impl Stacks, ended: &Ended) -> Result<Option<Stack>, Error> {
    let Some(name) = ended.stack() else { return Ok(None) };
    match stacks.load(&name).await {
        Ok(stack) => Ok(Some(stack)),
        Err(Error::UnknownStack { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
