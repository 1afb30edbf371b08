//! Warming up, swapping, marking, starting and stopping.

use mist_core::{
    beanstalk::{capacity::Capacity, environment::EnvironmentStatus},
    release::state::{StackState, Stopped},
};

use super::*;

fn only(operation: &str) -> Value {
    json!({"operation": operation, "stack": "QA"})
}

/// The operation, its version and environment, whether it goes live, and whether it is live afterwards.
fn described(plan: &Value) -> String {
    let summary = &plan["summary"];
    format!(
        "{} {} on {} ({}), goes live: {}, live: {}",
        summary["operation"],
        summary["version"],
        summary["side"],
        summary["environment"],
        plan["goesLive"],
        summary["live"]
    )
}

/// Environment B has no instances; mist stopped it when it had two.
pub(super) fn stopped(ports: &Fakes) {
    ports.groups.put("Demo-QA-B", Capacity { min: 0, max: 4, desired: 0 });
    let capacity = Capacity { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity };
    ports.locks.put("QA", StackState { stopped_b: Some(stopped), ..StackState::default() });
}

#[tokio::test]
async fn a_warm_up_is_for_the_idle_environment() {
    let plan = plan(&given(), only("warm")).await;
    insta::assert_snapshot!(described(&plan), @r#""warm" "v0" on "B" ("Demo-QA-B"), goes live: "no", live: false"#);
}

#[tokio::test]
async fn the_live_environment_can_be_warmed_up_by_its_name() {
    let input = json!({"operation": "warm", "stack": "QA", "environment": "Demo-QA-A"});
    let plan = plan(&given(), input).await;
    insta::assert_snapshot!(described(&plan), @r#""warm" "v1" on "A" ("Demo-QA-A"), goes live: "no", live: true"#);
}

#[tokio::test]
async fn a_swap_puts_the_idle_environment_live_with_the_version_that_it_runs() {
    let plan = plan(&given(), only("swap")).await;
    insta::assert_snapshot!(described(&plan), @r#""swap" "v0" on "B" ("Demo-QA-B"), goes live: "swap", live: true"#);
    assert_eq!(plan["steps"]["deploy"], Value::Null);
    assert_eq!(plan["target"]["updated"], "2026-01-02T03:04:05Z", "the swap refuses a later one");
}

#[tokio::test]
async fn the_live_environment_can_stay_live_however_it_is() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-A", |live| live.health.status = Some("Severe".to_owned()));
    let input = json!({"operation": "swap", "stack": "QA", "environment": "Demo-QA-A"});
    let plan = plan(&ports, input).await;
    insta::assert_snapshot!(described(&plan), @r#""swap" "v1" on "A" ("Demo-QA-A"), goes live: "swap", live: true"#);
    assert_eq!(plan["summary"]["alreadyLive"], true);
    assert_eq!(plan["start"], "finish", "there is nothing to do");
}

#[tokio::test]
async fn a_swap_to_an_unhealthy_environment_is_refused() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |idle| {
        idle.health.color = "Yellow".to_owned();
        idle.health.status = Some("Warning".to_owned());
    });
    insta::assert_snapshot!(refused(&ports, only("swap")).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Ready and its health is Yellow (Warning)");
}

#[tokio::test]
async fn a_swap_to_a_stopped_environment_says_how_to_start_it() {
    let ports = given();
    stopped(&ports);
    ports.beanstalk.change("Demo-QA-B", |idle| idle.health.color = "Grey".to_owned());
    ports.beanstalk.change("Demo-QA-B", |idle| idle.health.status = Some("No Data".to_owned()));
    insta::assert_snapshot!(refused(&ports, only("swap")).await, @"Mist.Stopped: environment `Demo-QA-B` cannot go live: it is stopped; start it with `mist start -s QA -e Demo-QA-B`");
}

#[tokio::test]
async fn a_swap_to_an_environment_that_is_being_updated_is_refused() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |idle| idle.status = EnvironmentStatus::Updating);
    insta::assert_snapshot!(refused(&ports, only("swap")).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Updating and its health is Green (Ok)");
}

#[tokio::test]
async fn a_marker_is_for_the_live_environment() {
    let plan = plan(&given(), only("mark")).await;
    insta::assert_snapshot!(described(&plan), @r#""mark" "v1" on "A" ("Demo-QA-A"), goes live: "no", live: true"#);
}

#[tokio::test]
async fn only_a_deployment_bakes() {
    let ports = given();
    let seconds = |plan: &Value| plan["steps"]["bake"]["bake"]["seconds"].clone();
    assert_eq!(seconds(&plan(&ports, only("swap")).await), json!(0));
    assert_eq!(seconds(&plan(&ports, upload("releases/QA/v2.zip")).await), json!(300));
}

#[tokio::test]
async fn environments_on_different_platforms_are_worth_a_warning() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |idle| "arn:older".clone_into(&mut idle.platform));
    let plan = plan(&ports, only("swap")).await;
    insta::assert_snapshot!(plan["warnings"][0], @r#""the environments run on different platforms: `Demo-QA-A` on `arn:aws:elasticbeanstalk:us-east-1::platform/Tomcat/5.0.0`, `Demo-QA-B` on `arn:older`""#);
}

#[tokio::test]
async fn a_start_is_for_the_idle_environment_and_restores_the_capacity_that_is_remembered() {
    let ports = given();
    insta::assert_snapshot!(refused(&ports, only("start")).await, @"Mist.AlreadyRunning: environment `Demo-QA-B` is already running, with 1 instances");
    ports.groups.put("Demo-QA-B", Capacity { min: 0, max: 4, desired: 0 });
    insta::assert_snapshot!(refused(&ports, only("start")).await, @"Mist.SizesUnknown: capacity of environment `Demo-QA-B` is unknown: it has no instances, and mist did not stop it; set the capacity of its Auto Scaling group");
    stopped(&ports);
    let plan = plan(&ports, only("start")).await;
    insta::assert_snapshot!(described(&plan), @r#""start" "v0" on "B" ("Demo-QA-B"), goes live: "no", live: false"#);
    let action = json!({"start": {
        "side": "B",
        "version": "v0",
        "allowedHealth": ["Ok", "Info"],
        "timeoutSeconds": 1200 + 2700 + 120,
    }});
    assert_eq!(plan["steps"]["scale"]["action"], action);
}

#[tokio::test]
async fn a_stop_is_for_the_idle_environment_and_for_the_live_one_only_if_the_request_says_so() {
    let ports = given();
    let idle = plan(&ports, only("stop")).await;
    insta::assert_snapshot!(described(&idle), @r#""stop" "v0" on "B" ("Demo-QA-B"), goes live: "no", live: false"#);
    let record = stack().unwrap().names();
    let action = json!({"stop": {"side": "B", "record": record, "live": false}});
    assert_eq!(idle["steps"]["scale"]["action"], action);
    let live = |live: bool| json!({"operation": "stop", "environment": "Demo-QA-A", "live": live});
    insta::assert_snapshot!(refused(&ports, live(false)).await, @"Mist.EnvironmentIsLive: environment `Demo-QA-A` is live; refusing to change it; stop the idle one, or pass `--live`");
    insta::assert_snapshot!(described(&plan(&ports, live(true)).await), @r#""stop" "v1" on "A" ("Demo-QA-A"), goes live: "no", live: true"#);
}

#[tokio::test]
async fn a_stopped_environment_is_started_before_it_is_deployed_to() {
    let ports = given();
    let stopped = |plan: &Value| plan["steps"]["deploy"]["stopped"].clone();
    assert_eq!(stopped(&plan(&ports, deploy_qa()).await), json!(false));
    ports.groups.put("Demo-QA-B", Capacity { min: 0, max: 4, desired: 0 });
    assert_eq!(stopped(&plan(&ports, deploy_qa()).await), json!(true));
}
