//! Follows an execution of the state machine: a line per step on standard error.

mod progress;
mod waiting;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mist_aws::{
    Aws, StepFunctions,
    executions::{Execution, Status, Step},
};
use mist_core::{error::Error, names::StackName, ports::Locks, release::failure::Cause};
use serde_json::Value;

pub(crate) use self::progress::FinishedStep;
use self::progress::Progress;
use crate::failure::{Detached, Failure};

/// The time before each of the first looks: they come after 0.1, 0.3 and 1 s, as what fails early fails then.
const FIRST_LOOKS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(700)];

/// An execution to follow, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Following<'a> {
    /// The ARN of the execution.
    pub(crate) execution: &'a str,
    /// Its stack.
    pub(crate) stack: &'a StackName,
    /// The time between two looks, after the first ones.
    pub(crate) interval: Duration,
    /// When to stop looking.
    pub(crate) timeout: Duration,
}

/// The end of an execution that succeeded.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Its output.
    pub(crate) output: Value,
    /// Its steps.
    pub(crate) steps: Vec<FinishedStep>,
}

/// Follows an execution to its end. Ctrl-C and `timeout` only end the following.
pub(crate) async fn follow(aws: &Aws, following: Following<'_>) -> Result<Ended, Failure> {
    let (executions, locks) = (aws.executions(), aws.locks());
    tokio::select! {
        ended = to_the_end(&executions, &locks, following) => ended,
        _ = tokio::signal::ctrl_c() => Err(detached(Detached::Interrupted, following.execution)),
    }
}

async fn to_the_end(
    executions: &StepFunctions,
    locks: &impl Locks,
    Following { execution, stack, interval, timeout }: Following<'_>,
) -> Result<Ended, Failure> {
    let started = Instant::now();
    let mut progress = Progress::new();
    let mut ticks = tokio::time::interval(interval);
    let mut first = FIRST_LOOKS.into_iter();
    loop {
        ticks.reset_after(first.next().unwrap_or(interval).min(interval));
        ticks.tick().await;
        let look = look(executions, execution, progress.seen()).await;
        if started.elapsed() >= timeout
            && look.as_ref().map_or(true, |(described, _)| described.status == Status::Running)
        {
            return Err(detached(Detached::TimedOut, execution));
        }
        // A look that failed says nothing about the execution: the network, a throttle, an expired sign-in.
        let (described, steps) = match look {
            Ok(look) => look,
            Err(error) => {
                progress.print(&format!("! cannot read the execution, trying again: {error}"));
                continue;
            }
        };
        let quiet = steps.is_empty();
        for step in steps {
            progress.tell(step);
        }
        match described.status {
            // A first step that goes on waits for the lock or the quota, and only the stack knows for how long.
            Status::Running if quiet && progress.begins() => {
                if let Ok(state) = locks.state(stack).await
                    && let Some(reason) = waiting::reason(&state, execution, Timestamp::now())
                {
                    progress.waits(reason);
                }
            }
            Status::Running => {}
            Status::Succeeded => {
                let output = described.output.unwrap_or_default();
                return Ok(Ended { output, steps: progress.finish() });
            }
            Status::Failed { error, cause } => {
                progress.finish();
                let cause = Box::new(Cause::read(&error, &cause));
                return Err(Failure::Operation { name: error, cause });
            }
            Status::Stopped { status } => {
                progress.finish();
                let ended = status.to_lowercase();
                let message = format!("the execution was {ended}; {}", where_to_look(execution));
                return Err(Failure::operation(&status, message));
            }
        }
    }
}

// The execution is described first: what it did until then is in its history afterwards.
async fn look(
    executions: &StepFunctions,
    execution: &str,
    seen: i64,
) -> Result<(Execution, Vec<Step>), Error> {
    let described = executions.describe(execution).await?;
    Ok((described, executions.steps(execution, seen).await?))
}

fn detached(why: Detached, execution: &str) -> Failure {
    let message =
        format!("no longer followed; it goes on without you. {}", where_to_look(execution));
    Failure::Detached { why, message }
}

fn where_to_look(execution: &str) -> String {
    format!("`mist version -s STACK` shows the stack; the execution is {execution}")
}

#[cfg(test)]
mod tests;
