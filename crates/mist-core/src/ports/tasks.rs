//! Waiting tasks of the state machine.

use serde_json::Value;

use crate::{error::Error, release::state::TaskToken};

/// Waiting tasks of the state machine, by their tokens.
pub trait Tasks {
    /// Ends the wait with `output`. Returns whether the task was still waiting.
    fn succeed(
        &self,
        token: &TaskToken,
        output: &Value,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Ends the wait with `error`, under its name. Returns whether the task was still waiting.
    fn fail(
        &self,
        token: &TaskToken,
        error: &Error,
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}
