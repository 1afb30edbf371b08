//! Reconciles what an execution left when it ended, however that was: frees its lock, hands it on, and ends its
//! release in the history.
//!
//! Executions that end by their own last step have done so already. This is for those that are stopped in the console,
//! run out of time, or fail where no state could catch it; for all of them it notes the duration of each step.

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

/// Everything that an end is reconciled with.
#[derive(Debug)]
pub struct Ports<L, H, E, T, W, C> {
    /// The locks of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The executions.
    pub executions: E,
    /// The waiting tasks of others.
    pub tasks: T,
    /// The wake-ups for those who wait.
    pub wakes: W,
    /// The time.
    pub clock: C,
}

/// The execution that ended.
pub type Request = ExecutionEnded;

/// What was reconciled.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The stack; null if the input of the execution names none.
    pub stack: Option<StackName>,
    /// Whether the execution had left its lock or a place in the queue.
    pub freed: bool,
    /// The release; null if the execution opened none.
    pub release: Option<String>,
}

/// Reconciles the end. Doing it again changes nothing.
pub async fn run<L: Locks, H: History, E: Executions, T: Tasks, W: Wakes, C: Clock>(
    Ports { locks, history, executions, tasks, wakes, clock }: &Ports<L, H, E, T, W, C>,
    ExecutionEnded { detail }: Request,
) -> Result<Response, Error> {
    let Some(stack) = detail.stack() else {
        return Ok(Response { stack: None, freed: false, release: None });
    };
    let execution = &detail.execution_arn;
    let ports = (locks, tasks, wakes, clock);
    // Only of one that succeeded it is known that no call goes on.
    let succeeded = detail.status == "SUCCEEDED";
    let by = if succeeded { EndedBy::Itself } else { EndedBy::StepFunctions };
    let freed = ending::free(ports, &stack, execution, by).await?;
    if freed {
        tracing::warn!(stack.name = %stack, "`{execution}` ended as {} and left the lock", detail.status);
    }
    let Some(release) = ending::find(history, &stack, execution).await? else {
        return Ok(Response { stack: Some(stack), freed, release: None });
    };
    let id = release.id;
    // The event can come late, or be delivered again hours later.
    let ended_at = detail.stop_date.and_then(|at| Timestamp::from_millisecond(at).ok());
    let end = ReleaseEnd {
        ended_at: ended_at.unwrap_or_else(|| clock.now()),
        verdict: verdict(&detail.status, detail.error.as_deref()),
        reason: reason(&detail),
    };
    history.end(&stack, &id, &end).await?;
    match executions.seconds_of_steps(execution).await {
        Ok(steps) => history.note_steps(&stack, &id, &steps).await?,
        Err(error) => tracing::warn!("the duration of the steps is unknown: {error}"),
    }
    Ok(Response { stack: Some(stack), freed, release: Some(id) })
}

fn reason(detail: &Ended) -> Option<String> {
    match detail.status.as_str() {
        "SUCCEEDED" => None,
        "ABORTED" => Some("the execution was stopped by hand".to_owned()),
        "TIMED_OUT" => Some("the execution took too long".to_owned()),
        _ => {
            let error = detail.error.as_deref().unwrap_or_default();
            detail.cause.as_deref().map(|cause| Cause::read(error, cause).reason())
        }
    }
}
