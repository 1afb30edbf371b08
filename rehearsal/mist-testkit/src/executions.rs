//! Executions of the workflow in memory.

use std::collections::BTreeMap;

use mist_core::{error::Error, ports::Executions};

/// Executions of the workflow, all with the same steps.
#[derive(Debug, Default)]
pub struct FakeExecutions {
    /// The duration of each step in seconds.
    pub steps: BTreeMap<String, f64>,
}

impl Executions for FakeExecutions {
    async fn seconds_of_steps(&self, _execution: &str) -> Result<BTreeMap<String, f64>, Error> {
        Ok(self.steps.clone())
    }
}
