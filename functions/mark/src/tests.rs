//! Tests of this function.

use std::time::Duration;

use mist_core::ports::MarkError;
use mist_testkit::{FakeClock, FakeMarker, FakeSecrets, MarkFault, stack};
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
        "execution": "arn:aws:states:us-east-1:111122223333:execution:blue-green:execution-7",
        "startedAt": "2026-01-02T03:00:00Z",
        "changelog": "https://example.com/v1...v2",
    })
}

/// The outcome, as JSON.
async fn mark(marker: &FakeMarker, secrets: &FakeSecrets, request: Value) -> String {
    let request = serde_json::from_value(request).unwrap();
    let outcome = run(marker, secrets, &FakeClock::default(), request).await.unwrap();
    serde_json::to_string(&outcome).unwrap()
}

fn down() -> MarkError {
    MarkError::Unavailable { message: "it answered 503".to_owned() }
}

fn refused() -> MarkError {
    MarkError::Refused { message: "no such field".to_owned() }
}

#[tokio::test]
async fn the_marker_has_the_live_version_and_the_execution() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &secrets(), request()).await, @r#"{"outcome":"done","id":"mark-1"}"#);
    insta::assert_debug_snapshot!(marker.marks(), @r#"
    [
        Release {
            version: "v2",
            description: "`v2` runs on stack QA (Demo-QA-B)",
            user: "dora",
            group_id: "execution-7",
            changelog: Some(
                "https://example.com/v1...v2",
            ),
            commit: None,
            deep_link: Some(
                "https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/arn:aws:states:us-east-1:111122223333:execution:blue-green:execution-7",
            ),
            since: 2026-01-02T03:00:00Z,
            time: 2026-01-02T03:04:05Z,
        },
    ]
    "#);
}

#[tokio::test]
async fn running_it_again_makes_no_second_marker() {
    let marker = FakeMarker::default();
    for _ in 0..2 {
        let outcome = mark(&marker, &secrets(), request()).await;
        assert_eq!(outcome, r#"{"outcome":"done","id":"mark-1"}"#);
    }
    assert_eq!(marker.marks().len(), 1);
}

#[tokio::test]
async fn another_version_and_another_execution_have_markers_of_their_own() {
    let marker = FakeMarker::default();
    mark(&marker, &secrets(), request()).await;
    let mut back = request();
    back["version"] = json!("v1");
    mark(&marker, &secrets(), back).await;
    let mut later = request();
    later["groupId"] = json!("execution-8");
    mark(&marker, &secrets(), later).await;
    assert_eq!(marker.marks().len(), 3);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_marker() {
    let marker = FakeMarker::with([MarkFault::LoseAnswer]);
    let outcome = mark(&marker, &secrets(), request()).await;
    assert_eq!(outcome, r#"{"outcome":"done","id":"mark-1"}"#);
    assert_eq!(marker.marks().len(), 1);
}

#[tokio::test]
async fn no_second_marker_is_made_if_the_answer_is_lost_and_the_search_fails() {
    let marker = FakeMarker::with([
        MarkFault::Hide(refused()),
        MarkFault::LoseAnswer,
        MarkFault::Hide(refused()),
    ]);
    let outcome = mark(&marker, &secrets(), request()).await;
    assert_eq!(
        outcome,
        r#"{"outcome":"warning","code":"NewRelic.Refused","reason":"New Relic refused the request: no such field"}"#
    );
    assert_eq!(marker.marks().len(), 1);
}

#[tokio::test]
async fn a_marker_is_made_even_if_the_search_is_refused() {
    let marker = FakeMarker::with([MarkFault::Hide(refused())]);
    let outcome = mark(&marker, &secrets(), request()).await;
    assert_eq!(outcome, r#"{"outcome":"done","id":"mark-1"}"#);
}

#[tokio::test]
async fn a_transient_failure_is_tried_again() {
    let busy = MarkError::Throttled { after: Some(Duration::from_secs(3)) };
    let marker = FakeMarker::with([MarkFault::Find(down()), MarkFault::Refuse(busy)]);
    let outcome = mark(&marker, &secrets(), request()).await;
    assert_eq!(outcome, r#"{"outcome":"done","id":"mark-1"}"#);
}

#[tokio::test]
async fn a_lasting_failure_is_a_warning() {
    let marker = FakeMarker::with((0..3).map(|_| MarkFault::Find(down())));
    insta::assert_snapshot!(mark(&marker, &secrets(), request()).await, @r#"{"outcome":"warning","code":"NewRelic.Unavailable","reason":"New Relic is unavailable: it answered 503; mark the live version later with `mist mark`"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn a_missing_application_is_a_warning_without_another_try() {
    let missing = MarkError::ApplicationMissing {
        application: "Demo QA".to_owned(),
        endpoint: "https://api.newrelic.com/graphql".to_owned(),
    };
    let marker = FakeMarker::with([MarkFault::Find(missing)]);
    insta::assert_snapshot!(mark(&marker, &secrets(), request()).await, @r#"{"outcome":"warning","code":"NewRelic.ApplicationMissing","reason":"New Relic has no APM application `Demo QA` at https://api.newrelic.com/graphql; correct `newRelic.application` or `newRelic.region`, or wait until the application has reported once"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn the_commit_comes_from_the_request_or_from_the_label() {
    let marker = FakeMarker::default();
    let mut asked = request();
    asked["version"] = json!("git-6d119ce0c3b0f6c2d4a1f0b3d2c5e7f8a9b0c1d2-1384962378123");
    mark(&marker, &secrets(), asked.clone()).await;
    asked["groupId"] = json!("execution-8");
    asked["commit"] = json!("abc1234");
    mark(&marker, &secrets(), asked).await;
    let commits: Vec<_> = marker.marks().into_iter().filter_map(|mark| mark.commit).collect();
    assert_eq!(commits, ["6d119ce0c3b0f6c2d4a1f0b3d2c5e7f8a9b0c1d2", "abc1234"]);
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
async fn a_missing_key_is_skipped() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &FakeSecrets::default(), request()).await, @r#"{"outcome":"skipped","reason":"secret `mist/new-relic` cannot be read: it does not exist"}"#);
    assert!(marker.marks().is_empty());
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_a_warning() {
    let marker = FakeMarker::default();
    insta::assert_snapshot!(mark(&marker, &FakeSecrets::down(), request()).await, @r#"{"outcome":"warning","code":"Mist.ServiceUnavailable","reason":"secretsmanager is unavailable: no answer"}"#);
    assert!(marker.marks().is_empty());
}
