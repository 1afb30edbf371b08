//! `mist rollback`: makes live again what was live before.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{StackName, ledger::Phase, ports::Ledger as _};
use serde_json::{Value, json};

use super::operation;
use crate::{
    arguments::{Format, Rollback},
    failure::Failure,
    output::note,
};

/// Makes the other side live again as it is, or releases the version that was named.
pub(crate) async fn run(aws: &Aws, arguments: Rollback, format: Format) -> Result<(), Failure> {
    if arguments.now {
        stop_the_watch(aws, &arguments.run.stack).await?;
    }
    operation::start(aws, input(&arguments), None, &arguments.run, format).await
}

/// Stops the release that has moved the name of `stack` and watches it. One that has not moved it yet is
/// let go on: there is nothing to go back from.
async fn stop_the_watch(aws: &Aws, stack: &StackName) -> Result<(), Failure> {
    let state = aws.ledger().state(stack).await?;
    let holder = state.holder(Timestamp::now().as_second());
    let Some(lease) = holder.filter(|lease| lease.phase == Phase::Swapping) else { return Ok(()) };
    note(format!("stopping the release that is being watched: {}", lease.reason));
    note("its lock is kept for a minute, in case its last call still moves the name");
    Ok(aws.executions().stop(&lease.run).await?)
}

// The other side runs one version only, so any other one needs a deployment.
fn input(arguments: &Rollback) -> Value {
    let input = match &arguments.to {
        Some(version) => json!({ "operation": "deploy", "version": version }),
        // Whatever was stopped leaves its lock behind for a minute.
        None if arguments.now => json!({ "operation": "rollback", "onConflict": "queue" }),
        None => json!({ "operation": "rollback" }),
    };
    operation::with(&arguments.choices, input)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn asked(words: &[&str]) -> Value {
        let words = ["mist", "rollback", "-s", "QA"].iter().chain(words);
        match Arguments::parse_from(words).command {
            Command::Rollback(rollback) => input(&rollback),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_version_the_other_side_goes_live_as_it_is() {
        assert_eq!(asked(&[]), json!({ "operation": "rollback" }));
    }

    #[test]
    fn who_goes_back_now_waits_for_the_lock_of_what_was_stopped() {
        let expected = json!({ "operation": "rollback", "onConflict": "queue" });
        assert_eq!(asked(&["--now"]), expected);
    }

    #[test]
    fn a_version_that_is_named_is_released_as_any_other() {
        let expected = json!({ "operation": "deploy", "version": "v1", "acceptDrift": true });
        assert_eq!(asked(&["--to", "v1", "--accept-drift"]), expected);
    }
}
