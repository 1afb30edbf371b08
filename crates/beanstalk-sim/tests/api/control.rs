//! The control API.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Stage, http, stage};

fn url(stage: &Stage, path: &str) -> String {
    format!("{}/_sim/{path}", stage.simulator.url())
}

async fn get(stage: &Stage, path: &str) -> Value {
    http().get(url(stage, path)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_set_and_cleared_over_http() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let faults = url(&stage, "environments/shop-a/faults");
    let set = http()
        .post(&faults)
        .json(&json!({"fault": "answer_with", "status": 418}))
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        get(&stage, "state").await["faults"],
        json!({"shop-a": [{"fault": "answer_with", "status": 418}]})
    );
    let cname = "shop-a.us-east-1.elasticbeanstalk.com";
    assert_eq!(stage.get(cname, "/").await.unwrap().status().as_u16(), 418);
    http().delete(&faults).send().await.unwrap();
    assert_eq!(stage.get(cname, "/").await.unwrap().status().as_u16(), 200);

    let unknown = http().post(&faults).json(&json!({"fault": "earthquake"})).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn state_calls_and_addresses_can_be_read() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let state = get(&stage, "state").await;
    let environment = &state["environments"][0];
    assert_eq!((&environment["name"], &environment["version"]), (&json!("shop-a"), &json!("v1")));
    assert_eq!(environment["instances"][0]["running"], json!("v1"));
    assert_eq!(
        get(&stage, "addresses/shop-a.us-east-1.elasticbeanstalk.com").await,
        json!("127.0.1.1")
    );
    assert_eq!(get(&stage, "calls").await[0]["operation"], json!("CreateApplication"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_forgets_everything() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    http().post(url(&stage, "reset")).send().await.unwrap();
    let state = get(&stage, "state").await;
    assert_eq!((&state["environments"], &state["applications"]), (&json!([]), &json!([])));
    assert_eq!(get(&stage, "calls").await, json!([]));
    assert_eq!(stage.simulator.address_of("shop-a.us-east-1.elasticbeanstalk.com"), None);
}
