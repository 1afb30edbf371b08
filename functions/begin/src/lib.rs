//! Begins a release: reads its request, opens it in the history, and acquires the lock of its stack.

mod input;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    error::Error,
    ports::{Clock, History, Locks, Quota, Stacks, Tasks, Wakes},
    release::{
        history::PastRelease,
        lock::{self, Decision, LockRequest},
        request::{ExecutionRef, Operation, ReleaseRequest},
        state::{Holder, TaskToken, Wait, WaitKind},
        steps,
    },
    stack::{
        settings::{Stack, StackSettings},
        source::{GitRef, Source},
    },
};
use serde::Deserialize;
use serde_json::Value;

use input::Input;

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<S, L, H, Q, T, W, C> {
    /// The configuration of stacks.
    pub stacks: S,
    /// The locks of stacks.
    pub locks: L,
    /// The history of releases.
    pub history: H,
    /// The share of Beanstalk's quotas.
    pub quota: Q,
    /// The waiting tasks of executions.
    pub tasks: T,
    /// The wake-ups for looks at waiting tasks.
    pub wakes: W,
    /// The time.
    pub clock: C,
}

/// The input of an execution, and the execution itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The input: the request of a person or a schedule, or an S3 event of EventBridge.
    pub input: Value,
    /// The execution.
    pub execution: ExecutionRef,
}

/// The request of the release, with its lock if it needs one.
pub type Response = ReleaseRequest;

/// Begins the release; `None` if it waits for the lock or for its slot. Its task has `token`, and calls again when the
/// wait is over. Beginning again changes nothing.
///
/// If another execution releases the same upload, the error is [`Error::Duplicate`].
pub async fn run(
    Ports { stacks, locks, history, quota, tasks, wakes, clock }: &Ports<
        impl Stacks,
        impl Locks,
        impl History,
        impl Quota,
        impl Tasks,
        impl Wakes,
        impl Clock,
    >,
    token: TaskToken,
    Request { input, execution }: Request,
) -> Result<Option<Response>, Error> {
    let input = Input::from_value(input)?;
    let stack = stacks.load(&input.stack).await.map_err(|error| input.explain(error))?;
    input.fits(&stack)?;
    let mut release = release(input, &stack, execution);
    tracing::info!(stack.name = %release.stack, "{} on `{}`", release.reason, release.stack);
    if release.operation == Operation::Version {
        return Ok(Some(release));
    }
    if !history.open(&opened(&release)).await? {
        return Err(Error::Duplicate {});
    }
    if !release.operation.needs_lock() {
        return Ok(Some(release));
    }
    let acquired = acquire((locks, tasks, wakes, clock), &token, &release).await?;
    let Some((holder, slot)) = acquired else { return Ok(None) };
    release.holder = Some(holder.clone());
    if release.operation == Operation::Deploy {
        let ports = (locks, quota, wakes, clock);
        if !admit(ports, &token, (&holder, slot), &release).await? {
            return Ok(None);
        }
    }
    Ok(Some(release))
}

/// Acquires the lock, and returns its holder with the slot that it already has; `None` if the release is in the queue.
async fn acquire(
    (locks, tasks, wakes, clock): (&impl Locks, &impl Tasks, &impl Wakes, &impl Clock),
    token: &TaskToken,
    release: &ReleaseRequest,
) -> Result<Option<(Holder, Option<i64>)>, Error> {
    let request = LockRequest {
        stack: release.stack.to_string(),
        execution: release.execution.id.clone(),
        operation: release.operation.to_string(),
        reason: release.reason.clone(),
        uploaded_at: release.upload.as_ref().map(|upload| upload.time),
        needs_drained: false,
        token: token.clone(),
        settings: release.lock.clone(),
    };
    let decided = steps::decide((locks, tasks), &release.stack, |state| {
        let needs_drained = release.needs_drained(state.live.as_ref());
        lock::acquire(state, &LockRequest { needs_drained, ..request.clone() }, clock.now())
    });
    match decided.await? {
        Decision::Acquired { fence, admitted } => {
            tracing::info!(stack.name = %release.stack, "{} holds the lock", release.reason);
            let execution = release.execution.id.clone();
            Ok(Some((Holder { execution, fence }, admitted)))
        }
        Decision::Queued { status, look_at } => {
            tracing::info!(stack.name = %release.stack, "{} is {status}", release.reason);
            // If the lock is released before, that sends a wake-up of its own.
            let delay = steps::until(look_at.as_millisecond(), clock.now());
            wakes.wake(WaitKind::Admission, delay).await?;
            Ok(None)
        }
        Decision::Refused(error) => Err(error),
    }
}

/// Whether the release may call Beanstalk now. If not, its wait is stored, and ends with its slot.
///
/// Releases share Beanstalk's quotas, and a release fails if it is throttled too long. So releases that come together
/// begin one by one. `slot` is the one that the release already has, if any.
async fn admit(
    (locks, quota, wakes, clock): (&impl Locks, &impl Quota, &impl Wakes, &impl Clock),
    token: &TaskToken,
    (holder, slot): (&Holder, Option<i64>),
    release: &ReleaseRequest,
) -> Result<bool, Error> {
    let now = clock.now();
    let at = match slot {
        Some(at) => at,
        None => quota.admit(now).await?,
    };
    let waits = at > now.as_millisecond();
    let wait = waits.then(|| Wait::new(WaitKind::Admission, token, now, &Value::Null));
    steps::change(locks, &release.stack, |state| {
        let lease = state.lease_of(holder)?;
        let same = (lease.admitted, &lease.wait) == (Some(at), &wait);
        Ok(((!same).then(|| state.admitted(holder, at, wait.clone())).transpose()?, ()))
    })
    .await?;
    if waits {
        let delay = steps::until(at, now);
        tracing::info!(stack.name = %release.stack, "waits {} ms for its slot", delay.as_millis());
        wakes.wake(WaitKind::Admission, delay).await?;
    }
    Ok(!waits)
}

fn release(input: Input, stack: &Stack, execution: ExecutionRef) -> ReleaseRequest {
    let release_id = match &input.uploaded {
        // One upload can have several events, each of which starts an execution. The id is the same in all.
        Some(uploaded) => {
            let version = input.version.as_ref().map_or("", |version| version.as_str());
            format!("{}/{}/{version}", sortable(uploaded.upload.time), uploaded.sequencer)
        }
        None => format!("{}/{}", sortable(execution.started_at), execution.name),
    };
    let lock = stack.settings.lock.of(input.on_conflict, input.uploaded.is_some());
    let fetch = to_fetch(&input, &stack.settings);
    ReleaseRequest {
        reason: reason(&input, fetch.as_ref()),
        operation: input.operation,
        stack: input.stack,
        environment: input.environment,
        version: input.version,
        user: input.user,
        message: input.message,
        upload: input.uploaded.map(|uploaded| uploaded.upload),
        fetch,
        fetched: None,
        in_place: input.in_place,
        accept_drift: input.accept_drift,
        live: input.live,
        release_id,
        lock,
        environments: stack.settings.environments.clone(),
        record: stack.names(),
        execution,
        holder: None,
    }
}

fn opened(release: &ReleaseRequest) -> PastRelease {
    PastRelease {
        format_version: PastRelease::FORMAT,
        stack: release.stack.to_string(),
        id: release.release_id.clone(),
        execution: release.execution.id.clone(),
        operation: release.operation.to_string(),
        started_by: release.user.clone(),
        message: release.message.as_ref().map(ToString::to_string),
        started_at: release.execution.started_at,
        ended_at: None,
        verdict: PastRelease::RUNNING.to_owned(),
        reason: None,
        version: release.version.as_ref().map(ToString::to_string),
        from: None,
        to: None,
        artifact: None,
        accepted_drift: None,
        steps: std::collections::BTreeMap::new(),
    }
}

/// The ref to fetch the version from: the requested one, or that of the stack if no version is requested.
fn to_fetch(input: &Input, settings: &StackSettings) -> Option<GitRef> {
    if input.operation != Operation::Deploy || input.version.is_some() {
        return None;
    }
    let configured = || match settings.source {
        Source::Github => settings.github.as_ref().map(|github| github.git_ref.clone()),
        Source::S3 | Source::Versions => None,
    };
    input.git_ref.clone().or_else(configured)
}

fn reason(
    Input { operation, environment, version, user, .. }: &Input,
    fetch: Option<&GitRef>,
) -> String {
    let fetched = fetch.map(|name| format!(" {name}"));
    let version =
        version.as_ref().map(|version| format!(" {version}")).or(fetched).unwrap_or_default();
    let place = environment.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    format!("{operation}{version}{place} by {user}")
}

// Always with three decimals, so that the texts sort like the times.
fn sortable(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
