//! Waits until a deployment is over and its environment healthy: parks the task, and ends its wait later.

mod judge;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use mist_core::{
    beanstalk::{environment::Environment, health::AllowedHealth},
    error::Error,
    names::{EnvironmentName, StackName, VersionLabel},
    ports::{Beanstalk, Clock, Locks, Monitor, Quota, Tasks, Wakes},
    release::{
        lock,
        look::{self, Waiting},
        state::{Holder, StackState, TaskToken, Wait, WaitKind},
        steps,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use judge::Found;

/// The time of the next look where none is known to be worthwhile: it comes after the time until the next look.
const LATER: Timestamp = Timestamp::MAX;

/// Everything that a wait needs.
#[derive(Debug)]
pub struct Ports<B, L, Q, T, W, C> {
    /// The environments. Each call is tried once: another look comes.
    pub beanstalk: B,
    /// The locks of stacks, with what is waited for.
    pub locks: L,
    /// The quota that looks share.
    pub quota: Q,
    /// The waiting tasks.
    pub tasks: T,
    /// The wake-ups for the next look.
    pub wakes: W,
    /// The time.
    pub clock: C,
    /// The time until the next look if no event comes.
    pub recheck: Duration,
}

/// The deployment that is waited for.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the lock of the stack.
    pub holder: Holder,
    /// The environment.
    pub environment: EnvironmentName,
    /// The version that it must run.
    pub version: VersionLabel,
    /// The id of the update, which its events have; null if nothing had to be deployed.
    pub request_id: Option<String>,
    /// When the update was requested.
    pub since: Timestamp,
    /// The longest time that the deployment may take, in seconds.
    pub deploy_timeout_seconds: i64,
    /// The longest time that the environment may then take to become healthy, in seconds.
    pub health_grace_seconds: i64,
    /// The time for which it must have been healthy without a break, in seconds.
    pub health_stable_seconds: i64,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
}

/// How long a wait goes on while Beanstalk refuses to describe environments, in seconds. One refusal of the call that
/// all share, such as that of a session that just expired, must not end the releases of all stacks.
const REFUSED_SECONDS: i64 = 120;

impl Request {
    /// The longest time from the request of the update until the environment is healthy, in seconds.
    pub(crate) fn patience(&self) -> i64 {
        self.deploy_timeout_seconds + self.health_grace_seconds + self.health_stable_seconds
    }

    /// Whether a wait that began at `waiting` goes on after `error`.
    fn survives(&self, error: &Error, waiting: Timestamp, now: Timestamp) -> bool {
        if error.is_transient() {
            return now.duration_since(self.since).as_secs() < self.patience();
        }
        now.duration_since(waiting).as_secs() < REFUSED_SECONDS
    }
}

/// The environment runs the version, and is healthy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The environment as it was found.
    pub target: Target,
    /// Its health.
    pub health: String,
    /// The time since the update was requested, in seconds.
    pub seconds: i64,
}

/// An environment as it was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its address.
    pub address: String,
    /// When it last changed: the swap refuses one that has changed since.
    pub updated: Option<Timestamp>,
    /// How many instances run the version; null under basic health, which does not look at instances.
    pub instances: Option<u32>,
}

/// Parks the task with `token`. A later [`look`] ends its wait. Parking again replaces the token.
pub async fn park<B, L: Locks, Q, T, W: Wakes, C: Clock>(
    Ports { locks, wakes, clock, .. }: &Ports<B, L, Q, T, W, C>,
    token: TaskToken,
    request: Request,
) -> Result<Option<Response>, Error> {
    let wait = Wait::new(WaitKind::Health, &token, clock.now(), &json!(request));
    steps::park((locks, wakes, clock), &request.stack, &request.holder, &wait).await?;
    Ok(None)
}

/// Looks at all deployments that are waited for, with one call for all environments, and ends the waits that are
/// over. Then looks whose turn it is: the next in a queue, and releases that wait to call Beanstalk.
pub async fn look<B: Beanstalk + Monitor, L: Locks, Q: Quota, T: Tasks, W: Wakes, C: Clock>(
    ports: &Ports<B, L, Q, T, W, C>,
) -> Result<(), Error> {
    let Ports { locks, quota, wakes, clock, recheck, .. } = ports;
    if !look::claim((quota, wakes, clock), WaitKind::Health).await? {
        return Ok(());
    }
    let now = clock.now();
    let (states, unreadable) = look::states(locks).await?;
    for error in unreadable {
        tracing::warn!("{error}");
    }
    let mut ends = turns(ports, &states, now).await;
    ends.extend(deployments(ports, &states, now).await);
    if ends.is_empty() {
        return Ok(());
    }
    look::again((quota, wakes, clock), WaitKind::Health, (now, *recheck), ends).await
}

/// Ends the waits of those whose turn it is. Returns an entry for each that waits on: the time at which looking again
/// is worthwhile.
async fn turns<B, L: Locks, Q, T: Tasks, W, C>(
    Ports { locks, tasks, .. }: &Ports<B, L, Q, T, W, C>,
    states: &[(StackName, StackState)],
    now: Timestamp,
) -> Vec<Timestamp> {
    let mut ends = Vec::new();
    for (stack, state) in states {
        let tick = lock::tick(state, stack.as_str(), now);
        if tick.next.is_some() || !tick.resume.is_empty() {
            let decide = steps::decide((locks, tasks), stack, |state| {
                lock::tick(state, stack.as_str(), now)
            });
            if let Err(error) = decide.await {
                tracing::warn!(stack.name = %stack, "the queue moves on later: {error}");
                ends.push(LATER);
            }
        }
        let admission = state.holder(now.as_second()).filter(|lease| {
            lease.wait.as_ref().is_some_and(|wait| wait.kind == WaitKind::Admission)
        });
        let admission = admission.and_then(|lease| lease.admitted);
        // One whose turn has come is called again. Until then its wait is still there.
        let admission = admission.filter(|at| *at > now.as_millisecond());
        ends.extend(admission.map(|at| Timestamp::from_millisecond(at).unwrap_or(LATER)));
        let queue = tick.next.as_ref().map_or(&state.queue, |next| &next.queue);
        ends.extend(queue.iter().map(|it| Timestamp::from_second(it.until).unwrap_or(LATER)));
    }
    ends
}

/// Ends the waits for deployments that are over. Returns an entry for each that waits on: the time at which looking
/// again is worthwhile.
async fn deployments<B: Beanstalk + Monitor, L: Locks, Q, T: Tasks, W, C: Clock>(
    ports: &Ports<B, L, Q, T, W, C>,
    states: &[(StackName, StackState)],
    now: Timestamp,
) -> Vec<Timestamp> {
    let (mut waits, mut ends) = (Vec::new(), Vec::new());
    for waiting in look::waiting(states, WaitKind::Health, now) {
        match waiting.request::<Request>() {
            Ok(request) => waits.push((waiting, request)),
            Err(error) => ends.extend(end(ports, &waiting, Err(&error)).await),
        }
    }
    if waits.is_empty() {
        return ends;
    }
    let names: Vec<_> = waits.iter().map(|(_, request)| &request.environment).collect();
    let found = match ports.beanstalk.environments(&names).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!("no environment could be looked at: {error}");
            for (waiting, request) in &waits {
                if request.survives(&error, waiting.since, now) {
                    ends.push(LATER);
                } else {
                    ends.extend(end(ports, waiting, Err(&error)).await);
                }
            }
            return ends;
        }
    };
    for (waiting, request) in &waits {
        ends.extend(deployment(ports, waiting, request, &found).await);
    }
    ends
}

/// Ends the wait for one deployment if it is over; otherwise returns the time at which looking again is worthwhile.
async fn deployment<B: Beanstalk + Monitor, L: Locks, Q, T: Tasks, W, C: Clock>(
    ports: &Ports<B, L, Q, T, W, C>,
    waiting: &Waiting,
    request: &Request,
    found: &[Environment],
) -> Option<Timestamp> {
    let name = request.environment.as_str();
    let environment = found.iter().find(|environment| environment.name == name).cloned();
    match judge::judge(&ports.beanstalk, &ports.clock, request, environment).await {
        Ok(Found::NotYet { status, at }) => {
            tracing::info!(environment.name = name, "`{name}` is not ready yet: {status}");
            match look::renew(&ports.locks, &ports.clock, waiting).await {
                Ok(()) => at.or(Some(LATER)),
                Err(error) if error.may_pass() => {
                    tracing::warn!(stack.name = %waiting.stack, "the lease is renewed later: {error}");
                    at.or(Some(LATER))
                }
                Err(error) => end(ports, waiting, Err(&error)).await,
            }
        }
        Ok(Found::Healthy(response)) => {
            let Request { version, .. } = request;
            let health = &response.health;
            tracing::info!(
                environment.name = name,
                version.label = %version,
                "`{name}` runs `{version}` and is {health}"
            );
            end(ports, waiting, Ok(&response)).await
        }
        Err(error) => end(ports, waiting, Err(&error)).await,
    }
}

/// Ends a wait. If that fails, it waits on, and the next look ends it.
async fn end<B, L: Locks, Q, T: Tasks, W, C>(
    Ports { locks, tasks, .. }: &Ports<B, L, Q, T, W, C>,
    waiting: &Waiting,
    outcome: Result<&Response, &Error>,
) -> Option<Timestamp> {
    let output = outcome.map(|response| json!(response));
    let ended = look::end((locks, tasks), waiting, output.as_ref().map_err(|error| *error)).await;
    match ended {
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(stack.name = %waiting.stack, "the wait ends later: {error}");
            Some(LATER)
        }
    }
}
