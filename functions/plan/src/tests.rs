//! Stories of this operation.

mod deploy;
mod memory;
mod others;
mod refusals;
mod sources;

use mist_testkit::{
    FakeAlarms, FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeLedger,
    FakeStacks, environment, stack,
};
use serde_json::{Value, json};

use super::*;

/// What a bundle begins with.
const ZIP: &[u8] = b"PK\x03\x04";

type Fakes = World<
    FakeStacks,
    FakeDns,
    FakeBeanstalk,
    FakeArtifacts,
    FakeGroups,
    FakeLedger,
    FakeAlarms,
    FakeClock,
>;

/// Stack `QA`: side A is live with `v1`, side B idles with `v0`, and `v2` was uploaded.
fn given() -> Fakes {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let stack = stack().unwrap();
    World {
        dns: FakeDns::leading(stack.record(), &a.cname),
        stacks: FakeStacks::with(stack),
        beanstalk: FakeBeanstalk::with([a, b]),
        artifacts: FakeArtifacts::with([("releases/QA/v2.zip", ZIP)]),
        groups: FakeGroups::with([("Demo-QA-A", 1), ("Demo-QA-B", 1)]),
        ledger: FakeLedger::default(),
        alarms: FakeAlarms::default(),
        clock: FakeClock::default(),
    }
}

/// The plan for what `input` asks for, as the later steps read it.
async fn plan(world: &Fakes, input: Value) -> Value {
    let response = run(world, ask(&input)).await.unwrap();
    serde_json::to_value(response).unwrap()
}

/// Why there is no plan for what `input` asks for: `CODE: message`.
async fn refused(world: &Fakes, input: Value) -> String {
    let before = format!("{world:?}");
    let error = run(world, ask(&input)).await.unwrap_err();
    assert_eq!(format!("{world:?}"), before, "a plan changes nothing");
    format!("{}: {error}", error.code())
}

/// The request for what `input` says, and as usual for the rest.
fn ask(input: &Value) -> Request {
    let stack = stack().unwrap();
    let mut asked = json!({
        "operation": "deploy",
        "stack": "QA",
        "user": "mist",
        "inPlace": false,
        "acceptDrift": false,
        "live": false,
        "reason": "deploy by mist",
        "releaseId": "2026-01-02T03:04:05.600Z/release-1",
        "leaseSeconds": 3600,
        "lock": {},
        "environments": stack.settings.environments,
        "record": stack.record(),
    });
    for (field, value) in input.as_object().cloned().unwrap_or_default() {
        asked[field] = value;
    }
    Request { asked: serde_json::from_value(asked).unwrap() }
}

fn deploy_qa() -> Value {
    json!({"operation": "deploy", "stack": "QA"})
}

/// What an upload of [`ZIP`] to `key` asks for.
fn upload(key: &str) -> Value {
    let version = key.rsplit('/').next().and_then(|file| file.split_once('.')).unwrap().0;
    json!({
        "operation": "deploy",
        "version": version,
        "user": "upload",
        "upload": {
            "bucket": "artifacts",
            "key": key,
            "etag": "4-162",
            "time": "2026-01-02T03:04:05Z",
        },
    })
}
