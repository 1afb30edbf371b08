//! Warming up, swapping, marking, and looking.

use mist_core::{EnvironmentStatus, Sizes, ledger::Stopped};

use super::*;

fn only(operation: &str) -> Value {
    json!({"operation": operation, "stack": "QA"})
}

/// Operation, side, version, and whether it goes live.
fn told(plan: &Value) -> String {
    let Value::Object(decision) = &plan["decision"] else { return "no decision".to_owned() };
    format!(
        "{} {} on {} ({}), goes live: {}",
        plan["operation"],
        decision["version"],
        decision["target"]["side"],
        decision["target"]["environment"],
        plan["goesLive"]
    )
}

#[tokio::test]
async fn a_warm_up_is_for_the_idle_side() {
    let plan = plan(&given(), only("warm")).await;
    insta::assert_snapshot!(told(&plan), @r#""warm" "v0" on "B" ("Demo-QA-B"), goes live: false"#);
}

#[tokio::test]
async fn the_live_side_can_be_warmed_up_by_its_name() {
    let input = json!({"operation": "warm", "stack": "QA", "environment": "Demo-QA-A"});
    let plan = plan(&given(), input).await;
    insta::assert_snapshot!(told(&plan), @r#""warm" "v1" on "A" ("Demo-QA-A"), goes live: false"#);
}

#[tokio::test]
async fn a_swap_makes_the_idle_side_live_with_what_it_runs() {
    let plan = plan(&given(), only("swap")).await;
    insta::assert_snapshot!(told(&plan), @r#""swap" "v0" on "B" ("Demo-QA-B"), goes live: true"#);
    assert_eq!(plan["decision"]["artifact"], Value::Null);
}

#[tokio::test]
async fn the_live_side_can_stay_live_however_it_is() {
    let world = given();
    world.beanstalk.change("Demo-QA-A", |live| live.health.status = Some("Severe".to_owned()));
    let input = json!({"operation": "swap", "stack": "QA", "environment": "Demo-QA-A"});
    let plan = plan(&world, input).await;
    insta::assert_snapshot!(told(&plan), @r#""swap" "v1" on "A" ("Demo-QA-A"), goes live: true"#);
    assert_eq!(plan["alreadyLive"], true, "there is nothing to move and nothing to remember");
}

#[tokio::test]
async fn a_swap_to_an_unhealthy_side_is_refused() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |idle| {
        idle.health.color = "Yellow".to_owned();
        idle.health.status = Some("Warning".to_owned());
    });
    insta::assert_snapshot!(refused(&world, only("swap")).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Ready and its health is Yellow (Warning)");
}

#[tokio::test]
async fn a_swap_to_a_side_that_is_being_updated_is_refused() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |idle| idle.status = EnvironmentStatus::Updating);
    insta::assert_snapshot!(refused(&world, only("swap")).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Updating and its health is Green (Ok)");
}

#[tokio::test]
async fn a_mark_is_for_the_live_side() {
    let plan = plan(&given(), only("mark")).await;
    insta::assert_snapshot!(told(&plan), @r#""mark" "v1" on "A" ("Demo-QA-A"), goes live: false"#);
}

#[tokio::test]
async fn only_a_release_is_watched_after_it_went_live() {
    let world = given();
    assert_eq!(plan(&world, only("swap")).await["decision"]["bake"]["seconds"], 0);
    assert_eq!(
        plan(&world, upload("releases/QA/v2.zip")).await["decision"]["bake"]["seconds"],
        300
    );
}

#[tokio::test]
async fn sides_on_different_platforms_are_worth_a_warning() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |idle| "arn:older".clone_into(&mut idle.platform));
    let plan = plan(&world, only("swap")).await;
    insta::assert_snapshot!(plan["warnings"][0], @r#""the sides run different platforms: `Demo-QA-A` is on `arn:aws:elasticbeanstalk:us-east-1::platform/Tomcat/5.0.0`, `Demo-QA-B` on `arn:older`""#);
}

#[tokio::test]
async fn a_start_is_for_the_idle_side_and_restores_what_is_remembered() {
    let world = given();
    insta::assert_snapshot!(refused(&world, only("start")).await, @"Mist.AlreadyRunning: environment `Demo-QA-B` runs already, with 1 instances");
    world.groups.put("Demo-QA-B", Sizes { min: 0, max: 4, desired: 0 });
    insta::assert_snapshot!(refused(&world, only("start")).await, @"Mist.SizesUnknown: environment `Demo-QA-B` has no instances, and mist did not stop it, so it does not know how many it had; give its Auto Scaling group its sizes");
    let sizes = Sizes { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), sizes };
    world.ledger.put("QA", StackState { stopped_b: Some(stopped), ..StackState::default() });
    let plan = plan(&world, only("start")).await;
    insta::assert_snapshot!(told(&plan), @r#""start" "v0" on "B" ("Demo-QA-B"), goes live: false"#);
    assert_eq!(plan["decision"]["stopped"], true);
}

#[tokio::test]
async fn a_stop_is_for_the_idle_side_and_for_the_live_one_only_when_that_is_said() {
    let world = given();
    insta::assert_snapshot!(told(&plan(&world, only("stop")).await), @r#""stop" "v0" on "B" ("Demo-QA-B"), goes live: false"#);
    let live = |live: bool| json!({"operation": "stop", "environment": "Demo-QA-A", "live": live});
    insta::assert_snapshot!(refused(&world, live(false)).await, @"Mist.EnvironmentIsLive: environment `Demo-QA-A` is live, and users would meet what is done to it; stop the idle side, or ask for `live`");
    insta::assert_snapshot!(told(&plan(&world, live(true)).await), @r#""stop" "v1" on "A" ("Demo-QA-A"), goes live: false"#);
}

#[tokio::test]
async fn a_side_without_instances_is_started_before_it_is_deployed_to() {
    let world = given();
    assert_eq!(plan(&world, deploy_qa()).await["decision"]["stopped"], false);
    world.groups.put("Demo-QA-B", Sizes { min: 0, max: 4, desired: 0 });
    assert_eq!(plan(&world, deploy_qa()).await["decision"]["stopped"], true);
}
