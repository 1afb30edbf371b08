//! Runs of the workflow in memory.

use std::collections::BTreeMap;

use mist_core::{Error, ports::Runs};

/// Runs of the workflow, each of which took these steps.
#[derive(Debug, Default)]
pub struct FakeRuns {
    /// How long each step took, in seconds.
    pub steps: BTreeMap<String, f64>,
}

impl Runs for FakeRuns {
    async fn seconds_of_steps(&self, _run: &str) -> Result<BTreeMap<String, f64>, Error> {
        Ok(self.steps.clone())
    }
}
