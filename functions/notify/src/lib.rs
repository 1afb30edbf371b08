//! Reports the end of an execution: its last status to GitHub, and after a swap back the live version to New Relic.

mod github;
mod stack;

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

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<S, K, L, G, M, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The secrets, of which this reads the token of GitHub and the key of New Relic.
    pub secrets: K,
    /// The locks of stacks, with the live versions.
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

/// The outcomes of both reports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The status of the deployment on GitHub.
    pub github: Outcome,
    /// The marker of a version that is live again.
    pub new_relic: Outcome,
}

/// Reports the end. A transient failure is an error, after both reports were tried: Lambda calls again twice, within a few
/// minutes. Every other failure is an outcome. Reporting again changes nothing.
pub async fn run(
    Ports { stacks, secrets, locks, github, marker, clock }: &Ports<
        impl Stacks,
        impl Secrets,
        impl Locks,
        impl Deployments,
        impl Marker,
        impl Clock,
    >,
    ExecutionEnded { detail }: Request,
) -> Result<Response, Error> {
    let (github, marked) = tokio::join!(
        github::report((stacks, secrets, github), &detail),
        mark((stacks, locks), (marker, secrets, clock), &detail),
    );
    let (github, new_relic) = (outcome(github), outcome(marked));
    for (what, outcome) in [("GitHub", &github), ("New Relic", &new_relic)] {
        match outcome {
            Ok(Outcome::Done { id }) => tracing::info!("reported the end to {what} as {id}"),
            Ok(Outcome::Skipped { reason }) => {
                tracing::debug!("nothing to report to {what}: {reason}");
            }
            Ok(Outcome::Warning { reason, .. }) => {
                let execution = &detail.execution_arn;
                tracing::warn!("{what} may not show the end of `{execution}`: {reason}");
            }
            Err(_) => {}
        }
    }
    Ok(Response { github: github?, new_relic: new_relic? })
}

/// The outcome of a report. A transient error stays an error.
fn outcome(reported: Result<Outcome, Error>) -> Result<Outcome, Error> {
    match reported {
        Err(error) if !error.is_transient() => {
            Ok(Outcome::Warning { code: error.code().to_owned(), reason: error.to_string() })
        }
        reported => reported,
    }
}

/// Makes a marker of the version that is live again after a swap back: the newest one is of an older release.
async fn mark(
    (stacks, locks): (&impl Stacks, &impl Locks),
    (marker, secrets, clock): (&impl Marker, &impl Secrets, &impl Clock),
    ended: &Ended,
) -> Result<Outcome, Error> {
    let skipped = |reason: &str| Ok(Outcome::Skipped { reason: reason.to_owned() });
    let Some(name) = ended.stack().filter(|_| was_swapped_back(ended)) else {
        return skipped("the execution did not swap back");
    };
    let Some(stack) = stack::load(stacks, ended).await? else {
        return skipped("the stack does not exist");
    };
    let Some(live) = locks.state(&name).await?.live else {
        return skipped("the live version is unknown");
    };
    let request = mark_request(ended, stack, live);
    let Marked { outcome, doubt } = marking::mark(marker, secrets, clock, &request).await;
    if let Some(error) = doubt {
        tracing::warn!("the release may have two markers: {error}");
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

/// The user that started the execution, by its request; else `mist`, or `upload`.
fn user(ended: &Ended) -> String {
    let input = ended.input.as_deref().and_then(|it| serde_json::from_str::<Value>(it).ok());
    let user = input.as_ref().and_then(|input| input.get("user")?.as_str());
    let default = if ended.operation().is_some() { "mist" } else { "upload" };
    user.unwrap_or(default).to_owned()
}
