//! The events that the functions are invoked with; [`Peer`](crate::peer::Peer) has the answers to them.

use serde_json::{Value, json};

use crate::peer::DOMAIN;

/// The event for `function`, when the peer listens on `port`.
pub(crate) fn of(function: &str, port: u16) -> String {
    event(function, port).to_string()
}

fn event(function: &str, port: u16) -> Value {
    let record = json!({ "zone": "Z1", "name": DOMAIN, "type": "CNAME" });
    match function {
        "plan" => json!({
            "input": {
                "detail-type": "Object Created",
                "source": "aws.s3",
                "detail": {
                    "bucket": { "name": "artifacts" },
                    "object": { "key": "releases/QA/v2.zip", "etag": "4-162", "size": 1234 },
                },
            },
        }),
        "deploy" => json!({
            "application": "Demo",
            "environment": "Demo-QA-B",
            "record": record,
            "version": "v2",
            "artifact": {
                "bucket": "artifacts", "key": "releases/QA/v2.zip", "etag": "4-162", "size": 1234,
            },
        }),
        "wait-ready" => json!({
            "environment": "Demo-QA-B",
            "version": "v2",
            "requestId": "6f3a1f0e-5a0c-4c6b-9d55-2f1c7c0a9b11",
            "since": "2026-01-02T03:04:05Z",
            "deployTimeoutSeconds": 2700,
            "healthGraceSeconds": 120,
        }),
        "warm" => json!({
            "environment": "Demo-QA-B",
            "address": "127.0.0.1",
            "domain": DOMAIN,
            "warmUp": { "scheme": "https", "port": port },
        }),
        "swap" => json!({
            "from": {
                "which": record,
                "target": "demo-qa-a.us-east-1.elasticbeanstalk.com",
                "ttlSeconds": 60,
                "alias": null,
            },
            "to": "demo-qa-b.us-east-1.elasticbeanstalk.com",
            "ttlSeconds": 60,
            "step": "move",
            "change": null,
        }),
        "mark" => json!({
            "stack": "QA",
            "environment": "Demo-QA-B",
            "version": "v2",
            "newRelic": {
                "application": "Demo QA",
                "apiKeySecret": "mist/new-relic",
                "endpoint": format!("https://localhost:{port}/graphql"),
            },
            "user": "upload",
            "groupId": "release-1",
        }),
        "version" => json!({
            "stack": "QA",
            "environments": { "a": "Demo-QA-A", "b": "Demo-QA-B" },
            "record": record,
        }),
        _ => json!({}),
    }
}
