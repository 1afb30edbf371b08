//! `mist rollback`: cuts over to the environment that was live before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    ports::Locks as _,
    release::state::{Lease, Phase, StackState},
};
use serde_json::{Value, json};

use super::operation;
use crate::{
    arguments::{ExecutionOptions, Rollback},
    failure::Failure,
    output::{Format, note},
};

/// The longest wait for a DNS change that is in progress.
const CHANGING_FOR: Duration = Duration::from_mins(3);

/// Cuts over to the other environment as it is, or releases the version of `--to`.
pub(crate) async fn run(aws: &Aws, arguments: Rollback, format: Format) -> Result<(), Failure> {
    let stopped = arguments.now && stop_the_bake(aws, &arguments.execution).await?;
    operation::start(aws, input(&arguments, stopped), None, &arguments.execution, format).await
}

/// The release that holds the lock of the stack, by its progress.
#[derive(Debug, PartialEq)]
enum Holder<'a> {
    /// The lock is free.
    None,
    /// The new version bakes, and the release can be stopped.
    Bakes(&'a Lease),
    /// The release changes the record, and has not stored the live environment yet.
    Changes,
    /// The release must not be stopped, for this reason.
    Other(&'a Lease, &'static str),
}

fn holder(state: &StackState, now: i64) -> Holder<'_> {
    let Some(lease) = state.holder(now) else { return Holder::None };
    if lease.phase == Phase::Preparing {
        return Holder::Other(lease, "has not swapped yet");
    }
    if lease.operation != "deploy" {
        return Holder::Other(lease, "does not bake");
    }
    match &state.live {
        Some(live) if live.since >= lease.since.as_second() => match &live.previous {
            Some(_) => Holder::Bakes(lease),
            None => {
                Holder::Other(lease, "already swaps back, or has no environment to swap back to")
            }
        },
        Some(_) | None => Holder::Changes,
    }
}

/// Stops the release whose new version bakes. Returns whether there was one. Any other release continues: if one
/// were stopped while it changes the record, the live environment would be unknown.
async fn stop_the_bake(aws: &Aws, execution: &ExecutionOptions) -> Result<bool, Failure> {
    let locks = aws.locks();
    let mut ticks = tokio::time::interval(execution.interval);
    let begin = Instant::now();
    while begin.elapsed() < CHANGING_FOR {
        ticks.tick().await;
        let state = locks.state(&execution.stack).await?;
        match holder(&state, Timestamp::now().as_second()) {
            Holder::None => return Ok(false),
            Holder::Bakes(lease) => {
                note(format!("stopping the release that bakes: {}", lease.reason));
                note(
                    "its lock stays for a minute, since its last call may still change the record",
                );
                aws.executions().stop(&lease.execution).await?;
                return Ok(true);
            }
            Holder::Changes => {}
            Holder::Other(lease, why) => {
                let message = format!(
                    "stack `{}` is locked: {} {why}; wait until it ends, then check with `mist version`",
                    execution.stack, lease.reason
                );
                return Err(Failure::operation("Mist.Locked", message));
            }
        }
    }
    let message = format!("the record of stack `{}` is still changing; try again", execution.stack);
    Err(Failure::operation("Mist.Locked", message))
}

// The other environment runs only one version, so any other version needs a deployment.
fn input(arguments: &Rollback, stopped: bool) -> Value {
    let input = match &arguments.to {
        Some(version) => json!({ "operation": "deploy", "version": version }),
        // The release that was stopped keeps its lock for a minute.
        None if stopped => json!({ "operation": "rollback", "onConflict": "queue" }),
        None => json!({ "operation": "rollback" }),
    };
    operation::with_options(&arguments.release, input)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use mist_core::{release::state::LiveSide, stack::side::Side};
    use mist_testkit::{START, held};

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn input_of(words: &[&str], stopped: bool) -> Value {
        let words = ["mist", "rollback", "-s", "QA"].iter().chain(words);
        match Arguments::parse_from(words).command {
            Command::Rollback(rollback) => input(&rollback, stopped),
            other => panic!("{other:?}"),
        }
    }

    /// `v2` is live on side B, after `previous`.
    fn live(previous: Option<&str>) -> LiveSide {
        LiveSide {
            side: Side::B,
            environment: "Demo-QA-B".parse().unwrap(),
            version: Some("v2".to_owned()),
            since: START,
            drained: START,
            previous: previous.map(str::to_owned),
        }
    }

    /// A deployment holds the lock, and has stored that `live` is live.
    fn held_with(live: Option<LiveSide>) -> StackState {
        let mut state = held("arn:ada", 1);
        if let Some(lease) = &mut state.lease {
            lease.phase = Phase::Swapping;
        }
        state.live = live;
        state
    }

    #[test]
    fn only_a_release_whose_new_version_bakes_can_be_stopped() {
        assert_eq!(holder(&StackState::default(), START), Holder::None);
        let baking = held_with(Some(live(Some("v1"))));
        assert!(matches!(holder(&baking, START), Holder::Bakes(_)));
        assert_eq!(holder(&held_with(None), START), Holder::Changes);
        let mut stale = held_with(Some(live(Some("v1"))));
        stale.live.as_mut().unwrap().since = -1;
        assert_eq!(holder(&stale, START), Holder::Changes);
        assert!(matches!(
            holder(&held_with(Some(live(None))), START),
            Holder::Other(_, "already swaps back, or has no environment to swap back to")
        ));
        assert!(
            matches!(holder(&held("arn:ada", 1), START), Holder::Other(..)),
            "the release has not swapped"
        );
        let mut swap = baking;
        swap.lease.as_mut().unwrap().operation = "swap".to_owned();
        assert!(matches!(holder(&swap, START), Holder::Other(..)));
    }

    #[test]
    fn without_a_version_the_input_is_a_rollback() {
        assert_eq!(input_of(&[], false), json!({ "operation": "rollback" }));
    }

    #[test]
    fn a_rollback_queues_behind_the_release_that_it_stopped() {
        let expected = json!({ "operation": "rollback", "onConflict": "queue" });
        assert_eq!(input_of(&["--now"], true), expected);
        assert_eq!(input_of(&["--now"], false), json!({ "operation": "rollback" }));
    }

    #[test]
    fn with_a_version_the_input_is_a_deployment() {
        let expected = json!({ "operation": "deploy", "version": "v1", "acceptDrift": true });
        assert_eq!(input_of(&["--to", "v1", "--accept-drift"], false), expected);
    }
}
