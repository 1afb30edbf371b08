//! Executions of the workflow in memory.

use std::collections::BTreeMap;

use mist_core::{error::Error, ports::Executions};

/// Executions of the workflow, all with the same steps.
#[derive(Debug, Default)]
pub struct FakeExecutions {
    /// The duration of each step in seconds.
    pub steps: BTreeMap<String, f64>,
    /// What whoever stopped them said; `None` if nothing was said.
    pub why_stopped: Option<String>,
}

impl Executions for FakeExecutions {
    async fn why_stopped(&self, _execution: &str) -> Result<Option<String>, Error> {
        Ok(self.why_stopped.clone())
    }

    async fn seconds_of_steps(&self, _execution: &str) -> Result<BTreeMap<String, f64>, Error> {
        Ok(self.steps.clone())
    }
}
