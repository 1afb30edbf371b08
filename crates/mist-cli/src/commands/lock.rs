//! `mist lock`: who holds the lock of a stack, and how it is taken away.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    StackName, StackState,
    ledger::{Lease, Phase},
    ports::{self, Ledger},
};
use serde_json::{Value, json};

use crate::{
    arguments::{Format, Lock, LockRelease},
    ask,
    failure::Failure,
    output::{self, moment},
};

/// Runs `command`.
pub(crate) async fn run(aws: &Aws, command: Lock, format: Format) -> Result<(), Failure> {
    let ledger = aws.ledger();
    match command {
        Lock::Status { stack } => {
            let state = ledger.state(&stack).await?;
            let now = Timestamp::now().as_second();
            match format {
                Format::Json => output::json(&status(&stack, &state, now)),
                Format::Table => output::result(told(&stack, &state, now)),
            }
        }
        Lock::Release(arguments) => {
            let now = Timestamp::now().as_second();
            let agree = |shown: &str| confirm(shown, &arguments);
            let said = release(&ledger, &arguments, now, agree).await?;
            match format {
                Format::Json => output::json(&json!({ "stack": arguments.stack, "lock": "free" })),
                Format::Table => output::result(said),
            }
        }
    }
    Ok(())
}

fn status(stack: &StackName, state: &StackState, now: i64) -> Value {
    let waiting: Vec<_> = state.waiting.iter().filter(|place| place.expires > now).collect();
    let lease = state.holder(now);
    json!({ "stack": stack, "free": lease.is_none(), "lease": lease, "waiting": waiting })
}

fn told(stack: &StackName, state: &StackState, now: i64) -> String {
    let mut lines = match state.holder(now) {
        Some(lease) => vec![
            format!("the lock of stack {stack} is held: {}", lease.reason),
            format!("  since   {}", moment(lease.since)),
            format!("  until   {}, unless it is renewed", moment(second(lease.expires))),
            format!("  phase   {}", phase(lease.phase)),
            format!("  run     {}", lease.run),
        ],
        None => vec![format!("the lock of stack {stack} is free")],
    };
    // Who stopped asking has ended.
    let waiting = state.waiting.iter().filter(|place| place.expires > now);
    for (place, waiting) in (1..).zip(waiting) {
        let since = moment(waiting.since);
        lines.push(format!("  {place}. waits: {} (since {since})", waiting.reason));
    }
    lines.join("\n")
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing; nothing that users see was changed",
        Phase::Swapping => "swapping; the name moves, or has moved",
    }
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// Takes the lock away from the run that holds it, once `agree` does to what is shown. It is about that
/// run only: should another one hold the lock by then, nothing is released.
async fn release(
    ledger: &impl Ledger,
    arguments: &LockRelease,
    now: i64,
    agree: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<String, Failure> {
    let stack = &arguments.stack;
    let state = ledger.state(stack).await?;
    let Some(shown) = state.holder(now).cloned() else {
        return Ok(format!("the lock of stack {stack} is free already"));
    };
    may_release(&shown, arguments)?;
    agree(&told(stack, &state, now))?;
    ports::change(ledger, stack, |state| {
        let holds = |lease: &&Lease| lease.run == shown.run;
        let Some(lease) = state.holder(now).filter(holds) else {
            let gone = format!("that release does not hold the lock of stack {stack} any more");
            return Ok((None, Ok(gone)));
        };
        Ok(match may_release(lease, arguments) {
            Ok(()) => {
                let released = format!("the lock of stack {stack} was released: {}", shown.reason);
                (state.without(&shown.run), Ok(released))
            }
            Err(refused) => (None, Err(refused)),
        })
    })
    .await?
}

fn may_release(lease: &Lease, arguments: &LockRelease) -> Result<(), Failure> {
    let LockRelease { stack, force, .. } = arguments;
    if lease.phase == Phase::Preparing || *force {
        return Ok(());
    }
    let cause = format!(
        "stack `{stack}` is locked: {} moves the name, or has moved it, and must be let finish; if it has \
         ended, its lock frees itself at {}; --force releases it now",
        lease.reason,
        moment(second(lease.expires))
    );
    Err(Failure::Operation { name: "Mist.Locked".to_owned(), cause })
}

/// Asks a person, unless told not to; where there is none, that is refused.
fn confirm(shown: &str, arguments: &LockRelease) -> Result<(), Failure> {
    output::note(shown);
    let alone = "nobody is there to be asked; --yes releases the lock without asking";
    ask::agreed("Take the lock away from it?", arguments.yes, alone, "nothing was released")
}

#[cfg(test)]
mod tests;
