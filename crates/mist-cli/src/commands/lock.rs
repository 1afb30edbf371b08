//! `mist lock`: the release that holds the lock of a stack, the queue for it, and its release by hand.

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    names::StackName,
    ports::{Locks, Tasks},
    release::{
        lock::{self, EndedBy, Outcome},
        state::{Lease, Phase, Queued, StackState, WaitKind},
        steps,
    },
};
use serde_json::{Value, json};

use crate::{
    arguments::{Format, Lock, LockRelease},
    ask,
    failure::Failure,
    output::{self, moment},
};

/// Executes `command`.
pub(crate) async fn run(aws: &Aws, command: Lock, format: Format) -> Result<(), Failure> {
    let locks = aws.locks();
    let now = Timestamp::now();
    match command {
        Lock::Status { stack } => {
            let state = locks.state(&stack).await?;
            match format {
                Format::Json => output::json(&status(&stack, &state, now.as_second())),
                Format::Table => output::result(told(&stack, &state, now.as_second())),
            }
        }
        Lock::Release(arguments) => {
            let agree = |shown: &str| confirm(shown, &arguments);
            let (said, state) = release((&locks, &aws.tasks()), &arguments, now, agree).await?;
            match format {
                Format::Json => output::json(&status(&arguments.stack, &state, now.as_second())),
                Format::Table => output::result(said),
            }
        }
    }
    Ok(())
}

// Not the items as they are: they hold the tokens with which a wait can be ended.
fn status(stack: &StackName, state: &StackState, now: i64) -> Value {
    let lease = state.holder(now).map(|lease| {
        let Lease { execution, operation, reason, since, expires, phase, .. } = lease;
        json!({
            "execution": execution, "operation": operation, "reason": reason, "since": since,
            "expires": expires, "phase": phase, "waitsFor": lease.wait.as_ref().map(|it| it.kind),
        })
    });
    let queue = waiting(state, now).map(|queued| {
        let Queued { execution, operation, reason, since, until, .. } = queued;
        json!({
            "execution": execution, "operation": operation, "reason": reason, "since": since,
            "until": until,
        })
    });
    let queue: Vec<_> = queue.collect();
    json!({ "stack": stack, "free": lease.is_none(), "lease": lease, "queue": queue })
}

fn told(stack: &StackName, state: &StackState, now: i64) -> String {
    let mut lines = match state.holder(now) {
        Some(lease) => vec![
            format!("the lock of stack {stack} is held: {}", lease.reason),
            format!("  since      {}", moment(lease.since)),
            format!("  until      {}, unless it is renewed", moment(second(lease.expires))),
            format!("  phase      {}", phase(lease.phase)),
            format!("  waits for  {}", wait(lease)),
            format!("  execution  {}", lease.execution),
        ],
        None => vec![format!("the lock of stack {stack} is free")],
    };
    for (place, queued) in (1..).zip(waiting(state, now)) {
        let since = moment(queued.since);
        lines.push(format!("  {place}. in the queue: {} (since {since})", queued.reason));
    }
    lines.join("\n")
}

fn waiting(state: &StackState, now: i64) -> impl Iterator<Item = &Queued> {
    state.queue.iter().filter(move |queued| queued.until > now)
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing; nothing that users see has changed",
        Phase::Swapping => "swapping; the record moves, or has moved",
    }
}

fn wait(lease: &Lease) -> &'static str {
    match lease.wait.as_ref().map(|wait| wait.kind) {
        Some(WaitKind::Admission) => "its turn to call Beanstalk",
        Some(WaitKind::Health) => "a healthy environment",
        Some(WaitKind::Bake) => "the end of the bake",
        None => "nothing",
    }
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// Ends the lease of the execution that holds the lock, if `agree` consents to what is shown, and hands the
/// lock on to the next in the queue. Returns what has been done, and the state after it.
///
/// Only that execution loses the lock: if another one holds it by then, nothing is released.
async fn release(
    (locks, tasks): (&impl Locks, &impl Tasks),
    arguments: &LockRelease,
    now: Timestamp,
    agree: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<(String, StackState), Failure> {
    let (stack, seconds) = (&arguments.stack, now.as_second());
    let state = locks.state(stack).await?;
    let Some(shown) = state.holder(seconds).cloned() else {
        return Ok((format!("the lock of stack {stack} is free already"), state));
    };
    may_release(&shown, arguments)?;
    agree(&told(stack, &state, seconds))?;
    steps::decide((locks, tasks), stack, |state| {
        let unchanged = |decision| Outcome { next: None, decision, resume: Vec::new() };
        let holder = state.holder(seconds).filter(|lease| lease.execution == shown.execution);
        let Some(lease) = holder else {
            let gone = format!("that release does not hold the lock of stack {stack} any more");
            return unchanged(Ok((gone, state.clone())));
        };
        if let Err(refused) = may_release(lease, arguments) {
            return unchanged(Err(refused));
        }
        let Outcome { next, resume, .. } =
            lock::end(state, &shown.execution, EndedBy::StepFunctions, now);
        let after = next.clone().unwrap_or_else(|| state.clone());
        let said = released(stack, &shown, after.lease.as_ref());
        Outcome { next, decision: Ok((said, after)), resume }
    })
    .await?
}

/// What has been done to the lease `shown`, if the lock has the lease `after` now.
fn released(stack: &StackName, shown: &Lease, after: Option<&Lease>) -> String {
    let reason = &shown.reason;
    match after {
        None => format!("the lock of stack {stack} was released: {reason}"),
        Some(kept) if kept.execution == shown.execution => format!(
            "the lock of stack {stack} is free at {}: until then, the last call of {reason} may still move \
             the record",
            moment(second(kept.expires))
        ),
        Some(next) => format!(
            "the lock of stack {stack} was released: {reason}; {} holds it now",
            next.reason
        ),
    }
}

fn may_release(lease: &Lease, arguments: &LockRelease) -> Result<(), Failure> {
    let LockRelease { stack, force, .. } = arguments;
    if lease.phase == Phase::Preparing || *force {
        return Ok(());
    }
    let message = format!(
        "stack `{stack}` is locked: {} moves the record, or has moved it; let it finish. If it has ended, its \
         lease expires at {}; --force releases the lock now",
        lease.reason,
        moment(second(lease.expires))
    );
    Err(Failure::operation("Mist.Locked", message))
}

/// Asks a person, unless told not to; without a terminal, that is refused.
fn confirm(shown: &str, arguments: &LockRelease) -> Result<(), Failure> {
    output::note(shown);
    let alone = "there is no terminal to confirm at; --yes releases the lock without asking";
    ask::agreed("Release its lock?", arguments.yes, alone, "nothing was released")
}

#[cfg(test)]
mod tests;
