//! Follows an execution of the state machine: a line per step on standard error.

mod progress;
pub(crate) mod waiting;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mist_aws::{
    Aws, StepFunctions,
    executions::{Execution, Status, Step},
};
use mist_core::{
    error::Error,
    names::StackName,
    ports::{Executions as _, Locks},
    release::failure::Cause,
};
use serde_json::Value;

pub(crate) use self::progress::FinishedStep;
use self::progress::{Finished, Progress};
use crate::{
    arguments::FollowOptions,
    failure::{Detached, Failure},
};

/// The time before each of the first polls, after 0.1, 0.3 and 1 s: early failures happen then.
const FIRST_POLLS: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(700)];

/// An execution to follow, with the interval and the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Following<'a> {
    /// The ARN of the execution.
    pub(crate) execution: &'a str,
    /// The stack of the execution.
    pub(crate) stack: &'a StackName,
    /// How long, and how often it is polled after the first times.
    pub(crate) options: FollowOptions,
}

/// The result of an execution that succeeded.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// The output of the execution.
    pub(crate) output: Value,
    /// The steps of the execution.
    #[cfg_attr(
        not(any(test, feature = "rehearsal")),
        expect(dead_code, reason = "only `mist demo` prints them")
    )]
    pub(crate) steps: Vec<FinishedStep>,
}

/// Follows an execution to its end. Ctrl-C and `timeout` end only the following, not the execution.
pub(crate) async fn follow(aws: &Aws, following: Following<'_>) -> Result<Ended, Failure> {
    let (executions, locks) = (aws.executions(), aws.locks());
    tokio::select! {
        ended = to_the_end(&executions, &locks, following) => ended,
        _ = tokio::signal::ctrl_c() => Err(detached(Detached::Interrupted, following)),
    }
}

async fn to_the_end(
    executions: &StepFunctions,
    locks: &impl Locks,
    following: Following<'_>,
) -> Result<Ended, Failure> {
    let Following { execution, stack, options: FollowOptions { interval, timeout } } = following;
    let started = Instant::now();
    let mut progress = Progress::new();
    let mut ticks = tokio::time::interval(interval);
    let mut first = FIRST_POLLS.into_iter();
    loop {
        ticks.reset_after(first.next().unwrap_or(interval).min(interval));
        ticks.tick().await;
        let poll = poll(executions, execution, progress.seen()).await;
        if started.elapsed() >= timeout
            && poll.as_ref().map_or(true, |(described, _)| described.status == Status::Running)
        {
            return Err(detached(Detached::TimedOut, following));
        }
        // A failed poll does not mean a failed execution: the network, a throttle, an expired sign-in.
        let (described, steps) = match poll {
            Ok(poll) => poll,
            Err(error) => {
                progress.print(&format!("! cannot read the execution: {error}; trying again"));
                continue;
            }
        };
        let quiet = steps.is_empty();
        for step in steps {
            progress.add(step);
        }
        if described.status != Status::Running {
            let why = match described.status {
                Status::Stopped { .. } => executions.why_stopped(execution).await.ok().flatten(),
                Status::Running | Status::Succeeded | Status::Failed { .. } => None,
            };
            return ended(described, progress.finish(), why, following);
        }
        // A first step that lasts waits for the lock or its slot, and the state of the stack has the reason.
        if quiet
            && progress.is_in_first_step()
            && let Ok(state) = locks.state(stack).await
            && let Some(reason) = waiting::reason(&state, execution, Timestamp::now())
        {
            progress.waits(reason);
        }
        progress.stays(Timestamp::now());
    }
}

/// The result of an execution that has ended as `described`, after the steps of `finished`. `why` is what whoever
/// stopped it said.
fn ended(
    described: Execution,
    finished: Finished,
    why: Option<String>,
    following: Following<'_>,
) -> Result<Ended, Failure> {
    match described.status {
        Status::Running | Status::Succeeded => {
            Ok(Ended { output: described.output.unwrap_or_default(), steps: finished.steps })
        }
        Status::Failed { error, cause } => {
            let cause = Box::new(Cause::read(&error, &cause));
            let told = finished.has_told(&cause);
            Err(Failure::Operation { name: error, cause, told })
        }
        Status::Stopped { status } => {
            let ended = status.to_lowercase();
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            let message = format!("the execution was {ended}{why}. {}", hint(following));
            Err(Failure::operation(&status, message))
        }
    }
}

// The execution is described first, so that its history includes every step before that description.
async fn poll(
    executions: &StepFunctions,
    execution: &str,
    seen: i64,
) -> Result<(Execution, Vec<Step>), Error> {
    let described = executions.describe(execution).await?;
    Ok((described, executions.steps(execution, seen).await?))
}

fn detached(why: Detached, following: Following<'_>) -> Failure {
    let Following { execution, stack, .. } = following;
    let message = format!(
        "stopped following; the execution continues. `mist watch -s {stack}` follows it again. \
         Execution: {execution}"
    );
    Failure::Detached { why, message }
}

fn hint(Following { execution, stack, .. }: Following<'_>) -> String {
    format!("`mist status -s {stack}` shows the stack. Execution: {execution}")
}

#[cfg(test)]
mod tests;
