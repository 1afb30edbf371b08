//! The time that the emulator needs for a workflow whose steps do nothing.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use mist_aws::StepFunctions;
use mist_local::{Cloud, Deployment};
use serde_json::json;

use crate::{error::Result, execution::history, statistics::Figure, workflow::between};

/// A workflow whose steps do nothing.
#[derive(Debug)]
pub(crate) struct Floor {
    state_machine: String,
}

impl Floor {
    /// Installs the workflow in `cloud`. Each step calls the function `empty`.
    pub(crate) async fn install(cloud: &Cloud, empty: &Path) -> Result<Self> {
        let deployment = Deployment {
            template: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/floor/template.yaml")),
            stack: "floor".to_owned(),
            functions: BTreeMap::from([("empty".to_owned(), empty.to_owned())]),
            parameters: Arc::new(|_| BTreeMap::new()),
        };
        let mut outputs = cloud.deploy(&deployment).await?.outputs;
        let state_machine =
            outputs.remove("StateMachine").ok_or("the template has no output `StateMachine`")?;
        Ok(Self { state_machine })
    }

    /// The duration of an execution of `steps` steps, in seconds, from `count` executions.
    pub(crate) async fn measure(
        &self,
        executions: &StepFunctions,
        steps: usize,
        count: usize,
    ) -> Result<Figure> {
        // The first execution starts the function, as earlier releases have started those of mist.
        self.execute(executions, 1, "first").await?;
        let mut took = Vec::new();
        for number in 0..count {
            took.push(self.execute(executions, steps, &number.to_string()).await?);
        }
        Ok(Figure::of(took))
    }

    async fn execute(&self, executions: &StepFunctions, steps: usize, name: &str) -> Result<f64> {
        let name = format!("floor-{steps}-{name}-{}", jiff::Timestamp::now().as_millisecond());
        let input = json!({ "steps": steps });
        let execution = executions.start(&self.state_machine, &name, &input).await?;
        let (started, steps) = history(executions, &execution).await?;
        Ok(steps.last().map_or(0.0, |step| between(started, step.time)))
    }
}
