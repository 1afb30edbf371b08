//! Settles what a run left behind when it ended, in whatever way: frees its lock, gives up its place in the
//! queue, and ends its release in the history.
//!
//! Runs that end by themselves have done so already. This is for those that are stopped in the console, run
//! out of time, or fail where no state could catch it; for all of them it notes how long each step took.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    Error, StackName,
    ledger::{PastRelease, ReleaseEnd},
    ports::{self, Clock, Ledger, Runs},
};
use mist_lambda::{Ended, RunEnded};
use serde::Serialize;

/// Among how many of the newest releases the one of the run is looked for.
const NEWEST: u32 = 100;

/// The run that ended.
pub type Request = RunEnded;

/// What was settled.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The stack that the run was for; null when its input named none.
    pub stack: Option<StackName>,
    /// Whether it had left its lock or a place in the queue.
    pub freed: bool,
    /// The release; null when the run began none.
    pub release: Option<String>,
}

/// Settles the run. Doing it again changes nothing.
pub async fn run(
    ledger: &impl Ledger,
    runs: &impl Runs,
    clock: &impl Clock,
    RunEnded { detail }: Request,
) -> Result<Response, Error> {
    let Some(stack) = detail.stack() else {
        return Ok(Response { stack: None, freed: false, release: None });
    };
    let freed = free(ledger, clock, &stack, &detail.execution_arn).await?;
    let releases = ledger.releases(&stack, NEWEST).await?;
    // An item that cannot be read is another release's: it must not keep this one from its end.
    let mut readable = releases.into_iter().filter_map(Result::ok);
    let release = readable.find(|release| release.run == detail.execution_arn);
    if let Some(release) = &release {
        let steps = runs.seconds_of_steps(&detail.execution_arn).await;
        let steps = steps.unwrap_or_else(|error| {
            tracing::warn!("how long the steps took cannot be told: {error}");
            std::collections::BTreeMap::new()
        });
        ledger.end(release, &ReleaseEnd { steps, ..end(&detail) }).await?;
    }
    if freed {
        let run = &detail.execution_arn;
        tracing::warn!(stack.name = %stack, "`{run}` ended as {} and left the lock", detail.status);
    }
    Ok(Response { stack: Some(stack), freed, release: release.map(|release| release.id) })
}

async fn free(
    ledger: &impl Ledger,
    clock: &impl Clock,
    stack: &StackName,
    run: &str,
) -> Result<bool, Error> {
    // Should others write all the time, EventBridge calls again.
    ports::change(ledger, stack, |state| {
        let next = state.settled(run, clock.now().as_second());
        let freed = next.is_some();
        Ok((next, freed))
    })
    .await
}

fn end(detail: &Ended) -> ReleaseEnd {
    let stopped = detail.stop_date.and_then(|stopped| Timestamp::from_millisecond(stopped).ok());
    let (verdict, reason) = match detail.status.as_str() {
        "SUCCEEDED" => (PastRelease::DONE.to_owned(), None),
        "FAILED" => {
            (detail.error.clone().unwrap_or_else(|| "FAILED".to_owned()), detail.cause.clone())
        }
        "ABORTED" => ("ABORTED".to_owned(), Some("somebody stopped the run".to_owned())),
        "TIMED_OUT" => ("TIMED_OUT".to_owned(), Some("the run took too long".to_owned())),
        other => (other.to_owned(), detail.cause.clone()),
    };
    ReleaseEnd {
        ended_at: stopped.unwrap_or(Timestamp::UNIX_EPOCH),
        verdict,
        reason,
        steps: std::collections::BTreeMap::new(),
    }
}
