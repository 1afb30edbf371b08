//! Faults of calls and of sites.

use std::time::Instant;

use aws_sdk_elasticbeanstalk::error::SdkError;
use beanstalk_sim::{Fault, HealthStatus, Outcome, Scope, Settings};

use crate::stage::{Stage, http, refusal, stage, stage_with, status};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";

/// A healthy environment, with time stopped.
async fn standing() -> Stage {
    let stage = stage_with(Settings { manual_time: true, ..Settings::default() }).await;
    stage.create("shop-a", &[]).await;
    stage.simulator.advance_time(200.0).await.unwrap();
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_ends_after_so_many_calls_of_one_operation() {
    let stage = stage().await;
    let scope = Scope::everywhere().operation("DescribeEnvironments");
    stage.simulator.set_fault(scope, Fault::Throttle { calls: 2 });
    stage.client.describe_applications().send().await.unwrap();
    for _ in 0..2 {
        let refused = stage.client.describe_environments().send().await;
        assert_eq!(refusal(refused), "Throttling: Rate exceeded");
    }
    stage.client.describe_environments().send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_one_environment_leaves_the_others_alone() {
    let stage = stage().await;
    stage.simulator.set_fault("shop-a", Fault::ServerError { calls: 1 });
    let describe = |name: &str| stage.client.describe_environments().environment_names(name).send();
    describe("shop-b").await.unwrap();
    let error = describe("shop-a").await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
    describe("shop-a").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_can_be_invisible_for_a_while() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::EmptyDescribe { calls: 1 });
    assert!(stage.describe("shop-a").await.is_none());
    assert!(stage.describe("shop-a").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_can_be_invisible_for_a_while() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::VersionInvisible { calls: Some(1), seconds: None });
    let update =
        || stage.client.update_environment().environment_name("shop-a").version_label("v2").send();
    assert_eq!(
        refusal(update().await),
        "InvalidParameterValue: No Application Version named 'v2' found."
    );
    update().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_stop_the_update() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault(
        Scope::from("shop-a").operation("UpdateEnvironment"),
        Fault::LoseAnswers { calls: 1 },
    );
    let update = stage
        .client
        .update_environment()
        .environment_name("shop-a")
        .version_label("v2")
        .send()
        .await;
    assert!(!matches!(update, Ok(_) | Err(SdkError::ServiceError(_))), "{update:?}");
    stage.until("shop-a", |environment| environment.version_label() == Some("v2")).await;
    let calls = stage.simulator.calls();
    assert!(
        calls.iter().any(
            |call| call.operation == "UpdateEnvironment" && call.outcome == Outcome::AnswerLost
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_can_be_answered_late() {
    let stage = stage().await;
    stage.simulator.set_fault(Scope::everywhere(), Fault::DelayCalls { calls: 1, seconds: 0.2 });
    let start = Instant::now();
    stage.client.describe_environments().send().await.unwrap();
    assert!(start.elapsed().as_secs_f64() >= 0.2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_environment_takes_its_time() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::Slow { factor: 10.0 });
    let start = Instant::now();
    stage.deploy("shop-a", "v2").await;
    assert!(start.elapsed().as_secs_f64() >= 0.4, "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_can_be_slow_and_others_are_not() {
    let stage = standing().await;
    stage.simulator.set_fault(Scope::everywhere().version("v2"), Fault::Slow { factor: 10.0 });
    stage.begin("shop-a", "v2").await;
    stage.simulator.advance_time(400.0).await.unwrap();
    assert_eq!(status(&stage.describe("shop-a").await.unwrap()), "Updating");
    stage.simulator.advance_time(30.0).await.unwrap();
    assert_eq!(status(&stage.describe("shop-a").await.unwrap()), "Ready");
    stage.simulator.advance_time(200.0).await.unwrap();
    stage.begin("shop-a", "v1").await;
    stage.simulator.advance_time(43.0).await.unwrap();
    assert_eq!(status(&stage.describe("shop-a").await.unwrap()), "Ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_can_be_stuck_and_is_not_to_be_aborted() {
    let stage = standing().await;
    let scope = Scope::everywhere().version("v2");
    stage.simulator.set_fault(scope.clone(), Fault::StuckUpdating);
    let request_id = stage.begin("shop-a", "v2").await;
    stage.simulator.advance_time(10_000.0).await.unwrap();
    assert_eq!(status(&stage.describe("shop-a").await.unwrap()), "Updating");
    let abort = stage.client.abort_environment_update().environment_name("shop-a").send().await;
    assert!(refusal(abort).ends_with("Must be pending deployment."));
    stage.simulator.clear_faults(scope);
    stage.simulator.advance_time(100.0).await.unwrap();
    let words = stage.last_words(&request_id).await;
    assert!(words.ends_with("Environment update completed successfully."), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_a_version_applies_in_every_environment() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let scope = Scope::everywhere().version("v2");
    stage.simulator.set_fault(scope.clone(), Fault::AnswerWith { status: 418 });
    let health = Fault::Health { status: HealthStatus::Severe, seconds: None };
    stage.simulator.set_fault(scope, health);
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 200);
    stage.deploy("shop-a", "v2").await;
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 418);
    stage.until("shop-a", |environment| crate::stage::health(environment) == "Ready Severe").await;
    stage.deploy("shop-a", "v1").await;
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 200);
    stage.until("shop-a", |environment| crate::stage::health(environment) == "Ready Ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_can_answer_with_a_status() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::AnswerWith { status: 503 });
    let response = stage.get(CNAME, "/").await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert_eq!(response.headers()["x-environment-name"], "shop-a");
    stage.simulator.clear_faults("shop-a");
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_without_a_body_has_none() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    for (status, said) in [(204, ""), (304, ""), (418, "418 I'm a teapot")] {
        stage.simulator.set_fault("shop-a", Fault::AnswerWith { status });
        let response = stage.get(CNAME, "/").await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let length =
            response.headers().get("content-length").map(|length| length.to_str().unwrap());
        assert_eq!(length.unwrap_or("0"), said.len().to_string(), "{status}");
        assert!(status != 204 || length.is_none(), "{length:?}");
        assert_eq!(response.text().await.unwrap(), said);
    }
    stage.simulator.set_fault("shop-a", Fault::AnswerWith { status: 101 });
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_can_reset_connections() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::ResetConnections { calls: 1 });
    stage.get(CNAME, "/").await.unwrap_err();
    stage.get(CNAME, "/").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_instances_nothing_is_served_or_proven() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::ZeroInstances);
    assert!(stage.instances("shop-a").await.is_empty());
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 503);
    let environment = stage.describe("shop-a").await.unwrap();
    assert_eq!(environment.health().unwrap().as_str(), "Red");
    assert_eq!(status(&environment), "Ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_refuses_calls_above_it() {
    let stage = stage().await;
    let limit = Fault::RateLimit { per_second: 0.001, burst: 2 };
    stage.simulator.set_fault(Scope::everywhere().operation("DescribeEvents"), limit);
    for _ in 0..2 {
        stage.client.describe_events().send().await.unwrap();
    }
    assert_eq!(refusal(stage.client.describe_events().send().await), "Throttling: Rate exceeded");
    stage.client.describe_environments().send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_call_has_done_nothing() {
    let stage = stage().await;
    let scope = Scope::everywhere().operation("CreateApplication");
    stage.simulator.set_fault(scope, Fault::ResetCalls { calls: 1 });
    let create = || stage.client.create_application().application_name("other").send();
    let reset = create().await;
    assert!(!matches!(reset, Ok(_) | Err(SdkError::ServiceError(_))), "{reset:?}");
    create().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_late_but_with_their_true_dates() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let scope = Scope::from("shop-a");
    stage.simulator.set_fault(scope.clone(), Fault::EventsLag { seconds: 1e6 });
    let events = async || {
        let request = stage.client.describe_events().environment_name("shop-a");
        request.send().await.unwrap().events.unwrap_or_default().len()
    };
    assert_eq!(events().await, 0);
    stage.simulator.clear_faults(scope);
    assert!(events().await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_can_be_invisible() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let scope = Scope::everywhere().version("v2");
    let invisible = |seconds| Fault::VersionInvisible { calls: None, seconds: Some(seconds) };
    stage.simulator.set_fault(scope.clone(), invisible(1e9));
    let update =
        || stage.client.update_environment().environment_name("shop-a").version_label("v2").send();
    assert_eq!(
        refusal(update().await),
        "InvalidParameterValue: No Application Version named 'v2' found."
    );
    stage.simulator.set_fault(scope, invisible(0.0));
    update().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_with_a_lifetime_expires() {
    let stage = stage_with(Settings { manual_time: true, ..Settings::default() }).await;
    let fault = Fault::Health { status: HealthStatus::Severe, seconds: Some(200.0) };
    stage.simulator.set_fault("shop-a", fault);
    let faults = || async {
        let url = format!("{}/_sim/faults", stage.simulator.url());
        http().get(url).send().await.unwrap().text().await.unwrap()
    };
    assert!(faults().await.contains("Severe"));
    stage.simulator.advance_time(199.0).await.unwrap();
    assert!(faults().await.contains("Severe"));
    stage.simulator.advance_time(1.0).await.unwrap();
    assert_eq!(faults().await, "[]");
}
