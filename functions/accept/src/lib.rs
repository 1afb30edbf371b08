//! Reads what a run is asked to do, and refuses what makes no sense. Changes nothing.

mod input;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{Asked, Error, GitRef, Operation, Source, Stack, StackSettings, ports::Stacks};
use serde::Deserialize;
use serde_json::Value;

use input::Read;

/// For how many seconds a run that deploys nothing needs the lock, and the rest of one that does: an
/// environment that is busy is waited for, and calls are made again.
const LEASE_SECONDS: i64 = 7200;

/// For how many seconds fetching a version may take, with some further tries.
const FETCH_SECONDS: i64 = 1800;

/// For how many seconds the workflow waits for an environment that is busy.
const BUSY_SECONDS: i64 = 6600;

/// The input of a run, and the run itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The input as it came: a request of a person or of a schedule, or an S3 event of EventBridge.
    pub input: Value,
    /// The name of the run.
    pub name: String,
    /// When the run began.
    pub started_at: Timestamp,
}

/// What the run is asked to do.
pub type Response = Asked;

/// Reads the request. The same request is read alike each time.
pub async fn run(stacks: &impl Stacks, request: Request) -> Result<Response, Error> {
    let Request { input, name, started_at } = request;
    let read = Read::from_input(input)?;
    let stack = stacks.load(&read.stack).await?;
    read.fits(&stack)?;
    let asked = asked(read, &stack, &name, started_at);
    tracing::info!(stack.name = %asked.stack, "asked: {} on `{}`", asked.reason, asked.stack);
    Ok(asked)
}

fn asked(read: Read, stack: &Stack, name: &str, started_at: Timestamp) -> Asked {
    let release_id = match &read.uploaded {
        // One upload can be told of several times, each of which starts a run: this is the same in all.
        Some(uploaded) => {
            let version = read.version.as_ref().map_or("", |version| version.as_str());
            format!("{}/{}/{version}", sortable(uploaded.upload.time), uploaded.sequencer)
        }
        None => format!("{}/{name}", sortable(started_at)),
    };
    let mut lock = stack.settings.lock.clone();
    lock.on_conflict = read.on_conflict.unwrap_or(lock.on_conflict);
    let fetch = to_fetch(&read, &stack.settings);
    let fetching = if fetch.is_some() { FETCH_SECONDS } else { 0 };
    Asked {
        reason: reason(&read, fetch.as_ref()),
        lease_seconds: lease_seconds(read.operation, &stack.settings) + fetching,
        operation: read.operation,
        stack: read.stack,
        environment: read.environment,
        version: read.version,
        user: read.user,
        upload: read.uploaded.map(|uploaded| uploaded.upload),
        fetch,
        fetched: None,
        in_place: read.in_place,
        accept_drift: read.accept_drift,
        live: read.live,
        release_id,
        lock,
        environments: stack.settings.environments.clone(),
        record: stack.record(),
    }
}

/// Until the version runs and is healthy; the workflow renews the lease then.
fn lease_seconds(operation: Operation, settings: &StackSettings) -> i64 {
    let deploy = settings.deploy_timeout_seconds.get()
        + settings.health_grace_seconds.get()
        + settings.health_stable_seconds.get();
    match operation {
        Operation::Start => LEASE_SECONDS + i64::from(deploy),
        // An environment that is busy is waited for as long as its own deployment may take.
        Operation::Deploy => LEASE_SECONDS + BUSY_SECONDS + i64::from(deploy),
        Operation::Warm
        | Operation::Swap
        | Operation::Rollback
        | Operation::Mark
        | Operation::Stop
        | Operation::Version => LEASE_SECONDS,
    }
}

/// The ref that the version is fetched from: the one that was named, or that of the stack where no version
/// is named.
fn to_fetch(read: &Read, settings: &StackSettings) -> Option<GitRef> {
    if read.operation != Operation::Deploy || read.version.is_some() {
        return None;
    }
    let of_the_stack = || match settings.source {
        Source::Github => settings.github.as_ref().map(|github| github.git_ref.clone()),
        Source::S3 | Source::Versions => None,
    };
    read.git_ref.clone().or_else(of_the_stack)
}

fn reason(
    Read { operation, environment, version, user, .. }: &Read,
    fetch: Option<&GitRef>,
) -> String {
    let fetched = fetch.map(|name| format!(" {name}"));
    let version =
        version.as_ref().map(|version| format!(" {version}")).or(fetched).unwrap_or_default();
    let place = environment.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    format!("{operation}{version}{place} by {user}")
}

// Always with three decimals: times as text are then in the order of the times.
fn sortable(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
