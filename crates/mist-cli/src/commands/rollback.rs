//! `mist rollback`: cuts over to the environment that was live before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    names::Message,
    ports::Locks as _,
    release::state::{Lease, Phase, StackState},
};
use serde_json::{Value, json};

use super::{lock::watched_until, operation};
use crate::{
    arguments::{ExecutionOptions, Rollback},
    ask, caller,
    failure::Failure,
    output::{Format, moment, note},
};

/// The longest wait for a DNS change that is in progress.
const CHANGING_FOR: Duration = Duration::from_mins(3);

/// Cuts over to the other environment as it is, or releases the version of `--to`.
pub(crate) async fn run(aws: &Aws, arguments: Rollback, format: Format) -> Result<(), Failure> {
    let stopped =
        may_stop(aws, &arguments).await? && stop_the_bake(aws, &arguments.execution).await?;
    operation::start(aws, input(&arguments, stopped), None, &arguments.execution, format).await
}

/// Whether a release that bakes is to be stopped: by `--now` or `--yes`, or because a person agrees. It continues if the
/// rollback is to another version, or if the person chose how to deal with other releases.
async fn may_stop(aws: &Aws, arguments: &Rollback) -> Result<bool, Failure> {
    if arguments.now || arguments.yes {
        return Ok(true);
    }
    if arguments.to.is_some() || arguments.release.on_conflict.is_some() {
        return Ok(false);
    }
    let stack = &arguments.execution.stack;
    let state = aws.locks().state(stack).await?;
    let Holder::Bakes(lease) = holder(&state, Timestamp::now().as_second()) else {
        return Ok(false);
    };
    let found = watched(&state, lease);
    if !ask::is_possible() {
        let message = format!(
            "stack `{stack}` is locked: {found}; `mist rollback -s {stack} --now` stops that release and goes back"
        );
        return Err(Failure::operation("Mist.Locked", message));
    }
    let question = format!("{found}. Stop that release, and go back?");
    ask::consent(&question, false, "", "nothing was stopped; the release continues")?;
    Ok(true)
}

/// A sentence about the release of `lease`, which bakes.
fn watched(state: &StackState, lease: &Lease) -> String {
    let version = state.live.as_ref().and_then(|live| live.version.as_deref());
    let version = version.unwrap_or("the new version");
    let until = watched_until(lease).map(|at| format!(" until {}", moment(at))).unwrap_or_default();
    format!("{version} is live and being watched{until} ({})", lease.reason)
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
    let mut ticks = tokio::time::interval(execution.follow.interval);
    let begin = Instant::now();
    while begin.elapsed() < CHANGING_FOR {
        ticks.tick().await;
        let state = locks.state(&execution.stack).await?;
        match holder(&state, Timestamp::now().as_second()) {
            Holder::None => return Ok(false),
            Holder::Bakes(lease) => {
                let why = why(&caller::name(aws).await?, execution.message.as_ref());
                note(format!("stopping the release that bakes: {}", lease.reason));
                note(
                    "its lock stays for a minute, since its last call may still change the record",
                );
                aws.executions().stop(&lease.execution, &why).await?;
                return Ok(true);
            }
            Holder::Changes => {}
            Holder::Other(lease, why) => {
                let message = format!(
                    "stack `{0}` is locked: {1} {why}; wait until it ends, then check with \
                     `mist status -s {0}`",
                    execution.stack, lease.reason
                );
                return Err(Failure::operation("Mist.Locked", message));
            }
        }
    }
    let message = format!("the record of stack `{}` is still changing; try again", execution.stack);
    Err(Failure::operation("Mist.Locked", message))
}

/// What the history and whoever follows the release are told.
fn why(by: &str, message: Option<&Message>) -> String {
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    format!("stopped for a rollback by {by}{message}")
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
    use mist_core::{
        release::state::{LiveSide, Wait, WaitKind},
        stack::side::Side,
    };
    use mist_testkit::{START, held};

    use super::*;
    use crate::{
        arguments::{Arguments, Command, Operate},
        testing,
    };

    fn input_of(words: &[&str], stopped: bool) -> Value {
        input(&parsed(words), stopped)
    }

    /// `v2` is live on side B, after `previous`.
    fn live(previous: Option<&str>) -> LiveSide {
        mist_testkit::live(Side::B, "v2", previous).unwrap()
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
    fn a_release_that_bakes_is_described_with_its_version_and_its_end() {
        let mut state = held_with(Some(live(Some("v1"))));
        let found = watched(&state, state.lease.as_ref().unwrap());
        assert_eq!(found, "v2 is live and being watched (deploy v2 by arn:ada)");
        let request = json!({ "since": "2026-01-02T03:04:05Z", "bake": { "seconds": 300 } });
        let wait = Wait::new(WaitKind::Bake, &"token".into(), Timestamp::UNIX_EPOCH, &request);
        state.lease.as_mut().unwrap().wait = Some(wait);
        let found = watched(&state, state.lease.as_ref().unwrap());
        assert!(found.contains("until 2026-01-02 03:09:05 UTC"), "{found}");
    }

    /// An AWS in which `deploy v2` bakes on stack QA.
    async fn baking() -> Aws {
        testing::aws(|call, _| match call {
            "GetItem" => Ok(json!({ "Item": {
                "stack": { "S": "QA" }, "revision": { "N": "1" }, "fence": { "N": "1" },
                "lease": { "M": {
                    "execution": { "S": "arn:ada" }, "operation": { "S": "deploy" },
                    "reason": { "S": "deploy v2 by ada" }, "since": { "S": "2026-01-02T03:04:05Z" },
                    "expires": { "N": "9999999999" }, "phase": { "S": "swapping" },
                }},
                "live": { "M": {
                    "side": { "S": "B" }, "environment": { "S": "Demo-QA-B" }, "version": { "S": "v2" },
                    "since": { "N": "1767323046" }, "drained": { "N": "1767323046" },
                    "previous": { "S": "v1" },
                }},
            }})),
            _ => Err("NotExpected"),
        })
        .await
    }

    fn parsed(words: &[&str]) -> Rollback {
        let words = ["mist", "rollback", "-s", "QA"].iter().chain(words);
        match Arguments::parse_from(words).command {
            Command::Operate(Operate::Rollback(rollback)) => rollback,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn without_a_terminal_a_release_that_bakes_continues_and_the_command_is_named() {
        if ask::is_possible() {
            return;
        }
        let failure = may_stop(&baking().await, &parsed(&[])).await.unwrap_err();
        assert_eq!((failure.name(), failure.code()), (Some("Mist.Locked"), 6));
        let message = failure.message();
        assert!(message.contains("v2 is live and being watched (deploy v2 by ada)"), "{message}");
        assert!(message.contains("`mist rollback -s QA --now`"), "{message}");
    }

    #[tokio::test]
    async fn a_release_that_bakes_is_stopped_only_for_the_version_before_it() {
        let aws = baking().await;
        for words in [&["--now"][..], &["-y"]] {
            assert!(may_stop(&aws, &parsed(words)).await.unwrap(), "{words:?}");
        }
        for words in [&["--to", "v1"][..], &["--on-conflict", "queue"]] {
            assert!(!may_stop(&aws, &parsed(words)).await.unwrap(), "{words:?}");
        }
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
