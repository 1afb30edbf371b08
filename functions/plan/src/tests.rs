//! Stories of this operation.

mod deploy;
mod others;
mod refusals;

use mist_testkit::{FakeArtifacts, FakeBeanstalk, FakeDns, FakeStacks, environment, stack};
use serde_json::{Value, json};

use super::*;

/// What a bundle begins with.
const ZIP: &[u8] = b"PK\x03\x04";

type Fakes = World<FakeStacks, FakeDns, FakeBeanstalk, FakeArtifacts>;

/// Stack `QA`: side A is live with `v1`, side B idles with `v0`, and `v2` was uploaded.
fn given() -> Fakes {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let stack = stack().unwrap();
    World {
        dns: FakeDns::leading(stack.record(), &a.cname),
        stacks: FakeStacks::with(stack),
        beanstalk: FakeBeanstalk::with([a, b]),
        artifacts: FakeArtifacts::with([("releases/QA/v2.zip", ZIP)]),
    }
}

/// The plan for `input`, as the later steps read it.
async fn plan(world: &Fakes, input: Value) -> Value {
    let response = run(world, Request { input }).await.unwrap();
    serde_json::to_value(response).unwrap()
}

/// Why there is no plan for `input`: `CODE: message`.
async fn refused(world: &Fakes, input: Value) -> String {
    let before = format!("{world:?}");
    let error = run(world, Request { input }).await.unwrap_err();
    assert_eq!(format!("{world:?}"), before, "a plan changes nothing");
    format!("{}: {error}", error.code())
}

fn deploy_qa() -> Value {
    json!({"operation": "deploy", "stack": "QA"})
}

/// What EventBridge tells when `key` was uploaded to `bucket`.
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
