//! Tests of this function.

use mist_core::beanstalk::environment::EnvironmentStatus;
use mist_testkit::{FakeBeanstalk, FakeDns, environment, stack};
use serde_json::json;

use super::*;

/// Stack `QA`: environment A is live with `v1`, B is idle with `v0`.
fn given() -> (FakeBeanstalk, FakeDns) {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let dns = FakeDns::pointing(stack().unwrap().record(), &a.cname);
    (FakeBeanstalk::with([a, b]), dns)
}

async fn look((beanstalk, dns): &(FakeBeanstalk, FakeDns)) -> Response {
    let stack = stack().unwrap();
    let request = json!({
        "stack": stack.name,
        "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"},
        "record": stack.record(),
    });
    run(beanstalk, dns, serde_json::from_value(request).unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_report_has_both_environments_and_which_one_is_live() {
    insta::assert_json_snapshot!(look(&given()).await, @r#"
    {
      "stack": "QA",
      "domain": "qa.mist.test",
      "leadsTo": "demo-qa-a.us-east-1.elasticbeanstalk.com",
      "live": "A",
      "sides": [
        {
          "side": "A",
          "environment": "Demo-QA-A",
          "version": "v1",
          "status": "Ready",
          "health": "Green (Ok)",
          "live": true,
          "since": "2026-01-02T03:04:05Z"
        },
        {
          "side": "B",
          "environment": "Demo-QA-B",
          "version": "v0",
          "status": "Ready",
          "health": "Green (Ok)",
          "live": false,
          "since": "2026-01-02T03:04:05Z"
        }
      ],
      "summary": "qa.mist.test points to side A. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok)."
    }
    "#);
}

#[tokio::test]
async fn the_record_decides_which_environment_is_live() {
    let ports = given();
    ports.1.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to side B. Side A (Demo-QA-A) is idle: v1, Ready, Green (Ok); Side B (Demo-QA-B) is live: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn a_record_that_points_elsewhere_is_no_error() {
    let ports = given();
    ports.1.point("elsewhere.example.com");
    let response = look(&ports).await;
    assert_eq!(response.live, None);
    insta::assert_snapshot!(response.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (elsewhere.example.com). Side A (Demo-QA-A) is idle: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn a_record_that_is_missing_is_no_error() {
    let ports = given();
    ports.1.delete();
    let response = look(&ports).await;
    assert_eq!((response.live, response.target.as_str()), (None, "nowhere"));
    insta::assert_snapshot!(response.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (nowhere). Side A (Demo-QA-A) is idle: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn an_environment_that_is_missing_is_no_error() {
    let ports = given();
    ports.0.remove("Demo-QA-B");
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to side A. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: no version, Missing, Grey.");
}

#[tokio::test]
async fn a_live_environment_that_is_missing_is_no_error() {
    let ports = given();
    ports.0.remove("Demo-QA-A");
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (demo-qa-a.us-east-1.elasticbeanstalk.com). Side A (Demo-QA-A) is idle: no version, Missing, Grey; Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn the_report_has_status_and_health() {
    let ports = given();
    ports.0.change("Demo-QA-A", |live| live.health.status = Some("Severe".to_owned()));
    ports.0.change("Demo-QA-B", |idle| {
        idle.status = EnvironmentStatus::Updating;
        idle.version = None;
    });
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to side A. Side A (Demo-QA-A) is live: v1, Ready, Green (Severe); Side B (Demo-QA-B) is idle: no version, Updating, Green (Ok).");
}

#[tokio::test]
async fn running_it_again_gives_the_same_report() {
    let ports = given();
    let first = serde_json::to_value(look(&ports).await).unwrap();
    assert_eq!(serde_json::to_value(look(&ports).await).unwrap(), first);
}
