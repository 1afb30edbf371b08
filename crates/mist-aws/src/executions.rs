//! Executions of the state machine.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_sfn::{
    Client,
    types::{ExecutionStatus, HistoryEvent},
};
use jiff::Timestamp;
use mist_core::{error::Error, ports::Executions, release::request::UploadedObject};
use serde_json::Value;

use crate::{error::classify, time::timestamp};

const SERVICE: &str = "states";

/// Step Functions, through the SDK.
#[derive(Clone, Debug)]
pub struct StepFunctions {
    client: Client,
}

/// An execution of the state machine.
#[derive(Clone, Debug)]
pub struct Execution {
    /// Its status.
    pub status: Status,
    /// Its input.
    pub input: Value,
    /// Its output, if it succeeded.
    pub output: Option<Value>,
    /// The time of its start.
    pub started: Option<Timestamp>,
}

/// The status of an execution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Status {
    /// It runs.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed with this error.
    Failed {
        /// The name of the error.
        error: String,
        /// Its cause, with the state of the stack.
        cause: String,
    },
    /// A person stopped it, or it timed out.
    Stopped {
        /// `ABORTED` or `TIMED_OUT`.
        status: String,
    },
}

/// An event of an execution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its id; later events have higher ones.
    pub id: i64,
    /// Its time.
    pub time: Timestamp,
    /// Its kind.
    pub what: What,
}

/// The kind of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// A state was entered.
    Entered {
        /// The state's name.
        state: String,
    },
    /// A state was left.
    Exited {
        /// The state's name.
        state: String,
        /// Its output; null if that is not JSON.
        output: Value,
    },
    /// An attempt of the current state failed; it may be retried.
    Failed {
        /// The name of the error.
        error: String,
        /// Its cause.
        cause: String,
    },
}

impl StepFunctions {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Starts an execution called `name` with `input`, and returns its ARN. While it runs, the same name and input
    /// return the same execution.
    pub async fn start(
        &self,
        state_machine: &str,
        name: &str,
        input: &Value,
    ) -> Result<String, Error> {
        self.client
            .start_execution()
            .state_machine_arn(state_machine)
            .name(name)
            .input(input.to_string())
            .send()
            .await
            .map(|answer| answer.execution_arn().to_owned())
            .map_err(|error| classify(SERVICE, &error))
    }

    /// Stops the execution `arn`; whoever looks at it sees `why`. This undoes nothing, and the last call of the execution
    /// continues.
    pub async fn stop(&self, arn: &str, why: &str) -> Result<(), Error> {
        let stopped = self.client.stop_execution().execution_arn(arn).cause(why).send().await;
        stopped.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    /// The execution `arn`.
    pub async fn describe(&self, arn: &str) -> Result<Execution, Error> {
        let answer = self
            .client
            .describe_execution()
            .execution_arn(arn)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let status = match answer.status() {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => Status::Running,
            ExecutionStatus::Succeeded => Status::Succeeded,
            ExecutionStatus::Failed => Status::Failed {
                error: answer.error().unwrap_or("unknown").to_owned(),
                cause: answer.cause().unwrap_or_default().to_owned(),
            },
            other => Status::Stopped { status: other.as_str().to_owned() },
        };
        Ok(Execution {
            status,
            input: answer.input().map(json).unwrap_or_default(),
            output: answer.output().map(json),
            started: Some(timestamp(*answer.start_date())),
        })
    }

    /// The events of the execution `arn` after event `after`, oldest first.
    pub async fn steps(&self, arn: &str, after: i64) -> Result<Vec<Step>, Error> {
        // Newest first, so that only the pages with new events are read.
        let mut pages = self
            .client
            .get_execution_history()
            .execution_arn(arn)
            .reverse_order(true)
            .max_results(1000)
            .into_paginator()
            .send();
        let mut steps = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            steps.extend(page.events().iter().filter(|event| event.id() > after).filter_map(step));
            if page.events().iter().any(|event| event.id() <= after) {
                break;
            }
        }
        steps.sort_by_key(|step| step.id);
        Ok(steps)
    }

    /// The first execution that `upload` started; `None` if none outside of `known` has that input. All executions that
    /// this reads are added to `known`, so the next call skips them.
    pub async fn started_by_upload(
        &self,
        state_machine: &str,
        known: &mut HashSet<String>,
        upload: &UploadedObject,
    ) -> Result<Option<String>, Error> {
        // S3 can send an event twice. The first execution releases it.
        for execution in self.newest(state_machine).await?.into_iter().rev() {
            if known.contains(&execution) {
                continue;
            }
            // One that cannot be read now is read by the next call.
            let input = self.describe(&execution).await?.input;
            known.insert(execution.clone());
            if upload.is_in(&input) {
                return Ok(Some(execution));
            }
        }
        Ok(None)
    }

    /// The ARNs of the newest executions, newest first; at most 100.
    pub async fn newest(&self, state_machine: &str) -> Result<Vec<String>, Error> {
        let answer = self
            .client
            .list_executions()
            .state_machine_arn(state_machine)
            .max_results(100)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(answer.executions().iter().map(|it| it.execution_arn().to_owned()).collect())
    }
}

impl Executions for StepFunctions {
    async fn why_stopped(&self, execution: &str) -> Result<Option<String>, Error> {
        let answer = self
            .client
            .get_execution_history()
            .execution_arn(execution)
            .reverse_order(true)
            .max_results(1)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let last = answer.events().first().and_then(HistoryEvent::execution_aborted_event_details);
        let why = last.and_then(|aborted| aborted.cause()).filter(|why| !why.is_empty());
        Ok(why.map(str::to_owned))
    }

    async fn seconds_of_steps(&self, execution: &str) -> Result<BTreeMap<String, f64>, Error> {
        let mut entered: Option<(String, Timestamp)> = None;
        let mut seconds = BTreeMap::new();
        for Step { time, what, .. } in self.steps(execution, 0).await? {
            match what {
                What::Entered { state } => entered = Some((state, time)),
                What::Exited { state, .. } => {
                    let since = entered.take().filter(|(name, _)| *name == state);
                    let Some((_, since)) = since else { continue };
                    let took = time.duration_since(since).as_secs_f64();
                    if took > 0.0 {
                        *seconds.entry(state).or_insert(0.0) += took;
                    }
                }
                What::Failed { .. } => {}
            }
        }
        Ok(seconds)
    }
}

fn step(event: &HistoryEvent) -> Option<Step> {
    let failed = |error: Option<&str>, cause: Option<&str>| What::Failed {
        error: error.unwrap_or("unknown").to_owned(),
        cause: cause.unwrap_or_default().to_owned(),
    };
    let what = if let Some(entered) = event.state_entered_event_details() {
        What::Entered { state: entered.name().to_owned() }
    } else if let Some(exited) = event.state_exited_event_details() {
        let output = exited.output().map(json).unwrap_or_default();
        What::Exited { state: exited.name().to_owned(), output }
    } else if let Some(task) = event.task_failed_event_details() {
        failed(task.error(), task.cause())
    } else if let Some(task) = event.task_timed_out_event_details() {
        failed(task.error(), task.cause())
    } else {
        return None;
    };
    Some(Step { id: event.id(), time: timestamp(*event.timestamp()), what })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
