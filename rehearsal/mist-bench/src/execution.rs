//! The history of an execution.

use std::time::Duration;

use jiff::Timestamp;
use mist_aws::{
    StepFunctions,
    executions::{Status, Step},
};

use crate::error::Result;

/// The longest time until an execution ends, in seconds of this machine.
const END_LIMIT: Duration = Duration::from_mins(20);

/// The start and the steps of the execution `arn`, after it has succeeded.
pub(crate) async fn history(
    executions: &StepFunctions,
    arn: &str,
) -> Result<(Timestamp, Vec<Step>)> {
    let wait = async {
        // These calls take time of the emulator as well.
        let mut ticks = tokio::time::interval(Duration::from_millis(250));
        loop {
            ticks.tick().await;
            let execution = executions.describe(arn).await?;
            match execution.status {
                Status::Running => {}
                Status::Succeeded => {
                    let started = execution.started.ok_or("an execution has no start")?;
                    return Ok((started, executions.steps(arn, 0).await?));
                }
                other => return Err(format!("an execution did not succeed: {other:?}").into()),
            }
        }
    };
    tokio::time::timeout(END_LIMIT, wait).await?
}
