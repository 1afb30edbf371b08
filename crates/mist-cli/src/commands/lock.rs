//! `mist lock`: the holder of a stack's lock, the queue, and the release of the lock by hand.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
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
    arguments::{Lock, LockRelease},
    ask,
    failure::Failure,
    output::{self, Format, moment},
    stacks,
};

/// Executes `command`.
pub(crate) async fn run(aws: &Aws, command: Lock, format: Format) -> Result<(), Failure> {
    let locks = aws.locks();
    let now = Timestamp::now();
    match command {
        Lock::Status { stack } => {
            let state = locks.state(&stack).await?;
            require(aws, &stack, &state, now.as_second()).await?;
            match format {
                Format::Json => output::json(&status(&stack, &state, now.as_second())),
                Format::Table => output::result(shown(&stack, &state, now.as_second())),
            }
        }
        Lock::Release(arguments) => {
            let (stack, ports) = (&arguments.stack, (&locks, &aws.tasks()));
            require(aws, stack, &locks.state(stack).await?, now.as_second()).await?;
            let agree = |shown: &str| confirm(shown, &arguments);
            let (mut done, mut state) = release(ports, &arguments, now, agree).await?;
            if let Some(expires) = keeps_waiting(&state, now.as_second()) {
                output::note(&done);
                output::note(
                    "waiting until then to hand it on to the next release in the queue. If you press Ctrl-C, that \
                     release acquires it within five minutes",
                );
                wait_until(expires).await;
                (done, state) = hand_on(ports, stack, Timestamp::now()).await?;
            }
            match format {
                Format::Json => {
                    output::json(&status(stack, &state, Timestamp::now().as_second()));
                }
                Format::Table => output::result(done),
            }
        }
    }
    Ok(())
}

// The lock of a stack that was removed can still be held.
async fn require(
    aws: &Aws,
    stack: &StackName,
    state: &StackState,
    now: i64,
) -> Result<(), Failure> {
    if state.holder(now).is_some() || state.waiting(now).next().is_some() {
        return Ok(());
    }
    stacks::require(aws, stack).await
}

// The stored items are not printed: they contain task tokens, which are secrets.
fn status(stack: &StackName, state: &StackState, now: i64) -> Value {
    let lease = state.holder(now).map(|lease| {
        let Lease { execution, operation, reason, since, expires, phase, .. } = lease;
        json!({
            "execution": execution, "operation": operation, "reason": reason, "since": since,
            "expires": expires, "phase": phase, "waitsFor": lease.wait.as_ref().map(|it| it.kind),
        })
    });
    let queue = state.waiting(now).map(|queued| {
        let Queued { execution, operation, reason, since, until, .. } = queued;
        json!({
            "execution": execution, "operation": operation, "reason": reason, "since": since,
            "until": until, "idleDrained": queued.drains_until(state.live.as_ref(), now),
        })
    });
    let queue: Vec<_> = queue.collect();
    json!({ "stack": stack, "free": lease.is_none(), "lease": lease, "queue": queue })
}

fn shown(stack: &StackName, state: &StackState, now: i64) -> String {
    let mut lines = match state.holder(now) {
        Some(lease) => vec![
            format!("the lock of stack {stack} is held: {}", lease.reason),
            format!("  since      {}", moment(lease.since)),
            format!("  until      {}, unless the lease is renewed", moment(second(lease.expires))),
            format!("  phase      {}", phase(lease)),
            format!("  waits for  {}", wait(lease)),
            format!("  execution  {}", lease.execution),
        ],
        None => vec![format!("the lock of stack {stack} is free")],
    };
    for (place, queued) in (1..).zip(state.waiting(now)) {
        let since = moment(queued.since);
        let drained =
            queued.drains_until(state.live.as_ref(), now).map_or_else(String::new, |at| {
                format!("; waits until the idle environment is drained, at {}", moment(second(at)))
            });
        lines.push(format!("  {place}. in the queue: {} (since {since}){drained}", queued.reason));
    }
    lines.join("\n")
}

/// The progress of the release of `lease`, for people.
fn phase(lease: &Lease) -> String {
    match (lease.phase, watched_until(lease)) {
        (Phase::Preparing, _) => "preparing; the live environment has not changed".to_owned(),
        (Phase::Swapping, Some(until)) => {
            format!("watching the new version, which is live, until {}", moment(until))
        }
        (Phase::Swapping, None) => "swapping; the record changes, or has changed".to_owned(),
    }
}

/// The end of the bake of the release of `lease`; `None` if it does not bake.
pub(super) fn watched_until(lease: &Lease) -> Option<Timestamp> {
    let wait = lease.wait.as_ref().filter(|wait| wait.kind == WaitKind::Bake)?;
    let request: Value = serde_json::from_str(&wait.request).ok()?;
    let since: Timestamp = request["since"].as_str()?.parse().ok()?;
    let seconds = i64::try_from(request["bake"]["seconds"].as_u64()?).ok()?;
    since.checked_add(SignedDuration::from_secs(seconds)).ok()
}

fn wait(lease: &Lease) -> &'static str {
    match lease.wait.as_ref().map(|wait| wait.kind) {
        Some(WaitKind::Admission) => "its slot to call Beanstalk",
        Some(WaitKind::Health) => "a healthy environment",
        Some(WaitKind::Bake) => "the end of the bake",
        None => "nothing",
    }
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// Ends the lease of the execution that holds the lock, if `agree` consents to it, and hands the lock on to the
/// next release in the queue. Returns a sentence about the result, and the state after it.
///
/// Only the execution that was shown to `agree` loses the lock: if another one holds it by then, nothing is
/// released. The lease of a release that may be changing the record ends only after its last call.
async fn release(
    (locks, tasks): (&impl Locks, &impl Tasks),
    arguments: &LockRelease,
    now: Timestamp,
    agree: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<(String, StackState), Failure> {
    let (stack, seconds) = (&arguments.stack, now.as_second());
    let state = locks.state(stack).await?;
    let Some(holder) = state.holder(seconds).cloned() else {
        return Ok((format!("the lock of stack {stack} is already free"), state));
    };
    may_release(&holder, arguments)?;
    agree(&shown(stack, &state, seconds))?;
    steps::decide((locks, tasks), stack, |state| {
        let unchanged = |decision| Outcome { next: None, decision, resume: Vec::new() };
        let lease = state.holder(seconds).filter(|lease| lease.execution == holder.execution);
        let Some(lease) = lease else {
            let gone = format!("that release no longer holds the lock of stack {stack}");
            return unchanged(Ok((gone, state.clone())));
        };
        if let Err(refused) = may_release(lease, arguments) {
            return unchanged(Err(refused));
        }
        let Outcome { next, resume, .. } =
            lock::end(state, &holder.execution, EndedBy::StepFunctions, now);
        let after = next.clone().unwrap_or_else(|| state.clone());
        let done = released(stack, &holder, after.lease.as_ref());
        Outcome { next, decision: Ok((done, after)), resume }
    })
    .await?
}

/// The time at which the lease of a release that was ended expires, in seconds since 1970, if other releases wait for
/// it. The lease was kept for the last call of its release; a lock that is not kept is handed on immediately.
fn keeps_waiting(state: &StackState, now: i64) -> Option<i64> {
    let kept = state.holder(now).filter(|lease| ended(state, lease))?;
    state.waiting(kept.expires).next().map(|_| kept.expires)
}

/// Whether the release of `lease` was ended: its lease stays for its last call.
fn ended(state: &StackState, lease: &Lease) -> bool {
    state.past.iter().any(|past| past.execution == lease.execution)
}

// A person waits for this command, and no workflow does.
async fn wait_until(seconds: i64) {
    let left = Timestamp::from_second(seconds).map(|at| at.duration_since(Timestamp::now()));
    let left = left.ok().and_then(|left| Duration::try_from(left).ok()).unwrap_or_default();
    tokio::time::sleep_until(tokio::time::Instant::now() + left).await;
}

/// Hands a lock whose lease has expired at `now` on to the next release in the queue, and ends its wait. Returns a
/// sentence about the holder, and the state.
async fn hand_on(
    (locks, tasks): (&impl Locks, &impl Tasks),
    stack: &StackName,
    now: Timestamp,
) -> Result<(String, StackState), Failure> {
    let state = steps::decide((locks, tasks), stack, |state| {
        let Outcome { next, resume, .. } = lock::tick(state, stack.as_str(), now);
        let decision = next.clone().unwrap_or_else(|| state.clone());
        Outcome { next, decision, resume }
    })
    .await?;
    let done = match state.holder(now.as_second()) {
        Some(lease) => format!("{} holds the lock of stack {stack} now", lease.reason),
        None => format!("the lock of stack {stack} is free"),
    };
    Ok((done, state))
}

/// A sentence about the released lease of `holder`, by the lease `after` the release.
fn released(stack: &StackName, holder: &Lease, after: Option<&Lease>) -> String {
    let reason = &holder.reason;
    match after {
        None => format!("released the lock of stack {stack}: {reason}"),
        Some(kept) if kept.execution == holder.execution => format!(
            "the lock of stack {stack} will be free at {}: until then, the last call of {reason} may still \
             change the record",
            moment(second(kept.expires))
        ),
        Some(next) => {
            format!("released the lock of stack {stack}: {reason}; {} holds it now", next.reason)
        }
    }
}

fn may_release(lease: &Lease, arguments: &LockRelease) -> Result<(), Failure> {
    let LockRelease { stack, force, .. } = arguments;
    if lease.phase == Phase::Preparing || *force {
        return Ok(());
    }
    let message = format!(
        "stack `{stack}` is locked: {} is changing the record, or has changed it; let it finish. If it has \
         ended, its lease expires at {}; --force releases the lock now",
        lease.reason,
        moment(second(lease.expires))
    );
    Err(Failure::operation("Mist.Locked", message))
}

/// Shows the lock to a person and asks for consent, unless `--yes` is given.
fn confirm(shown: &str, arguments: &LockRelease) -> Result<(), Failure> {
    output::note(shown);
    let no_terminal =
        "no terminal to confirm the release; --yes releases the lock without confirmation";
    ask::consent("Release this lock?", arguments.yes, no_terminal, "nothing was released")
}

#[cfg(test)]
mod tests;
