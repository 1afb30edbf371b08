//! Waiting tasks of the state machine.

use aws_sdk_sfn::{Client, error::ProvideErrorMetadata as _};
use mist_core::{error::Error, ports::Tasks, release::state::TaskToken};
use serde_json::Value;

use crate::error::classify;

const SERVICE: &str = "states";

/// The error codes for a token whose task no longer waits: another call ended the wait, or the execution ended. Local
/// emulators say `TaskDoesNotExist`.
const OVER: [&str; 3] = ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"];

/// Waiting tasks, through the SDK.
#[derive(Clone, Debug)]
pub struct WaitingTasks {
    client: Client,
}

impl WaitingTasks {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Tasks for WaitingTasks {
    async fn succeed(&self, token: &TaskToken, output: &Value) -> Result<bool, Error> {
        let call = self.client.send_task_success().task_token(token.expose());
        match call.output(output.to_string()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code().is_some_and(|code| OVER.contains(&code)) => Ok(false),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn fail(&self, token: &TaskToken, error: &Error) -> Result<bool, Error> {
        let call = self.client.send_task_failure().task_token(token.expose());
        match call.error(error.code()).cause(error.to_string()).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code().is_some_and(|code| OVER.contains(&code)) => Ok(false),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

#[cfg(test)]
mod tests;
