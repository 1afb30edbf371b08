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
    let faults = url(&stage, "faults");
    let document = json!({"fault": "answer_with", "status": 418, "environment": "shop-a"});
    let set = http().post(&faults).json(&document).send().await.unwrap();
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    assert_eq!(get(&stage, "faults").await, json!([document]));
    assert_eq!(get(&stage, "state").await["faults"], json!([document]));
    let cname = "shop-a.us-east-1.elasticbeanstalk.com";
    assert_eq!(stage.get(cname, "/").await.unwrap().status().as_u16(), 418);
    for (query, left) in [("?environment=shop-b", 1), ("?environment=shop-a", 0)] {
        let cleared = http().delete(format!("{faults}{query}")).send().await.unwrap();
        assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
        assert_eq!(get(&stage, "faults").await.as_array().unwrap().len(), left, "{query}");
    }
    assert_eq!(stage.get(cname, "/").await.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_fault_changes_nothing_and_is_explained() {
    let stage = stage().await;
    let faults = url(&stage, "faults");
    for (document, member) in [
        (json!({"fault": "earthquake"}), "earthquake"),
        (json!({"fault": "throttle", "calls": "three"}), "calls"),
        (json!({"fault": "answer_with", "status": 9}), "status"),
        (json!({"fault": "fail_deploy", "enviroment": "shop-a"}), "enviroment"),
    ] {
        let refused = http().post(&faults).json(&document).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        let error = refused.json::<Value>().await.unwrap()["error"].to_string();
        assert!(error.contains(member), "{error}");
    }
    let refused = http().delete(format!("{faults}?enviroment=shop-a")).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(get(&stage, "faults").await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn superfluous_parts_are_refused_and_change_nothing() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let ask = async |method: &str, path: &str, body: &'static [u8]| {
        let request = http().request(method.parse().unwrap(), url(&stage, path)).body(body);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let error = answer.json::<Value>().await.unwrap()["error"].as_str().unwrap().to_owned();
        assert!(!error.is_empty(), "{method} {path}");
        status
    };
    let (slow, step) = (r#"{"fault": "slow", "factor": 2}"#, r#"{"do": "stop"}"#);
    for (method, path, body) in [
        ("POST", "reset?x=1", ""),
        ("POST", "reset", "{\"environment\": \"shop-a\"}"),
        ("POST", "environments/shop-a/terminate?x", ""),
        ("POST", "environments/shop-a/terminate", "now"),
        ("POST", "environments/shop-a/managed-update?x=1", ""),
        ("POST", "faults?environment=shop-a", slow),
        ("POST", "faults", r#"{"fault": "slow", "factor": 2, "factor": 3}"#),
        ("POST", "faults", r#"{"fault": "slow", "fault": "slow", "factor": 3}"#),
        ("POST", "faults", r#"{"fault": "answer_with", "status": 101}"#),
        (
            "POST",
            "faults",
            r#"{"fault": "answer_with", "status": 503, "operation": "UpdateEnvironment"}"#,
        ),
        ("GET", "faults?environment=shop-a", ""),
        ("DELETE", "faults?environment=shop-a&environment=shop-b", ""),
        ("POST", "time?x=1", step),
        ("POST", "time", r#"{"do": "stop", "seconds": 3}"#),
        ("POST", "time", r#"{"do": "step", "seconds": 3}"#),
        ("POST", "time", r#"{"do": "stop", "do": "stop"}"#),
        ("POST", "scenario?x=1", "[{after: 0, fault: fail_deploy}]"),
        ("POST", "scenario", "[]"),
        ("POST", "scenario", ""),
        ("GET", "state?x=1", ""),
        ("GET", "time?x=1", ""),
        ("GET", "addresses/shop-a.us-east-1.elasticbeanstalk.com?x=1", ""),
        ("GET", "addresses/%ff", ""),
        ("GET", "calls?operation=UpdateEnvironment&operation=DescribeEvents", ""),
    ] {
        assert_eq!(ask(method, path, body.as_bytes()).await, 400, "{method} {path} {body}");
    }
    assert_eq!(ask("POST", "scenario", b"- \xff").await, 400);
    assert_eq!(ask("GET", "reset", b"").await, 405);
    let state = get(&stage, "state").await;
    assert_eq!(
        (&state["faults"], &state["environments"][0]["status"]),
        (&json!([]), &json!("Ready"))
    );
    assert_eq!(get(&stage, "time").await["stopped"], false);
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

#[tokio::test(flavor = "multi_thread")]
async fn calls_can_be_filtered_and_counted() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.begin("shop-a", "v2").await;
    stage.client.update_environment().environment_name("shop-b").send().await.unwrap_err();
    let updates = get(&stage, "calls?operation=UpdateEnvironment").await;
    assert_eq!(updates.as_array().unwrap().len(), 2);
    assert_eq!(updates[0]["outcome"]["result"], "success");
    assert_eq!(updates[0]["status"], 200);
    assert!(updates[0]["answer"].as_str().unwrap().contains("<VersionLabel>v2</VersionLabel>"));
    let failed = get(&stage, "calls?outcome=error&environment=shop-b&accessKey=AKIDTEST").await;
    assert_eq!(failed[0]["status"], 400);
    assert_eq!(get(&stage, "calls?limit=1").await, failed);
    let counts = get(&stage, "calls/count?since=2020-01-01T00:00:00Z").await;
    assert_eq!(
        (&counts["UpdateEnvironment"], &counts["CreateEnvironment"]),
        (&json!(2), &json!(1))
    );
    for path in ["calls?operations=UpdateEnvironment", "calls?outcome=lost", "call"] {
        let error = get(&stage, path).await["error"].to_string();
        assert!(
            error.contains("answerLost")
                || error.contains("accessKey")
                || error.contains("/_sim/calls"),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_plays_over_time() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let scenario = "
- {after: 0, for: 300, fault: throttle, calls: 1000, operation: DescribeApplications}
- {after: 400, do: terminate, environment: shop-a}
";
    let played = http().post(url(&stage, "scenario")).body(scenario).send().await.unwrap();
    assert_eq!(played.status(), StatusCode::NO_CONTENT);
    let describe = || stage.client.describe_applications().send();
    stage.wait(async || describe().await.is_err().then_some(())).await;
    stage.wait(async || describe().await.is_ok().then_some(())).await;
    stage.wait(async || stage.describe("shop-a").await.is_none().then_some(())).await;

    let bad = http().post(url(&stage, "scenario")).body("- {after: 1}").send().await.unwrap();
    assert_eq!(bad.status(), StatusCode::BAD_REQUEST);
    assert!(bad.text().await.unwrap().contains("step 1, at line 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_can_be_terminated_from_outside() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let terminate = async |name: &str| {
        let url = url(&stage, &format!("environments/{name}/terminate"));
        http().post(url).send().await.unwrap()
    };
    assert_eq!(terminate("shop-a").await.status(), StatusCode::NO_CONTENT);
    stage.wait(async || stage.describe("shop-a").await.is_none().then_some(())).await;
    let unknown = terminate("shop-b").await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
    assert!(unknown.text().await.unwrap().contains("No Environment found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_update_can_begin_now() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let begin = async |name: &str| {
        let url = url(&stage, &format!("environments/{name}/managed-update"));
        http().post(url).send().await.unwrap().status()
    };
    assert_eq!(begin("shop-a").await, StatusCode::NO_CONTENT);
    assert_eq!(begin("shop-b").await, StatusCode::BAD_REQUEST);
    let history = || {
        stage.client.describe_environment_managed_action_history().environment_name("shop-a").send()
    };
    stage
        .wait(async || {
            let items = history().await.unwrap().managed_action_history_items?;
            (!items.is_empty()).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_stopped_and_moved_over_http() {
    let stage = stage().await;
    let time = async |document: Value| {
        let answer = http().post(url(&stage, "time")).json(&document).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (status, refused) = time(json!({"do": "step"})).await;
    assert_eq!((status, refused["error"].is_string()), (StatusCode::CONFLICT, true));

    let (_, stopped) = time(json!({"do": "stop"})).await;
    let (_, advanced) = time(json!({"do": "advance", "seconds": 90})).await;
    let passed = advanced["seconds"].as_f64().unwrap() - stopped["seconds"].as_f64().unwrap();
    assert!((passed - 90.0).abs() < 0.001, "{passed}");
    assert_eq!(get(&stage, "time").await["stopped"], true);

    for wrong in [json!({"do": "rewind"}), json!({"do": "advance", "seconds": -1}), json!({})] {
        let (status, refused) = time(wrong.clone()).await;
        assert_eq!(
            (status, refused["error"].is_string()),
            (StatusCode::BAD_REQUEST, true),
            "{wrong}"
        );
    }
    assert_eq!(time(json!({"do": "run"})).await.1["stopped"], false);
}
