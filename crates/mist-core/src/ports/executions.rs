//! Executions of the workflow.

use std::collections::BTreeMap;

use crate::error::Error;

/// Executions of the workflow.
pub trait Executions {
    /// What whoever stopped `execution` said about it; `None` if it was not stopped, or nothing was said.
    fn why_stopped(
        &self,
        execution: &str,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// The duration of each step of `execution` in seconds, by its name: the sum for a step that was repeated. Steps that
    /// took no time or did not end are absent.
    fn seconds_of_steps(
        &self,
        execution: &str,
    ) -> impl Future<Output = Result<BTreeMap<String, f64>, Error>> + Send;
}
