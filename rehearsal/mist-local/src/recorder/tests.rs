//! The recorder, as its clients use it.

mod nerdgraph;
mod rest;

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::http;

async fn post(recorder: &Recorder, key: &str, body: &Value) -> (u16, Value) {
    let client = http::client(Duration::from_secs(5)).unwrap();
    let answer = client
        .post(recorder.new_relic_url())
        .header("API-Key", key)
        .json(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Searches for an application, which creates it, and returns its guid.
async fn guid(recorder: &Recorder) -> String {
    let (_, answer) = post(recorder, API_KEY, &search("shop")).await;
    let entity = &answer["data"]["actor"]["entitySearch"]["results"]["entities"][0];
    entity["guid"].as_str().unwrap().to_owned()
}

fn deployment(guid: &str, version: &str) -> Value {
    json!({
        "query": "mutation($deployment: ChangeTrackingDeploymentInput!) {
            changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }",
        "variables": { "deployment": {
            "entityGuid": guid, "version": version, "deploymentType": "BLUE_GREEN", "groupId": "release-1" } },
    })
}

fn search(name: &str) -> Value {
    let query = "query($query: String!, $cursor: String) { actor { entitySearch(query: $query) {
        count results(cursor: $cursor) { entities { guid name } nextCursor } } } }";
    json!({ "query": query, "variables": { "query": format!("name = '{name}' AND domain = 'APM'") } })
}

#[tokio::test]
async fn secrets_are_checked_and_not_recorded() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    let (status, answer) = post(&recorder, "wrong-secret", &deployment(&guid, "42")).await;
    assert_eq!(
        (status, &answer["errors"][0]["extensions"]["error_code"]),
        (401, &json!("BAD_API_KEY"))
    );
    let mut described = deployment(&guid, "42");
    described["variables"]["deployment"]["description"] = json!(format!("made with {API_KEY}"));
    post(&recorder, API_KEY, &described).await;
    let requests = recorder.requests();
    assert_eq!((requests[1].api_key, requests[2].api_key), (ApiKey::Wrong, ApiKey::Right));
    assert_eq!(requests[1].headers["api-key"], "(hidden)");
    assert!(requests[2].body.contains("made with (hidden)"), "{}", requests[2].body);
    assert_eq!(recorder.markers().len(), 1);
}

#[tokio::test]
async fn nerdgraph_takes_the_key_in_one_header_only() {
    let recorder = Recorder::start(0).await.unwrap();
    let client = http::client(Duration::from_secs(5)).unwrap();
    let request = client.post(recorder.new_relic_url()).header("X-Api-Key", API_KEY);
    let answer = request.json(&search("shop")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(recorder.requests()[0].api_key, ApiKey::Missing);
}

#[tokio::test]
async fn fails_as_requested_and_no_more_often() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    recorder.fail_times(When::Body("CreateDeployment".to_owned()), Failure::Status(500), 1);
    assert_eq!(post(&recorder, API_KEY, &search("shop")).await.0, 200);
    assert_eq!(post(&recorder, API_KEY, &deployment(&guid, "42")).await.0, 500);
    assert_eq!(post(&recorder, API_KEY, &deployment(&guid, "42")).await.0, 200);

    recorder
        .fail(When::Path("/newrelic/graphql".to_owned()), Failure::Errors("too long".to_owned()));
    let (status, answer) = post(&recorder, API_KEY, &deployment(&guid, "43")).await;
    assert_eq!((status, &answer["errors"][0]["message"]), (200, &json!("too long")));
    recorder.heal();
    assert_eq!(post(&recorder, API_KEY, &deployment(&guid, "43")).await.1["errors"], Value::Null);
}

#[tokio::test]
async fn a_lost_answer_still_makes_a_marker() {
    let recorder = Recorder::start(0).await.unwrap();
    let guid = guid(&recorder).await;
    recorder.fail_times(When::Always, Failure::LostAnswer, 1);
    assert_eq!(post(&recorder, API_KEY, &deployment(&guid, "42")).await.0, 502);
    assert_eq!(recorder.markers().len(), 1);
}

#[tokio::test]
async fn a_busy_service_has_a_retry_after() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.fail_times(When::Always, Failure::Busy(3), 1);
    let client = http::client(Duration::from_secs(5)).unwrap();
    let answer = client.post(recorder.new_relic_url()).json(&search("shop")).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"3".parse().unwrap())
    );
}

#[tokio::test]
async fn silence_keeps_the_caller_waiting() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.fail(When::Always, Failure::Silence);
    let client = http::client(Duration::from_millis(100)).unwrap();
    let request = client.post(recorder.new_relic_url()).json(&search("shop"));
    let error = request.send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(recorder.requests().len(), 1);
}

#[tokio::test]
async fn other_services_get_an_empty_object() {
    let recorder = Recorder::start(0).await.unwrap();
    let client = http::client(Duration::from_secs(5)).unwrap();
    let answer =
        client.post(format!("{}/other/hook", recorder.url())).body("hello").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "{}");
    assert_eq!(recorder.requests()[0].body, "hello");
}
