//! The event log: order, filters and pages.

use aws_sdk_elasticbeanstalk::primitives::DateTime;
use aws_sdk_elasticbeanstalk::types::{EventDescription, EventSeverity};
use beanstalk_sim::Fault;

use crate::stage::{Stage, refusal, stage};

async fn all(stage: &Stage) -> Vec<EventDescription> {
    stage.client.describe_events().environment_name("shop-a").send().await.unwrap().events.unwrap()
}

fn millis(event: &EventDescription) -> i64 {
    event.event_date().unwrap().to_millis().unwrap()
}

async fn stage_with_a_failure() -> Stage {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::FailDeploy);
    stage.deploy("shop-a", "v2").await;
    stage.until("shop-a", |environment| crate::stage::health(environment) == "Ready Ok").await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_comes_first_and_no_two_share_a_millisecond() {
    let stage = stage_with_a_failure().await;
    let dates: Vec<_> = all(&stage).await.iter().map(millis).collect();
    assert!(dates.len() > 10);
    assert!(dates.windows(2).all(|pair| pair[0] > pair[1] + 1), "{dates:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn severity_is_a_minimum() {
    let stage = stage_with_a_failure().await;
    let request =
        stage.client.describe_events().environment_name("shop-a").severity(EventSeverity::Warn);
    let events = request.send().await.unwrap().events.unwrap();
    assert!(!events.is_empty());
    assert!(
        events.iter().all(|event| event.severity() == Some(&EventSeverity::Error)),
        "{events:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn start_is_inclusive_and_end_is_exclusive() {
    let stage = stage_with_a_failure().await;
    let events = all(&stage).await;
    let (newer, older) = (&events[2], &events[5]);
    let request = stage.client.describe_events().environment_name("shop-a");
    let request = request
        .start_time(DateTime::from_millis(millis(older)))
        .end_time(DateTime::from_millis(millis(newer)));
    let found = request.send().await.unwrap().events.unwrap();
    assert_eq!(found, events[3..=5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_consistent_when_events_arrive() {
    let stage = stage_with_a_failure().await;
    let whole = all(&stage).await;
    let mut joined = Vec::new();
    let mut token = None;
    loop {
        let request = stage.client.describe_events().environment_name("shop-a").max_records(4);
        let page = request.set_next_token(token).send().await.unwrap();
        assert!(page.events().len() <= 4);
        joined.extend(page.events.unwrap());
        token = page.next_token;
        if token.is_none() {
            break;
        }
        stage.client.restart_app_server().environment_name("shop-a").send().await.unwrap();
        stage.until("shop-a", |environment| crate::stage::status(environment) == "Ready").await;
    }
    assert_eq!(joined, whole);
    let bad = stage.client.describe_events().next_token("nonsense").send().await;
    insta::assert_snapshot!(refusal(bad), @"InvalidParameterValue: The NextToken is not valid.");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_environments_and_requests_are_left_out() {
    let stage = stage_with_a_failure().await;
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    let describe = || stage.client.describe_events();
    assert_eq!(
        describe().environment_id(&id).send().await.unwrap().events.unwrap(),
        all(&stage).await
    );
    assert!(describe().environment_name("shop-b").send().await.unwrap().events().is_empty());
    assert!(describe().request_id("unknown").send().await.unwrap().events().is_empty());
    assert!(describe().application_name("other").send().await.unwrap().events().is_empty());
    let of_version = describe().version_label("v1").send().await.unwrap().events.unwrap();
    assert_eq!(
        of_version.iter().map(|event| event.message().unwrap()).collect::<Vec<_>>(),
        ["Created new Application Version: v1"]
    );
}
