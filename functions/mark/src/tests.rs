//! Stories of this operation.

use mist_testkit::{FakeClock, FakeMarker, FakeSecrets, stack};
use serde_json::{Value, json};

use super::*;

fn secrets() -> FakeSecrets {
    FakeSecrets::with("mist/new-relic", "NRAK-TOP-SECRET")
}

fn request() -> Value {
    json!({
        "stack": "QA",
        "environment": "Demo-QA-B",
        "version": "v2",
        "newRelic": stack().unwrap().settings.new_relic,
        "user": "dora",
        "groupId": "execution-7",
    })
}

/// The outcome as the state machine sees it: there is always one.
async fn mark(marker: &FakeMarker, secrets: &FakeSecrets, request: Value) -> String {
    let request = serde_json::from_value(request).unwrap();
    let outcome = run(marker, secrets, &FakeClock::default(), request).await.unwrap();
    serde_json::to_string(&outcome).unwrap()
}

#[tokio::test]
async fn marks_what_is_live_under_the_name_of_the_execution() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &secrets(), request()).await, @r#"{"outcome":"done","id":"mark-1"}"#);
    insta::assert_debug_snapshot!(marker.marks(), @r#"
    [
        Release {
            version: "v2",
            description: "`v2` runs on stack QA (Demo-QA-B)",
            user: "dora",
            group_id: "execution-7",
            time: 2026-01-02T03:04:05Z,
            changelog: None,
            commit: None,
        },
    ]
    "#);
}

#[tokio::test]
async fn a_second_mark_of_one_execution_can_be_told() {
    let marker = FakeMarker::default();
    for _ in 0..2 {
        mark(&marker, &secrets(), request()).await;
    }
    let [first, second] = &marker.marks()[..] else { panic!("there are two") };
    assert_eq!(first, second);
}

#[tokio::test]
async fn skips_a_stack_without_new_relic() {
    let marker = FakeMarker::default();
    let mut request = request();
    request["newRelic"] = Value::Null;
    insta::assert_snapshot!(mark(&marker, &secrets(), request).await, @r#"{"outcome":"skipped","reason":"the stack has no New Relic application"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn skips_an_environment_without_a_version() {
    let marker = FakeMarker::default();
    let mut request = request();
    request["version"] = Value::Null;
    insta::assert_snapshot!(mark(&marker, &secrets(), request).await, @r#"{"outcome":"skipped","reason":"the environment runs no version"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn skips_when_there_is_no_key() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &FakeSecrets::default(), request()).await, @r#"{"outcome":"skipped","reason":"secret `mist/new-relic` cannot be read: there is none"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn warns_when_the_key_cannot_be_had_now() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &FakeSecrets::down(), request()).await, @r#"{"outcome":"warning","reason":"secretsmanager could not be reached or is at fault: no answer"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn warns_when_new_relic_is_down() {
    let marker = FakeMarker::broken();
    insta::assert_snapshot!(mark(&marker, &secrets(), request()).await, @r#"{"outcome":"warning","reason":"New Relic answered 500"}"#);
}
