//! The recorder as its clients see it.

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

fn deployment(version: &str) -> Value {
    json!({
        "query": "mutation($deployment: ChangeTrackingDeploymentInput!) {
            changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }",
        "variables": { "deployment": {
            "entityGuid": "guid-shop", "version": version, "deploymentType": "BLUE_GREEN", "groupId": "release-1" } },
    })
}

fn search() -> Value {
    json!({ "query": "{ actor { entitySearch(query: \"name = 'shop' AND domain = 'APM'\") { count } } }" })
}

#[tokio::test]
async fn a_deployment_is_kept_as_a_marker() {
    let recorder = Recorder::start(0).await.unwrap();
    let (status, answer) = post(&recorder, API_KEY, &deployment("42")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"]["changeTrackingCreateDeployment"]["deploymentId"], "deployment-1");
    let markers = recorder.markers();
    assert_eq!(markers.len(), 1);
    assert_eq!((markers[0].entity_guid.as_str(), markers[0].version.as_str()), ("guid-shop", "42"));
    assert_eq!(
        (markers[0].deployment_type.as_str(), markers[0].group_id.as_str()),
        ("BLUE_GREEN", "release-1")
    );
}

#[tokio::test]
async fn an_event_is_a_marker_too() {
    let recorder = Recorder::start(0).await.unwrap();
    let query = r#"mutation { changeTrackingCreateEvent(changeTrackingEvent: {
        categoryAndTypeData: { kind: { category: "DEPLOYMENT", type: "BASIC" },
            categoryFields: { deployment: { version: "7" } } },
        entitySearch: { query: "name = 'shop'" }, user: "ada" }) { messages } }"#;
    let (_, answer) = post(&recorder, API_KEY, &json!({ "query": query })).await;
    assert_eq!(answer["data"]["changeTrackingCreateEvent"]["messages"], json!([]));
    let markers = recorder.markers();
    assert_eq!((markers[0].entity_guid.as_str(), markers[0].version.as_str()), ("guid-shop", "7"));
    assert_eq!(markers[0].user, "ada");
}

#[tokio::test]
async fn a_search_finds_as_many_entities_as_told() {
    let recorder = Recorder::start(0).await.unwrap();
    for wanted in [1, 0, 2] {
        recorder.find_entities(wanted);
        let (_, answer) = post(&recorder, API_KEY, &search()).await;
        let found = &answer["data"]["actor"]["entitySearch"];
        assert_eq!(found["count"], wanted);
        assert_eq!(found["results"]["entities"].as_array().unwrap().len(), wanted);
    }
}

#[tokio::test]
async fn secrets_are_judged_and_not_kept() {
    let recorder = Recorder::start(0).await.unwrap();
    assert_eq!(post(&recorder, "wrong-secret", &deployment("42")).await.0, 401);
    post(&recorder, API_KEY, &deployment("42")).await;
    let requests = recorder.requests();
    assert_eq!((requests[0].api_key, requests[1].api_key), (ApiKey::Wrong, ApiKey::Right));
    assert_eq!(requests[0].headers["api-key"], "(hidden)");
    assert_eq!(recorder.markers().len(), 1);
}

#[tokio::test]
async fn fails_as_told_and_only_as_often() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.fail_times(When::Body("CreateDeployment".to_owned()), Failure::Status(500), 1);
    assert_eq!(post(&recorder, API_KEY, &search()).await.0, 200);
    assert_eq!(post(&recorder, API_KEY, &deployment("42")).await.0, 500);
    assert_eq!(post(&recorder, API_KEY, &deployment("42")).await.0, 200);

    recorder
        .fail(When::Path("/newrelic/graphql".to_owned()), Failure::Errors("too long".to_owned()));
    let (status, answer) = post(&recorder, API_KEY, &deployment("43")).await;
    assert_eq!((status, &answer["errors"][0]["message"]), (200, &json!("too long")));
    recorder.heal();
    assert_eq!(post(&recorder, API_KEY, &deployment("43")).await.1["errors"], Value::Null);
}

#[tokio::test]
async fn silence_keeps_the_caller_waiting() {
    let recorder = Recorder::start(0).await.unwrap();
    recorder.fail(When::Always, Failure::Silence);
    let client = http::client(Duration::from_millis(100)).unwrap();
    let error = client.post(recorder.new_relic_url()).json(&search()).send().await.unwrap_err();
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
