//! Tests of this function.

mod failure;
mod fakes;
mod log;
mod success;

use jiff::Timestamp;
use mist_core::release::{
    failure::Cause,
    state::{CALL_SECONDS, Holder, Queued, StackState},
};
use mist_testkit::{
    FakeClock, FakeDns, FakeHistory, FakeLocks, FakeLogs, FakeTasks, FakeWakes, START, environment,
    held, stack,
};
use serde_json::{Value, json};

use super::*;
use fakes::{Down, FakeInstances};

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";
const RELEASE: &str = "2026-01-02T03:04:05.000Z/release-1";

type Fakes<L = FakeLocks, H = FakeHistory> =
    Ports<L, H, FakeTasks, FakeWakes, FakeInstances, FakeDns, FakeLogs, FakeClock>;

/// Stack `QA`: environment A is live with `v1`, B runs `v2`, and `EXECUTION` holds the lock.
fn given() -> Fakes {
    let history = FakeHistory::default();
    history.put_release(opened());
    given_tables(FakeLocks::with("QA", held(EXECUTION, 1)), history)
}

/// The same, with other tables.
fn given_tables<L, H>(locks: L, history: H) -> Fakes<L, H> {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v2"));
    Ports {
        locks,
        history,
        tasks: FakeTasks::default(),
        wakes: FakeWakes::default(),
        dns: FakeDns::pointing(stack().unwrap().names(), &a.cname),
        beanstalk: FakeInstances::of([a, b]),
        texts: FakeLogs::default(),
        clock: FakeClock::default(),
    }
}

/// The release, as `begin` opened it.
fn opened() -> PastRelease {
    mist_testkit::opened(RELEASE, EXECUTION)
}

/// `bob` waits for the lock.
fn queue(ports: &Fakes) {
    let queued = Queued {
        execution: "bob".to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v3 by bob".to_owned(),
        since: Timestamp::from_second(START).unwrap(),
        until: START + 3600,
        uploaded_at: None,
        needs_drained: false,
        token: "t2".into(),
    };
    let state = ports.locks.current("QA");
    ports.locks.put("QA", StackState { queue: vec![queued], ..state });
}

fn release() -> Value {
    let stack = stack().unwrap();
    json!({
        "operation": "deploy",
        "stack": "QA",
        "user": "ada",
        "inPlace": false,
        "acceptDrift": false,
        "live": false,
        "reason": "deploy v2 by ada",
        "releaseId": RELEASE,
        "lock": {},
        "environments": stack.settings.environments,
        "record": stack.names(),
        "execution": {"id": EXECUTION, "name": "release-1", "startedAt": "2026-01-02T03:04:05Z"},
        "holder": {"execution": EXECUTION, "fence": 1},
    })
}

/// The plan to deploy `v2` to environment B, and to swap.
fn plan() -> Value {
    json!({
        "start": "deploy",
        "goesLive": "swap",
        "summary": {
            "operation": "deploy",
            "stack": "QA",
            "side": "B",
            "environment": "Demo-QA-B",
            "version": "v2",
            "live": true,
            "alreadyLive": false,
        },
        "warnings": [],
        "steps": {"swapBack": {"environment": "Demo-QA-A"}},
    })
}

/// A release that succeeds with `results`.
fn succeeding(results: &Value) -> Value {
    json!({"release": release(), "plan": plan(), "results": results})
}

/// A release that fails at `step` with `error` and its message.
fn failing(step: &str, error: &str, message: &str) -> Value {
    let cause = json!({"errorType": error, "errorMessage": message}).to_string();
    json!({
        "release": release(),
        "plan": plan(),
        "results": {},
        "failure": {"step": step, "Error": error, "Cause": cause},
        "swapBackFailure": null,
        "execution": EXECUTION,
        "input": {"operation": "deploy", "stack": "QA", "user": "ada"},
    })
}

/// A copy of `request` with another `field`.
fn with(mut request: Value, field: &str, value: Value) -> Value {
    request[field] = value;
    request
}

async fn finish<L: Locks, H: History>(
    ports: &Fakes<L, H>,
    request: Value,
) -> Result<Response, Error> {
    run(ports, serde_json::from_value(request).unwrap()).await
}

/// The output of a release that succeeded.
async fn output<L: Locks, H: History>(ports: &Fakes<L, H>, request: Value) -> Value {
    match finish(ports, request).await.unwrap() {
        Response::Done(output) => output,
        Response::Failed { error, cause } => panic!("{error}: {cause}"),
    }
}

/// The cause of a release that failed.
async fn cause<L: Locks, H: History>(ports: &Fakes<L, H>, request: Value) -> Cause {
    match finish(ports, request).await.unwrap() {
        Response::Done(output) => panic!("it succeeded: {output}"),
        Response::Failed { error, cause } => {
            let cause: Cause = serde_json::from_str(&cause).unwrap();
            assert_eq!(cause.error, error);
            cause
        }
    }
}

/// Verdict and reason in the history.
fn history(ports: &Fakes) -> (String, Option<String>) {
    let release = ports.history.list().remove(0);
    assert_eq!(release.ended_at.is_some(), release.verdict != PastRelease::RUNNING);
    (release.verdict, release.reason)
}
