//! What mist remembers of the stack, and what it finds.

use mist_core::{LiveSide, StackState, ports::AlarmState};
use mist_testkit::START;

use super::*;

/// The last release left `version` live on `side`, after `previous`.
fn remembering(side: Side, version: &str, previous: Option<&str>) -> Fakes {
    let world = given();
    let live = LiveSide {
        side,
        environment: format!("Demo-QA-{side}").parse().unwrap(),
        version: Some(version.to_owned()),
        since: START - 3600,
        drained: START - 3480,
        previous: previous.map(str::to_owned),
    };
    world.ledger.put("QA", StackState { live: Some(live), ..StackState::default() });
    world
}

fn only(operation: &str) -> Value {
    json!({"operation": operation})
}

#[tokio::test]
async fn a_stack_that_is_as_it_was_left_is_released_to() {
    let plan = plan(&remembering(Side::A, "v1", Some("v0")), upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["decision"]["target"]["side"], "B");
    assert_eq!(plan["decision"]["previous"], "v1");
}

#[tokio::test]
async fn a_name_that_somebody_else_moved_is_drift() {
    let world = remembering(Side::B, "v0", None);
    for operation in ["deploy", "swap", "rollback"] {
        let refused = refused(&world, only(operation)).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"Mist.Drift: stack `QA` is not as the last release left it: its name leads to side A, and not to side B; if that is right, say so with `acceptDrift`");
        }
    }
}

#[tokio::test]
async fn a_version_that_somebody_else_deployed_is_drift() {
    let world = remembering(Side::A, "v7", None);
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.Drift: stack `QA` is not as the last release left it: `Demo-QA-A` runs `v1`, and not `v7`; if that is right, say so with `acceptDrift`");
}

#[tokio::test]
async fn drift_can_be_accepted_and_does_not_matter_to_who_only_looks() {
    let world = remembering(Side::B, "v7", None);
    let accepted = json!({"operation": "deploy", "acceptDrift": true});
    assert_eq!(plan(&world, accepted).await["decision"]["live"], "A");
    assert_eq!(plan(&world, only("warm")).await["decision"]["live"], "A");
}

#[tokio::test]
async fn a_side_that_users_may_still_be_on_is_left_alone() {
    let world = remembering(Side::A, "v1", Some("v0"));
    let mut state = world.ledger.current("QA");
    state.live.as_mut().unwrap().drained = START + 45;
    world.ledger.put("QA", state);
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.StillDraining: environment `Demo-QA-B` was live a moment ago, and clients may still be on it until 2026-01-02T03:04:50Z");
    assert!(refused(&world, only("stop")).await.starts_with("Mist.StillDraining: "));
    world.clock.advance(std::time::Duration::from_secs(45));
    assert_eq!(plan(&world, deploy_qa()).await["decision"]["target"]["side"], "B");
}

#[tokio::test]
async fn users_keep_the_old_side_for_the_ttl_that_the_record_has_and_that_of_the_environment() {
    assert_eq!(plan(&given(), deploy_qa()).await["decision"]["drainSeconds"], 60 + 60);
}

#[tokio::test]
async fn a_rollback_goes_to_the_side_that_was_live_before_after_one_request() {
    let plan = plan(&remembering(Side::A, "v1", Some("v0")), only("rollback")).await;
    let decision = &plan["decision"];
    assert_eq!((&decision["target"]["side"], &decision["version"]), (&json!("B"), &json!("v0")));
    assert_eq!((&decision["warmUp"]["requests"], &decision["previous"]), (&json!(1), &Value::Null));
    assert_eq!(plan["goesLive"], true);
}

#[tokio::test]
async fn a_rollback_needs_something_to_go_back_to() {
    insta::assert_snapshot!(refused(&given(), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: mist has not swapped it yet");
    insta::assert_snapshot!(refused(&remembering(Side::A, "v1", None), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: there is no release before the one that is live");
    insta::assert_snapshot!(refused(&remembering(Side::A, "v1", Some("v9")), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: `Demo-QA-B` runs `v0`, and no longer `v9`, which was live before; release `v9` instead");
}

#[tokio::test]
async fn a_rollback_to_a_side_that_does_not_serve_is_refused() {
    let world = remembering(Side::A, "v1", Some("v0"));
    world.beanstalk.change("Demo-QA-B", |idle| idle.health.status = Some("Severe".to_owned()));
    let refused = refused(&world, only("rollback")).await;
    assert!(refused.starts_with("Mist.TargetNotHealthy: "), "{refused}");
}

#[tokio::test]
async fn the_live_side_is_deployed_to_only_when_that_is_asked_for() {
    let input = json!({"operation": "deploy", "environment": "Demo-QA-A", "inPlace": true});
    let plan = plan(&given(), input).await;
    assert_eq!(plan["decision"]["inPlace"], true);
    assert_eq!(plan["decision"]["previous"], Value::Null, "nobody was on the other side");
    assert_eq!(
        (&plan["decision"]["target"]["side"], &plan["goesLive"]),
        (&json!("A"), &json!(false))
    );
}

#[tokio::test]
async fn an_upload_that_was_replaced_meanwhile_leaves_it_to_the_newer_one() {
    let world = given();
    world.artifacts.upload("releases/QA/v2.zip", b"PK\x03\x04 newer");
    insta::assert_snapshot!(refused(&world, upload("releases/QA/v2.zip")).await, @"Mist.ArtifactChanged: the bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again");
}

#[tokio::test]
async fn an_alarm_that_is_not_there_would_never_be_heard() {
    let mut settings = stack().unwrap();
    settings.settings.bake.alarms = vec!["qa-errors".to_owned()];
    let world = World { stacks: FakeStacks::with(settings), ..given() };
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.UnknownAlarm: there is no CloudWatch alarm `qa-errors`, which `bake.alarms` names");
    world.alarms.put("qa-errors", AlarmState::Fine);
    assert_eq!(plan(&world, deploy_qa()).await["decision"]["bake"]["alarms"], json!(["qa-errors"]));
}

#[tokio::test]
async fn an_alarm_that_rings_already_says_nothing_of_what_comes_next() {
    let mut settings = stack().unwrap();
    settings.settings.bake.alarms = vec!["qa-errors".to_owned()];
    let world = World { stacks: FakeStacks::with(settings), ..given() };
    world.alarms.put("qa-errors", AlarmState::InAlarm);
    let plan = plan(&world, deploy_qa()).await;
    assert_eq!(plan["decision"]["bake"].get("alarms"), None, "{plan}");
    assert_eq!(plan["warnings"][0], "alarm `qa-errors` was in alarm before, so it does not count");
}
