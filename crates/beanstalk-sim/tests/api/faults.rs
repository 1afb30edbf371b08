//! Faults of calls and of sites.

use std::time::Instant;

use aws_sdk_elasticbeanstalk::error::SdkError;
use beanstalk_sim::{EVERYWHERE, Fault, Outcome};

use crate::stage::{refusal, stage, status};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";

#[tokio::test(flavor = "multi_thread")]
async fn throttling_ends_after_so_many_calls_of_one_operation() {
    let stage = stage().await;
    let operation = Some("DescribeEnvironments".to_owned());
    stage.simulator.set_fault(EVERYWHERE, Fault::Throttle { calls: 2, operation });
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
    stage.simulator.set_fault("shop-a", Fault::ServerError { calls: 1, operation: None });
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
    stage.simulator.set_fault("shop-a", Fault::VersionInvisible { calls: 1 });
    let update =
        || stage.client.update_environment().environment_name("shop-a").version_label("v2").send();
    assert_eq!(
        refusal(update().await),
        "InvalidParameterValue: No Application Version named 'v2' found."
    );
    update().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_hides_that_the_update_was_begun() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault(
        "shop-a",
        Fault::LoseAnswers { calls: 1, operation: Some("UpdateEnvironment".to_owned()) },
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
    stage
        .simulator
        .set_fault(EVERYWHERE, Fault::DelayCalls { calls: 1, seconds: 0.2, operation: None });
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
    assert_eq!(environment.health().unwrap().as_str(), "Grey");
    assert_eq!(status(&environment), "Ready");
}
