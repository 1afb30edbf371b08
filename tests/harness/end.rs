//! Then: how a run ended, and what the stack is like afterwards.

use mist_aws::executions::{Status, Step};
use mist_core::stack::side::Side;
use serde_json::Value;

use crate::{Result, Story, trace};

/// How a run ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It did what it was asked.
    Succeeded,
    /// It failed.
    Failed {
        /// The stable name.
        error: String,
        /// What it said.
        cause: String,
    },
}

/// A run that is over, and the stack after it.
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// What it ended with; null when it failed.
    pub output: Value,
    /// The side that is live; `None` when the name leads to neither.
    pub live: Option<Side>,
    /// What happened, told without what differs from run to run.
    pub trace: String,
}

impl End {
    pub(crate) async fn look(story: &Story, run: &str) -> Result<Self> {
        let executions = story.world.rehearsal.executions();
        let described = executions.describe(run).await?;
        let outcome = match described.status {
            Status::Succeeded => Outcome::Succeeded,
            Status::Failed { error, cause } => Outcome::Failed { error, cause },
            other @ (Status::Running | Status::Stopped { .. }) => {
                return Err(format!("the run is {other:?}").into());
            }
        };
        let record = story.record().await;
        let [a, b] = &story.stack.cnames;
        let live = record.ok().and_then(|record| {
            let sides = [(Side::A, a), (Side::B, b)];
            sides.into_iter().find(|(_, cname)| record.leads_to(cname)).map(|(side, _)| side)
        });
        let steps: Vec<Step> = executions.steps(run, 0).await?;
        let trace = trace::tell(story, &steps, &outcome, live);
        let output = described.output.unwrap_or_default();
        Ok(Self { outcome, output, live, trace })
    }

    /// The trace without its line about the clients: for stories in which somebody misled them.
    pub fn trace_without_clients(&self) -> String {
        let lines = self.trace.lines().filter(|line| !line.contains("requests of clients"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Compares the trace with the golden one called `name`, however long things took.
    pub fn golden(&self, name: &str) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/snapshots");
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, trace::timeless(&self.trace));
        });
    }

    /// The name of the error that it failed with; empty when it succeeded.
    pub fn error(&self) -> &str {
        match &self.outcome {
            Outcome::Succeeded => "",
            Outcome::Failed { error, .. } => error,
        }
    }
}
