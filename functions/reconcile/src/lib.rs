//! Reconciles an execution that ended: releases its lock, passes it on, and ends its release in the history.
//!
//! An execution that ended with its own last step has done so already. This is for executions that were stopped, timed
//! out, or failed where no state could catch it. For all of them it notes the duration of each step.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::StackName,
    ports::{Clock, Executions, History, Locks, Tasks, Wakes},
    release::{
        ending,
        failure::{Cause, verdict},
        history::ReleaseEnd,
        lock::EndedBy,
    },
};
use mist_lambda::{Ended, ExecutionEnded};
use serde::Serialize;

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<L, H, E, T, W, C> {
    /// The locks of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The executions.
    pub executions: E,
    /// The waiting tasks of executions.
    pub tasks: T,
    /// The wake-ups for looks at waiting tasks.
    pub wakes: W,
    /// The time.
    pub clock: C,
}

/// The execution that ended.
pub type Request = ExecutionEnded;

/// The result.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The stack; null if the input of the execution names none.
    pub stack: Option<StackName>,
    /// Whether the execution still held its lock or was in the queue.
    pub freed: bool,
    /// The key of the release; null if the execution opened none.
    pub release: Option<String>,
}

/// Reconciles the end. Doing it again changes nothing.
pub async fn run(
    Ports { locks, history, executions, tasks, wakes, clock }: &Ports<
        impl Locks,
        impl History,
        impl Executions,
        impl Tasks,
        impl Wakes,
        impl Clock,
    >,
    ExecutionEnded { detail }: Request,
) -> Result<Response, Error> {
    let Some(stack) = detail.stack() else {
        return Ok(Response { stack: None, freed: false, release: None });
    };
    let execution = &detail.execution_arn;
    let ports = (locks, tasks, wakes, clock);
    // After a success or a refusal, no call can still be in progress.
    let refused = matches!(
        detail.error.as_deref(),
        Some("Mist.InvalidInput" | "Mist.InvalidArtifactKey" | "Mist.UnknownStack")
    );
    let itself = detail.status == "SUCCEEDED" || refused;
    let by = if itself { EndedBy::Itself } else { EndedBy::StepFunctions };
    let freed = ending::free(ports, &stack, execution, by).await?;
    if freed {
        tracing::warn!(stack.name = %stack, "`{execution}` ended as {} and still held the lock", detail.status);
    }
    let Some(release) = ending::find(history, &stack, execution).await? else {
        return Ok(Response { stack: Some(stack), freed, release: None });
    };
    let id = release.id;
    // The event can come hours late.
    let ended_at = detail.stop_date.and_then(|at| Timestamp::from_millisecond(at).ok());
    let end = ReleaseEnd {
        ended_at: ended_at.unwrap_or_else(|| clock.now()),
        verdict: verdict(&detail.status, detail.error.as_deref()),
        reason: reason(executions, &detail).await,
    };
    history.end(&stack, &id, &end).await?;
    match executions.seconds_of_steps(execution).await {
        Ok(steps) => history.note_steps(&stack, &id, &steps).await?,
        Err(error) => tracing::warn!("the duration of the steps is unknown: {error}"),
    }
    Ok(Response { stack: Some(stack), freed, release: Some(id) })
}

async fn reason(executions: &impl Executions, detail: &Ended) -> Option<String> {
    match detail.status.as_str() {
        "SUCCEEDED" => None,
        "ABORTED" => {
            let why = executions.why_stopped(&detail.execution_arn).await.unwrap_or_else(|error| {
                tracing::warn!("why the execution was stopped is unknown: {error}");
                None
            });
            Some(why.unwrap_or_else(|| "the execution was stopped".to_owned()))
        }
        "TIMED_OUT" => Some("the execution timed out".to_owned()),
        _ => {
            let error = detail.error.as_deref().unwrap_or_default();
            detail.cause.as_deref().map(|cause| Cause::read(error, cause).reason())
        }
    }
}
