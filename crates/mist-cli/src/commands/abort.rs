//! `mist abort`: stops a release before its swap.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    names::{Message, StackName},
    ports::{Locks, Stacks as _, Tasks},
    release::{
        lock::{self, EndedBy, Outcome},
        state::{Lease, Phase, StackState},
        steps,
    },
};
use serde_json::{Value, json};

use super::version;
use crate::{
    account::Place,
    arguments::Abort,
    ask, caller,
    failure::Failure,
    output::{self, Format, moment, note},
    stacks,
};

/// Stops the release that holds the lock of the stack, if it has not begun to swap. The record stays as it is.
pub(crate) async fn run(place: Place<'_>, arguments: Abort, format: Format) -> Result<(), Failure> {
    let Abort { stack, yes, message } = arguments;
    let aws = place.open().await?;
    place.announce(&aws, &format!("stack {stack}")).await?;
    let (locks, tasks) = (aws.locks(), aws.tasks());
    let now = Timestamp::now();
    let state = locks.state(&stack).await?;
    let Some(lease) = state.holder(now.as_second()).cloned() else {
        stacks::require(&aws, &stack).await?;
        return Err(Failure::State(nothing_to_abort(&stack, &state)));
    };
    may_abort(&stack, &lease)?;
    note(format!(
        "stack {stack}: {}, since {}; it has not swapped",
        lease.reason,
        moment(lease.since)
    ));
    ask::consent(
        "Abort this release?",
        yes,
        "no terminal to confirm; --yes aborts the release without confirmation",
        "nothing was aborted; the release continues",
    )?;
    let by = caller::name(&aws).await?;
    let why = why(&by, message.as_ref().map(Message::as_str));
    // The time after the question: others may have come meanwhile.
    let taken = take_lock((&locks, &tasks), &stack, &lease, Timestamp::now()).await;
    if let Err(failure) = taken {
        // The lock is passed on before the next release is told, and only the latter may have failed.
        let passed_on = matches!(failure, Failure::Call(_))
            && locks.state(&stack).await.is_ok_and(|state| state.past(&lease.execution).is_some());
        if !passed_on {
            return Err(failure);
        }
        note(format!(
            "! the next release is not told that it is its turn: {}; it looks within five minutes",
            failure.message()
        ));
    }
    // Without the lock the execution changes nothing more, so it ends by itself if it cannot be stopped.
    if let Err(error) = aws.executions().stop(&lease.execution, &why).await {
        note(format!(
            "! the execution cannot be stopped: {error}; it fails at its next step, as it has no lock"
        ));
    }
    let left = left(&aws, &stack).await;
    match format {
        Format::Json => output::json(&json!({
            "stack": stack, "execution": lease.execution, "aborted": lease.reason, "by": by,
            "message": message, "left": left,
        })),
        Format::Table => {
            output::result(format!("Aborted on stack {stack}: {}.", lease.reason));
            if let Some(summary) = left["summary"].as_str() {
                output::result(summary);
            }
            for name in busy(&left) {
                output::result(format!(
                    "Beanstalk goes on with {name}: an update that has begun cannot be undone. The next release waits for it."
                ));
            }
        }
    }
    Ok(())
}

/// Why there is nothing to abort: no release holds the lock. Those that wait are named.
fn nothing_to_abort(stack: &StackName, state: &StackState) -> String {
    let waiting: Vec<_> = state
        .queue
        .iter()
        .map(|queued| {
            format!(
                "{} (`aws stepfunctions stop-execution --execution-arn {}` stops it)",
                queued.reason, queued.execution
            )
        })
        .collect();
    let waiting = match waiting.as_slice() {
        [] => "so there is nothing to abort".to_owned(),
        waiting => format!("and these wait for their turn: {}", waiting.join("; ")),
    };
    format!("no release holds the lock of stack {stack}, {waiting}")
}

/// Refuses to stop a release that changes the record, or has changed it: the live environment would be unknown.
fn may_abort(stack: &StackName, lease: &Lease) -> Result<(), Failure> {
    match lease.phase {
        Phase::Preparing => Ok(()),
        Phase::Swapping => {
            let next = match lease.operation.as_str() {
                "deploy" => {
                    format!("`mist rollback -s {stack} --now` goes back to the version before it")
                }
                _ => format!("`mist watch -s {stack}` follows it to its end"),
            };
            Err(Failure::State(format!("{} swaps, or has swapped; {next}", lease.reason)))
        }
    }
}

/// What the history and whoever follows the release are told.
fn why(by: &str, message: Option<&str>) -> String {
    let message = message.map(|message| format!(": {message}")).unwrap_or_default();
    format!("aborted by {by}{message}")
}

/// Takes the lock from the release of `lease`, and hands it to the next one in the queue.
///
/// The execution is stopped only afterwards: without its lock it cannot swap, so no swap can come in between.
async fn take_lock(
    (locks, tasks): (&impl Locks, &impl Tasks),
    stack: &StackName,
    lease: &Lease,
    now: Timestamp,
) -> Result<(), Failure> {
    steps::decide((locks, tasks), stack, |state| {
        let unchanged = |decision| Outcome { next: None, decision, resume: Vec::new() };
        let found = state.lease.as_ref().filter(|found| found.execution == lease.execution);
        let Some(found) = found else {
            return unchanged(Err(Failure::State(format!(
                "{} has ended in the meantime, so there is nothing to abort",
                lease.reason
            ))));
        };
        if let Err(refused) = may_abort(stack, found) {
            return unchanged(Err(refused));
        }
        let Outcome { next, resume, .. } =
            lock::end(state, &lease.execution, EndedBy::StepFunctions, now);
        Outcome { next, decision: Ok(()), resume }
    })
    .await?
}

/// The state of the stack as it is left, or null if it cannot be read.
async fn left(aws: &Aws, stack: &StackName) -> Value {
    let report = async { version::look(aws, &aws.stacks().load(stack).await?).await };
    match report.await {
        Ok(report) => json!(report),
        Err(error) => {
            note(format!("! the state of the stack cannot be read: {error}"));
            Value::Null
        }
    }
}

/// The environments that Beanstalk still works on.
fn busy(left: &Value) -> impl Iterator<Item = &str> {
    let sides = left["sides"].as_array().into_iter().flatten();
    let busy = sides.filter(|side| !matches!(side["status"].as_str(), Some("Ready" | "Missing")));
    busy.filter_map(|side| side["environment"].as_str())
}

#[cfg(test)]
mod tests {
    use mist_testkit::{FakeLocks, FakeTasks, START, held, queued};

    use super::*;

    #[test]
    fn releases_that_wait_without_a_holder_are_named() {
        let none = nothing_to_abort(&qa(), &StackState::default());
        assert!(none.ends_with("so there is nothing to abort"), "{none}");
        let waits = StackState { queue: vec![queued("arn:bob")], ..StackState::default() };
        let text = nothing_to_abort(&qa(), &waits);
        assert!(text.contains("stop-execution --execution-arn arn:bob"), "{text}");
    }

    fn qa() -> StackName {
        "QA".parse().unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_second(START).unwrap()
    }

    #[tokio::test]
    async fn the_lock_of_an_aborted_release_passes_to_the_next_one() {
        let mut state = held("arn:ada", 1);
        state.queue.push(queued("arn:bob"));
        let lease = state.lease.clone().unwrap();
        let (locks, tasks) = (FakeLocks::with("QA", state), FakeTasks::default());
        take_lock((&locks, &tasks), &qa(), &lease, now()).await.unwrap();
        let after = locks.current("QA");
        assert_eq!(after.lease.as_ref().unwrap().execution, "arn:bob");
        assert!(after.past("arn:ada").is_some(), "it cannot swap any more");
        let again = take_lock((&locks, &tasks), &qa(), &lease, now()).await.unwrap_err();
        assert_eq!(again.code(), 8);
        assert_eq!(locks.current("QA"), after, "the lock of the next one stays");
    }

    #[tokio::test]
    async fn a_release_that_began_to_swap_in_the_meantime_is_not_aborted() {
        let mut state = held("arn:ada", 1);
        let shown = state.lease.clone().unwrap();
        state.lease.as_mut().unwrap().phase = Phase::Swapping;
        let (locks, tasks) = (FakeLocks::with("QA", state.clone()), FakeTasks::default());
        let failure = take_lock((&locks, &tasks), &qa(), &shown, now()).await.unwrap_err();
        assert_eq!(failure.code(), 8);
        assert!(failure.message().contains("`mist rollback -s QA --now`"), "{failure:?}");
        assert_eq!(locks.current("QA"), state);
    }

    #[test]
    fn whoever_follows_the_release_is_told_who_aborted_it_and_why() {
        assert_eq!(why("ada", None), "aborted by ada");
        assert_eq!(why("ada", Some("wrong branch")), "aborted by ada: wrong branch");
    }

    #[test]
    fn an_environment_that_is_updated_is_busy() {
        let side = |name: &str, status: &str| json!({ "environment": name, "status": status });
        let left = json!({ "sides": [side("shop-a", "Ready"), side("shop-b", "Updating")] });
        assert_eq!(busy(&left).collect::<Vec<_>>(), ["shop-b"]);
        assert_eq!(busy(&Value::Null).count(), 0);
    }
}
