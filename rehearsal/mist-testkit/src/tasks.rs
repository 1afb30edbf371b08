//! Waiting tasks of the state machine in memory.

use std::{collections::BTreeSet, sync::Mutex};

use mist_core::{error::Error, ports::Tasks, release::state::TaskToken};
use serde_json::Value;

use crate::mutex::lock;

/// Waiting tasks in memory. Every token belongs to a waiting task, until its wait ends or the test calls
/// [`FakeTasks::over`].
#[derive(Debug, Default)]
pub struct FakeTasks {
    ends: Mutex<Vec<(String, TaskEnd)>>,
    over: Mutex<BTreeSet<String>>,
    failures: Mutex<u32>,
}

/// The end of a wait.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TaskEnd {
    /// The output of the task.
    Succeeded(Value),
    /// The error of the task.
    Failed {
        /// Its name.
        name: String,
        /// Its message.
        message: String,
    },
}

impl TaskEnd {
    /// The name of the error; `None` if the task succeeded.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Succeeded(_) => None,
            Self::Failed { name, .. } => Some(name),
        }
    }
}

impl FakeTasks {
    /// Ends the wait of the task with `token`, as the end of its execution does.
    pub fn over(&self, token: &str) {
        lock(&self.over).insert(token.to_owned());
    }

    /// Makes the task with `token` wait again, as an engine that gives each attempt the same token.
    pub fn waits_again(&self, token: &str) {
        lock(&self.over).remove(token);
    }

    /// Makes the next call fail and end no wait.
    pub fn fail_next(&self) {
        *lock(&self.failures) += 1;
    }

    /// All waits that ended, in their order, with their tokens.
    pub fn ends(&self) -> Vec<(String, TaskEnd)> {
        lock(&self.ends).clone()
    }

    /// The last end of the wait with `token`, if it ended.
    pub fn end_of(&self, token: &str) -> Option<TaskEnd> {
        let ends = lock(&self.ends);
        ends.iter().rev().find(|(found, _)| found == token).map(|(_, end)| end.clone())
    }

    fn end(&self, token: &TaskToken, end: TaskEnd) -> Result<bool, Error> {
        let mut failures = lock(&self.failures);
        if *failures > 0 {
            *failures -= 1;
            let message = "no answer".to_owned();
            return Err(Error::ServiceUnavailable { service: "states", message });
        }
        let token = token.expose().to_owned();
        let waits = lock(&self.over).insert(token.clone());
        if waits {
            lock(&self.ends).push((token, end));
        }
        Ok(waits)
    }
}

impl Tasks for FakeTasks {
    async fn succeed(&self, token: &TaskToken, output: &Value) -> Result<bool, Error> {
        self.end(token, TaskEnd::Succeeded(output.clone()))
    }

    async fn fail(&self, token: &TaskToken, error: &Error) -> Result<bool, Error> {
        let (name, message) = (error.code().to_owned(), error.to_string());
        self.end(token, TaskEnd::Failed { name, message })
    }
}
