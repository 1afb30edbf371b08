//! Tests of the stored state of a stack: drift, draining, rollback.

use mist_core::{
    beanstalk::health::InstanceHealth,
    ports::AlarmState,
    release::state::{LiveSide, StackState},
};
use mist_testkit::{START, held};

use super::*;

/// The last release left `version` live on `side`, after `previous`.
pub(super) fn remember(ports: &Fakes, side: Side, version: &str, previous: Option<&str>) {
    let live = mist_testkit::live(side, version, previous).unwrap();
    let live = LiveSide { since: START - 3600, drained: START - 3480, ..live };
    ports.locks.put("QA", StackState { live: Some(live), ..held("arn:1", 1) });
}

fn remembering(side: Side, version: &str, previous: Option<&str>) -> Fakes {
    let ports = given();
    remember(&ports, side, version, previous);
    ports
}

fn only(operation: &str) -> Value {
    json!({"operation": operation})
}

#[tokio::test]
async fn a_stack_that_is_as_the_last_release_left_it_is_released_to() {
    let plan = plan(&remembering(Side::A, "v1", Some("v0")), upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["summary"]["side"], "B");
    assert_eq!(plan["steps"]["swap"]["live"]["previous"], "v1");
}

#[tokio::test]
async fn a_record_that_was_changed_without_mist_is_drift() {
    let ports = remembering(Side::B, "v0", None);
    for operation in ["deploy", "swap", "rollback"] {
        let refused = refused(&ports, only(operation)).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(refused, @"Mist.Drift: stack `QA` was changed since the last release: its record points to side A, not to side B; accept that with `--accept-drift`, or `acceptDrift` in the input of an execution");
        }
    }
}

#[tokio::test]
async fn a_version_that_was_deployed_without_mist_is_drift() {
    let ports = remembering(Side::A, "v7", None);
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.Drift: stack `QA` was changed since the last release: `Demo-QA-A` runs `v1`, not `v7`; accept that with `--accept-drift`, or `acceptDrift` in the input of an execution");
}

#[tokio::test]
async fn drift_can_be_accepted_and_does_not_matter_to_a_warm_up() {
    let ports = remembering(Side::B, "v7", None);
    let accepted = json!({"operation": "deploy", "acceptDrift": true});
    assert_eq!(plan(&ports, accepted).await["summary"]["side"], "B");
    assert_eq!(plan(&ports, only("warm")).await["summary"]["side"], "B");
}

#[tokio::test]
async fn the_next_release_meets_no_drift_that_was_accepted() {
    let name = |operation: &str| json!({"operation": operation, "environment": "Demo-QA-A"});
    for accepts in [name("swap"), only("stop"), deploy_qa()] {
        let ports = remembering(Side::B, "v7", Some("v6"));
        let mut accepts = accepts;
        accepts["acceptDrift"] = json!(true);
        let accepted = plan(&ports, accepts.clone()).await;
        let drift = "its record points to side A, not to side B";
        assert_eq!(accepted["warnings"], json!([format!("drift was accepted: {drift}")]));
        let release = ports.history.list().remove(0);
        assert_eq!(
            (release.accepted_drift.as_deref(), &*release.started_by),
            (Some(drift), "mist")
        );
        let state = ports.locks.current("QA");
        let live = state.live.unwrap();
        assert_eq!(
            (live.side, live.version.as_deref(), live.previous),
            (Side::A, Some("v1"), None)
        );
        assert_eq!(live.drained, START + 120, "DNS caches may have the other environment");
        // If its answer was lost, the plan is made again.
        plan(&ports, accepts).await;
        assert_eq!(ports.history.list().remove(0).accepted_drift.as_deref(), Some(drift));
        ports.clock.advance(std::time::Duration::from_mins(2));
        assert_eq!(plan(&ports, upload("releases/QA/v2.zip")).await["summary"]["side"], "B");
    }
}

#[tokio::test]
async fn a_version_that_was_deployed_by_hand_is_accepted_with_the_way_to_roll_back() {
    let ports = remembering(Side::A, "v7", Some("v0"));
    let input = json!({"operation": "swap", "environment": "Demo-QA-A", "acceptDrift": true});
    assert_eq!(plan(&ports, input).await["start"], "finish");
    let live = ports.locks.current("QA").live.unwrap();
    assert_eq!((live.version.as_deref(), live.since), (Some("v1"), START - 3600));
    assert_eq!(plan(&ports, only("rollback")).await["summary"]["version"], "v0");
}

#[tokio::test]
async fn a_release_that_is_refused_accepts_nothing() {
    let ports = remembering(Side::B, "v7", None);
    let input = json!({"operation": "deploy", "version": "v99", "acceptDrift": true});
    assert!(refused(&ports, input).await.starts_with("Mist.UnknownVersion: "));
    assert!(refused(&ports, deploy_qa()).await.starts_with("Mist.Drift: "));
}

#[tokio::test]
async fn an_environment_that_users_may_still_be_on_is_left_alone() {
    let ports = remembering(Side::A, "v1", Some("v0"));
    let mut state = ports.locks.current("QA");
    state.live.as_mut().unwrap().drained = START + 45;
    ports.locks.put("QA", state);
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.StillDraining: environment `Demo-QA-B` is still draining: DNS caches may have its address until 2026-01-02T03:04:50Z; release after that");
    assert!(refused(&ports, only("stop")).await.starts_with("Mist.StillDraining: "));
    ports.clock.advance(std::time::Duration::from_secs(45));
    assert_eq!(plan(&ports, deploy_qa()).await["summary"]["side"], "B");
}

#[tokio::test]
async fn dns_caches_keep_the_old_target_for_the_ttl_of_the_record_and_of_the_environment() {
    let plan = plan(&given(), deploy_qa()).await;
    assert_eq!(plan["steps"]["swap"]["live"]["drainSeconds"], 60 + 60);
}

#[tokio::test]
async fn a_rollback_returns_to_the_environment_that_was_live_before_after_one_request() {
    let plan = plan(&remembering(Side::A, "v1", Some("v0")), only("rollback")).await;
    let (summary, steps) = (&plan["summary"], &plan["steps"]);
    assert_eq!((&summary["side"], &summary["version"]), (&json!("B"), &json!("v0")));
    assert_eq!(steps["warm"]["warmUp"]["requests"], 1);
    assert_eq!(steps["swap"]["live"]["previous"], Value::Null);
    assert_eq!(plan["goesLive"], "swap");
}

#[tokio::test]
async fn a_rollback_needs_a_release_to_return_to() {
    insta::assert_snapshot!(refused(&given(), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: mist has not swapped it yet");
    insta::assert_snapshot!(refused(&remembering(Side::A, "v1", None), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: there is no release before the one that is live");
    insta::assert_snapshot!(refused(&remembering(Side::A, "v1", Some("v9")), only("rollback")).await, @"Mist.NothingToRollBackTo: stack `QA` cannot be rolled back: `Demo-QA-B` runs `v0`, not `v9`, which was live before; release `v9` instead");
}

#[tokio::test]
async fn an_environment_whose_last_deployment_failed_does_not_go_live_again() {
    for operation in ["rollback", "swap"] {
        let ports = remembering(Side::A, "v1", Some("v0"));
        let (name, v3) = ("Demo-QA-B".parse().unwrap(), "v3".parse().unwrap());
        let update = ports.beanstalk.deploy(&name, &v3).await.unwrap().request_id;
        ports.beanstalk.fail(&update, &["Failed to deploy application."]);
        let (id, version) = ("i-1".to_owned(), Some("v3".to_owned()));
        let failed = InstanceHealth { id, version, deployment: Some("Failed".to_owned()) };
        ports.beanstalk.put_instances("Demo-QA-B", [failed]);
        let refused = refused(&ports, only(operation)).await;
        assert_eq!(
            refused,
            "Mist.UnprovenVersion: environment `Demo-QA-B` may not run `v0`: i-1 runs `v3` (Failed); \
             deploy `v0` to it"
        );
    }
}

#[tokio::test]
async fn a_rollback_to_an_unhealthy_environment_is_refused() {
    let ports = remembering(Side::A, "v1", Some("v0"));
    ports.beanstalk.change("Demo-QA-B", |idle| idle.health.status = Some("Severe".to_owned()));
    let refused = refused(&ports, only("rollback")).await;
    assert!(refused.starts_with("Mist.TargetNotHealthy: "), "{refused}");
}

#[tokio::test]
async fn the_live_environment_is_deployed_to_only_in_place() {
    let input = json!({"operation": "deploy", "environment": "Demo-QA-A", "inPlace": true});
    let plan = plan(&given(), input).await;
    assert_eq!(plan["steps"]["deploy"]["inPlace"], true);
    let live = &plan["steps"]["verify"]["live"];
    assert_eq!(live["previous"], Value::Null, "the other environment was not live");
    assert_eq!((&plan["summary"]["side"], &plan["goesLive"]), (&json!("A"), &json!("inPlace")));
}

#[tokio::test]
async fn a_bundle_that_was_replaced_meanwhile_is_left_to_the_newer_upload() {
    let ports = given();
    ports.artifacts.upload("releases/QA/v2.zip", b"PK\x03\x04 newer");
    insta::assert_snapshot!(refused(&ports, upload("releases/QA/v2.zip")).await, @"Mist.ArtifactChanged: bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again");
}

/// A stack that bakes by the alarm `qa-errors`.
fn watched() -> Fakes {
    let mut watched = stack().unwrap();
    watched.settings.bake.alarms = vec!["qa-errors".to_owned()];
    Ports { stacks: FakeStacks::with(watched), ..given() }
}

#[tokio::test]
async fn an_alarm_that_does_not_exist_is_refused() {
    let ports = watched();
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.UnknownAlarm: CloudWatch alarm `qa-errors` does not exist; create it, or remove it from `bake.alarms`");
    ports.alarms.put("qa-errors", AlarmState::Ok);
    let plan = plan(&ports, deploy_qa()).await;
    assert_eq!(plan["steps"]["bake"]["bake"]["alarms"], json!(["qa-errors"]));
}

#[tokio::test]
async fn an_alarm_that_was_in_alarm_before_does_not_count() {
    let ports = watched();
    ports.alarms.put("qa-errors", AlarmState::Alarm);
    let plan = plan(&ports, deploy_qa()).await;
    assert_eq!(plan["steps"]["bake"]["bake"].get("alarms"), None, "{plan}");
    assert_eq!(
        plan["warnings"][0],
        "alarm `qa-errors` was in alarm before the release, so it does not count"
    );
}
