//! `mist rollback`: makes live again what was live before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    StackState,
    ledger::{Lease, Phase},
    ports::Ledger as _,
};
use serde_json::{Value, json};

use super::operation;
use crate::{
    arguments::{Format, Rollback, Run},
    failure::Failure,
    output::note,
};

/// For how long to wait for a name that is being moved, before a person must look.
const MOVING_FOR: Duration = Duration::from_mins(3);

/// Makes the other side live again as it is, or releases the version that was named.
pub(crate) async fn run(aws: &Aws, arguments: Rollback, format: Format) -> Result<(), Failure> {
    let stopped = arguments.now && stop_the_watch(aws, &arguments.run).await?;
    operation::start(aws, input(&arguments, stopped), None, &arguments.run, format).await
}

/// What the release that has the stack is at.
#[derive(Debug, PartialEq)]
enum Holder<'a> {
    /// No release has it.
    Nobody,
    /// It watches what it made live, and can be stopped.
    Watches(&'a Lease),
    /// It moves the name, and has not written down what is live.
    Moves,
    /// It must be let be, for this reason.
    Other(&'a Lease, &'static str),
}

fn holder(state: &StackState, now: i64) -> Holder<'_> {
    let Some(lease) = state.holder(now) else { return Holder::Nobody };
    if lease.phase == Phase::Preparing {
        return Holder::Other(lease, "has not made anything live yet");
    }
    if lease.operation != "deploy" {
        return Holder::Other(lease, "is no release that is being watched");
    }
    match &state.live {
        Some(live) if live.since >= lease.since.as_second() => match &live.previous {
            Some(_) => Holder::Watches(lease),
            None => Holder::Other(lease, "goes back by itself already, or has no way back"),
        },
        Some(_) | None => Holder::Moves,
    }
}

/// Stops the release that watches what it made live; whether there was one. Any other that has the stack is
/// left alone: stopped while it moves the name, nobody would know what is live.
async fn stop_the_watch(aws: &Aws, run: &Run) -> Result<bool, Failure> {
    let ledger = aws.ledger();
    let mut ticks = tokio::time::interval(run.interval);
    let begin = Instant::now();
    while begin.elapsed() < MOVING_FOR {
        ticks.tick().await;
        let state = ledger.state(&run.stack).await?;
        match holder(&state, Timestamp::now().as_second()) {
            Holder::Nobody => return Ok(false),
            Holder::Watches(lease) => {
                note(format!("stopping the release that is being watched: {}", lease.reason));
                note("its lock is kept for a minute, in case its last call still moves the name");
                aws.executions().stop(&lease.run).await?;
                return Ok(true);
            }
            Holder::Moves => {}
            Holder::Other(lease, why) => {
                let cause = format!(
                    "stack `{}` is locked: {} {why}; let it end, and look with `mist version`",
                    run.stack, lease.reason
                );
                return Err(Failure::Operation { name: "Mist.Locked".to_owned(), cause });
            }
        }
    }
    let cause = format!("the name of stack `{}` is still being moved; try again", run.stack);
    Err(Failure::Operation { name: "Mist.Locked".to_owned(), cause })
}

// The other side runs one version only, so any other one needs a deployment.
fn input(arguments: &Rollback, stopped: bool) -> Value {
    let input = match &arguments.to {
        Some(version) => json!({ "operation": "deploy", "version": version }),
        // Whatever was stopped leaves its lock behind for a minute.
        None if stopped => json!({ "operation": "rollback", "onConflict": "queue" }),
        None => json!({ "operation": "rollback" }),
    };
    operation::with(&arguments.choices, input)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use mist_core::{LiveSide, Side};
    use mist_testkit::{START, held};

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn asked(words: &[&str], stopped: bool) -> Value {
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

    /// A deployment has the stack, and has written down that `live` is so.
    fn held_with(live: Option<LiveSide>) -> StackState {
        let mut state = held("run", 1);
        if let Some(lease) = &mut state.lease {
            lease.phase = Phase::Swapping;
        }
        state.live = live;
        state
    }

    #[test]
    fn only_a_release_that_watches_what_it_made_live_can_be_stopped() {
        assert_eq!(holder(&StackState::default(), START), Holder::Nobody);
        let watching = held_with(Some(live(Some("v1"))));
        assert!(matches!(holder(&watching, START), Holder::Watches(_)));
        assert_eq!(holder(&held_with(None), START), Holder::Moves);
        let mut stale = held_with(Some(live(Some("v1"))));
        stale.live.as_mut().unwrap().since = -1;
        assert_eq!(holder(&stale, START), Holder::Moves);
        assert!(matches!(
            holder(&held_with(Some(live(None))), START),
            Holder::Other(_, "goes back by itself already, or has no way back")
        ));
        assert!(matches!(holder(&held("run", 1), START), Holder::Other(..)), "nothing is live yet");
        let mut swap = watching;
        swap.lease.as_mut().unwrap().operation = "swap".to_owned();
        assert!(matches!(holder(&swap, START), Holder::Other(..)));
    }

    #[test]
    fn without_a_version_the_other_side_goes_live_as_it_is() {
        assert_eq!(asked(&[], false), json!({ "operation": "rollback" }));
    }

    #[test]
    fn who_goes_back_now_waits_for_the_lock_of_what_was_stopped() {
        let expected = json!({ "operation": "rollback", "onConflict": "queue" });
        assert_eq!(asked(&["--now"], true), expected);
        assert_eq!(asked(&["--now"], false), json!({ "operation": "rollback" }));
    }

    #[test]
    fn a_version_that_is_named_is_released_as_any_other() {
        let expected = json!({ "operation": "deploy", "version": "v1", "acceptDrift": true });
        assert_eq!(asked(&["--to", "v1", "--accept-drift"], false), expected);
    }
}
