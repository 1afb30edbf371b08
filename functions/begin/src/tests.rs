//! Tests of this function.

mod admission;
mod input;
mod lock;

use std::time::Duration;

use mist_testkit::{
    FakeClock, FakeHistory, FakeLocks, FakeQuota, FakeStacks, FakeTasks, FakeWakes, stack,
};
use serde_json::json;

use super::*;

const STARTED: &str = "2026-01-02T03:04:05.600Z";

type Fakes = Ports<FakeStacks, FakeLocks, FakeHistory, FakeQuota, FakeTasks, FakeWakes, FakeClock>;

/// Stack `QA`, whose lock is free.
fn given() -> Fakes {
    given_stack(stack().unwrap())
}

fn given_stack(stack: Stack) -> Fakes {
    Ports {
        stacks: FakeStacks::with(stack),
        locks: FakeLocks::default(),
        history: FakeHistory::default(),
        quota: FakeQuota::default(),
        tasks: FakeTasks::default(),
        wakes: FakeWakes::default(),
        clock: FakeClock::default(),
    }
}

/// The ARN of the execution called `name`.
fn arn(name: &str) -> String {
    format!("arn:aws:states:us-east-1:123456789012:execution:mist:{name}")
}

/// Begins the execution called `name` with `input`. The token of its task is `token`.
async fn begin(
    ports: &Fakes,
    (name, token): (&str, &str),
    input: Value,
) -> Result<Option<Response>, Error> {
    let execution =
        ExecutionRef { id: arn(name), name: name.to_owned(), started_at: STARTED.parse().unwrap() };
    run(ports, token.into(), Request { input, execution }).await
}

/// The same, for a release that does not wait.
async fn begun(ports: &Fakes, name: &str, input: Value) -> Response {
    begin(ports, (name, "t1"), input).await.unwrap().unwrap()
}

/// The error of a release that does not begin: `CODE: message`.
async fn refusal(ports: &Fakes, (name, token): (&str, &str), input: Value) -> String {
    let error = begin(ports, (name, token), input).await.unwrap_err();
    format!("{}: {error}", error.code())
}

/// A manual request for `operation`.
fn only(operation: &str) -> Value {
    json!({"operation": operation, "stack": "QA", "user": "ada"})
}

/// A request for the deployment of `v2` by `user`.
fn deploy(user: &str, on_conflict: &str) -> Value {
    json!({
        "operation": "deploy",
        "stack": "QA",
        "version": "v2",
        "user": user,
        "onConflict": on_conflict,
    })
}

/// The event of EventBridge after an upload of `key` to `bucket`.
fn upload_to(bucket: &str, key: &str) -> Value {
    json!({
        "version": "0",
        "id": "3ee8fb2e-8b9a-4a1f-a6c3-5f2d8a3a4c10",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": [format!("arn:aws:s3:::{bucket}")],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": 4,
                "etag": "b1946ac92492d2347c6235b4d2611184",
                "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                "sequencer": "006539AA6D7936ACF5"
            },
            "request-id": "5V837ESMXGRD39D2",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.7",
            "reason": "PutObject"
        }
    })
}

fn upload(key: &str) -> Value {
    upload_to("artifacts", key)
}
