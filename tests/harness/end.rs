//! Then: the end of an execution, and the stack afterwards.

use std::time::Duration;

use mist_aws::executions::{Status, Step};
use mist_core::{release::target::Live, stack::side::Side};
use serde_json::Value;

use crate::{
    outcome::Outcome,
    result::Result,
    story::Story,
    trace,
    wait::{LONG_PERIOD, PATIENCE, until_within},
};

/// An execution that ended, and the stack after it.
pub struct End {
    /// Its outcome.
    pub outcome: Outcome,
    /// Its output; null if it failed.
    pub output: Value,
    /// The live environment; `None` if the records point to neither or to both.
    pub live: Option<Side>,
    /// The trace, without what differs from one execution to the next.
    pub trace: String,
}

impl Story {
    /// Waits until `execution` has ended, for at most two minutes.
    pub async fn ends(&self, execution: &str) -> Result<End> {
        self.ends_within(execution, PATIENCE).await
    }

    /// Waits until `execution` has ended; an error after `limit`.
    pub async fn ends_within(&self, execution: &str, limit: Duration) -> Result<End> {
        let executions = self.world.rehearsal.executions();
        until_within((limit, LONG_PERIOD), "the execution ends", async || {
            Ok(executions.describe(execution).await?.status != Status::Running)
        })
        .await?;
        self.world.sees_no_secret(execution).await?;
        End::look(self, execution).await
    }
}

impl End {
    async fn look(story: &Story, execution: &str) -> Result<Self> {
        let executions = story.world.rehearsal.executions();
        let described = executions.describe(execution).await?;
        let outcome = match described.status {
            Status::Succeeded => Outcome::Succeeded,
            Status::Failed { error, cause } => Outcome::Failed { error, cause },
            other @ (Status::Running | Status::Stopped { .. }) => {
                return Err(format!("the execution is {other:?}").into());
            }
        };
        let live = match story.records().await.map(|records| records.live()) {
            Ok(Live::Side(side)) => Some(side),
            Ok(Live::Both | Live::Neither) | Err(_) => None,
        };
        let steps: Vec<Step> = executions.steps(execution, 0).await?;
        let trace = trace::trace(story, &steps, &outcome, live);
        let output = described.output.unwrap_or_default();
        Ok(Self { outcome, output, live, trace })
    }

    /// The trace without its lines about the clients: for stories that change the record by hand.
    pub fn trace_without_clients(&self) -> String {
        let of_clients = |line: &&str| line.contains("requests of clients") || line.contains(" × ");
        self.trace.lines().filter(|line| !of_clients(line)).collect::<Vec<_>>().join("\n")
    }

    /// Compares the trace with the golden one called `name`, without its times.
    pub fn golden(&self, name: &str) {
        self.show();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/snapshots");
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, trace::timeless(&self.trace));
        });
    }

    /// Writes the whole trace to the output of the test, which is shown if the test fails.
    #[expect(clippy::print_stderr, reason = "the output of a test is captured")]
    fn show(&self) {
        eprintln!("{}", self.trace);
    }

    /// The name of its error; empty if it succeeded.
    pub fn error(&self) -> &str {
        match &self.outcome {
            Outcome::Succeeded => "",
            Outcome::Failed { error, .. } => error,
        }
    }
}
