//! Tests of this function.

use mist_core::beanstalk::environment::EnvironmentStatus;
use mist_testkit::{FakeBeanstalk, FakeDns, environment, stack};
use serde_json::json;

use super::*;

/// Stack `QA`: environment A is live with `v1`, B is idle with `v0`.
fn given() -> (FakeBeanstalk, FakeDns) {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let dns = FakeDns::pointing(stack().unwrap().names(), &a.cname);
    (FakeBeanstalk::with([a, b]), dns)
}

async fn look((beanstalk, dns): &(FakeBeanstalk, FakeDns)) -> Response {
    let stack = stack().unwrap();
    let request = json!({
        "stack": stack.name,
        "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"},
        "record": stack.names(),
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
      "names": [
        {
          "name": "qa.mist.test",
          "type": "CNAME",
          "leadsTo": "demo-qa-a.us-east-1.elasticbeanstalk.com",
          "side": "A"
        }
      ],
      "unlisted": [],
      "live": "A",
      "sides": [
        {
          "side": "A",
          "environment": "Demo-QA-A",
          "version": "v1",
          "status": "Ready",
          "health": "Green (Ok)",
          "live": true,
          "role": "live",
          "since": "2026-01-02T03:04:05Z"
        },
        {
          "side": "B",
          "environment": "Demo-QA-B",
          "version": "v0",
          "status": "Ready",
          "health": "Green (Ok)",
          "live": false,
          "role": "idle",
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
    insta::assert_snapshot!(response.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (elsewhere.example.com). Side A (Demo-QA-A) is not live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is not live: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn a_record_that_is_missing_is_no_error() {
    let ports = given();
    ports.1.delete();
    let response = look(&ports).await;
    assert_eq!((response.live, response.target.as_str()), (None, "nowhere"));
    insta::assert_snapshot!(response.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (nowhere). Side A (Demo-QA-A) is not live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is not live: v0, Ready, Green (Ok).");
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
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to neither Demo-QA-A nor Demo-QA-B (demo-qa-a.us-east-1.elasticbeanstalk.com). Side A (Demo-QA-A) is not live: no version, Missing, Grey; Side B (Demo-QA-B) is not live: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn records_that_point_to_both_environments_leave_none_idle() {
    let ports = given();
    ports.1.add_alias("AAAA", "qa.mist.test", "demo-qa-b.us-east-1.elasticbeanstalk.com");
    let response = look(&ports).await;
    assert_eq!((response.live, response.names.len()), (None, 2));
    insta::assert_snapshot!(response.summary, @"the records point to both Demo-QA-A and Demo-QA-B: CNAME `qa.mist.test` to `demo-qa-a.us-east-1.elasticbeanstalk.com`, AAAA `qa.mist.test` to `demo-qa-b.us-east-1.elasticbeanstalk.com`. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is live: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn a_record_that_mist_does_not_understand_leaves_the_live_environment_unknown() {
    let ports = given();
    ports.1.delete();
    ports.1.add(mist_core::dns::set::RecordSet {
        name: "qa.mist.test".to_owned(),
        kind: "CNAME".to_owned(),
        targets: vec!["demo-qa-a.us-east-1.elasticbeanstalk.com".to_owned()],
        ttl_seconds: Some(60),
        alias: None,
        feature: Some("is weighted, or chosen by a routing policy"),
    });
    let response = look(&ports).await;
    assert_eq!((response.live, response.unlisted.as_ref()), (None, None));
    insta::assert_snapshot!(response.summary, @"it is unknown whether qa.mist.test points to Demo-QA-A or Demo-QA-B (mist cannot move record `qa.mist.test`: it is weighted, or chosen by a routing policy). Side A (Demo-QA-A) is live or idle: v1, Ready, Green (Ok); Side B (Demo-QA-B) is live or idle: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn a_record_of_another_type_leaves_the_live_environment_unknown() {
    for kind in ["A", "AAAA"] {
        let ports = given();
        ports.1.delete();
        ports.1.add_alias(kind, "qa.mist.test", "demo-qa-a.us-east-1.elasticbeanstalk.com");
        let response = look(&ports).await;
        let summary = "it is unknown whether qa.mist.test points to Demo-QA-A or Demo-QA-B (hosted zone `Z1` has no CNAME record `qa.mist.test`";
        assert!(response.summary.starts_with(summary), "{}", response.summary);
        assert!(response.summary.contains("Side A (Demo-QA-A) is live or idle"));
    }
}

#[tokio::test]
async fn a_name_that_points_elsewhere_is_not_counted_as_live() {
    let ports = given();
    ports.1.add_cname("www.mist.test", "cdn.example.com");
    let mut names = stack().unwrap().names();
    names.also_known_as = vec!["www.mist.test".parse().unwrap()];
    let request = json!({
        "stack": "QA",
        "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"},
        "record": names,
    });
    let request = serde_json::from_value(request).unwrap();
    let summary = run(&ports.0, &ports.1, request).await.unwrap().summary;
    insta::assert_snapshot!(summary, @"only some records point to side A: CNAME `qa.mist.test` to `demo-qa-a.us-east-1.elasticbeanstalk.com`, CNAME `www.mist.test` to `cdn.example.com`. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok).");
}

#[tokio::test]
async fn unlisted_records_are_in_the_report() {
    let ports = given();
    ports.1.add_cname("www.mist.test", "demo-qa-b.us-east-1.elasticbeanstalk.com");
    insta::assert_snapshot!(look(&ports).await.summary, @"qa.mist.test points to side A. Records that the stack does not list point there, too: CNAME `www.mist.test` to `demo-qa-b.us-east-1.elasticbeanstalk.com`. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v0, Ready, Green (Ok).");
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
