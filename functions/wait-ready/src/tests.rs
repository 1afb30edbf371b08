//! Tests of this function.

mod ends;
mod health;
mod judge;
mod turns;
mod waiting;

use mist_core::{
    beanstalk::health::AllowedHealth,
    release::state::{Holder, LEASE_SECONDS},
};
use mist_testkit::{
    FakeBeanstalk, FakeClock, FakeLocks, FakeQuota, FakeTasks, FakeWakes, START, TaskEnd,
    environment, held,
};

use super::*;

type Fakes = Ports<FakeBeanstalk, FakeLocks, FakeQuota, FakeTasks, FakeWakes, FakeClock>;

const RECHECK: Duration = Duration::from_mins(1);

/// Environment B of stack `QA`, which ran `v1`, is being updated to `v2` by the execution `arn:1`.
async fn given() -> Fakes {
    let ports = Ports {
        beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v1")]),
        locks: FakeLocks::with("QA", held("arn:1", 1)),
        quota: FakeQuota::default(),
        tasks: FakeTasks::default(),
        wakes: FakeWakes::default(),
        clock: FakeClock::default(),
    };
    deploy(&ports, "Demo-QA-B").await;
    ports
}

/// Begins to deploy `v2` to `environment`.
async fn deploy(ports: &Fakes, environment: &str) {
    let (name, label) = (environment.parse().unwrap(), "v2".parse().unwrap());
    ports.beanstalk.deploy(&name, &label).await.unwrap();
}

/// The request to wait for the deployment of `v2` to `environment` by the execution `arn:1`.
fn request(stack: &str, environment: &str, request_id: &str) -> Request {
    Request {
        stack: stack.parse().unwrap(),
        holder: Holder { execution: "arn:1".to_owned(), fence: 1 },
        environment: environment.parse().unwrap(),
        version: "v2".parse().unwrap(),
        request_id: Some(request_id.to_owned()),
        since: Timestamp::from_second(START).unwrap(),
        deploy_timeout_seconds: 600,
        health_grace_seconds: 120,
        health_stable_seconds: 30,
        allowed_health: AllowedHealth::default(),
    }
}

/// Parks a task of stack `QA` with `token`.
async fn park(ports: &Fakes, token: &str) {
    let request = request("QA", "Demo-QA-B", "request-1");
    assert!(ports.park(token.into(), request).await.unwrap().is_none());
}

/// Looks once.
async fn look(ports: &Fakes) {
    ports.look(RECHECK).await.unwrap();
}

/// Beanstalk ends the deployment well, and `seconds` pass.
fn succeed(ports: &Fakes, seconds: u64) {
    let now = ports.clock.now();
    ports.beanstalk.succeed("request-1");
    ports.beanstalk.change("Demo-QA-B", |it| it.updated = Some(now));
    ports.clock.advance(Duration::from_secs(seconds));
}

/// The token of the task of `stack` that waits.
fn waits(ports: &Fakes, stack: &str) -> Option<String> {
    Some(ports.locks.current(stack).lease?.wait?.token.expose().to_owned())
}

/// Whether the wait with `token` ended with the output of a healthy environment.
fn succeeded(ports: &Fakes, token: &str) -> bool {
    let end = ports.tasks.end_of(token);
    let target = json!({"address": "192.0.2.1", "updated": "2026-01-02T03:04:05Z", "instances": 1});
    matches!(end, Some(TaskEnd::Succeeded(output)) if output["target"] == target)
}

/// The end of the wait with `token`: its output, or `CODE: message`.
fn ended(ports: &Fakes, token: &str) -> Option<String> {
    Some(match ports.tasks.end_of(token)? {
        TaskEnd::Succeeded(output) => output.to_string(),
        TaskEnd::Failed { name, message } => format!("{name}: {message}"),
    })
}

/// The delays of the wake-ups since the first `seen`, in seconds.
fn timers(ports: &Fakes, seen: usize) -> Vec<u64> {
    let wakes = ports.wakes.wakes().split_off(seen);
    assert!(wakes.iter().all(|(kind, _)| *kind == WaitKind::Health), "{wakes:?}");
    wakes.iter().map(|(_, delay)| delay.as_secs()).collect()
}
