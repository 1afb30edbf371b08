//! Which environment gets which version.

use mist_core::beanstalk::health::InstanceHealth;

use super::*;

#[tokio::test]
async fn an_upload_is_released_to_the_idle_environment() {
    let plan = plan(&given(), upload("releases/QA/v2.zip")).await;
    assert_eq!(
        plan["summary"],
        json!({
            "operation": "deploy",
            "stack": "QA",
            "names": ["qa.mist.test"],
            "side": "B",
            "environment": "Demo-QA-B",
            "version": "v2",
            "live": true,
            "alreadyLive": false,
        })
    );
    assert_eq!((&plan["start"], &plan["goesLive"]), (&json!("deploy"), &json!("swap")));
    assert_eq!(plan["target"], json!({"address": "192.0.2.1", "updated": null, "instances": null}));
    assert_eq!(plan["warnings"], json!([]));
    assert_eq!(
        plan["steps"]["deploy"]["artifact"],
        json!({
            "bucket": "artifacts",
            "key": "releases/QA/v2.zip",
            "etag": "4-162",
            "versionId": "version-0",
            "size": 4,
            "checksum": Checksum::of(ZIP),
        })
    );
}

#[tokio::test]
async fn a_live_label_that_no_instance_runs_is_not_already_live() {
    let ports = given();
    let v1 = ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: None };
    ports.beanstalk.put_version("Demo", "v1", v1);
    let deploy_v1 = || json!({"operation": "deploy", "version": "v1"});
    assert_eq!(plan(&ports, deploy_v1()).await["summary"]["alreadyLive"], true);
    let (id, version) = ("i-1".to_owned(), Some("v2".to_owned()));
    let failed = InstanceHealth { id, version, deployment: Some("Failed".to_owned()) };
    ports.beanstalk.put_instances("Demo-QA-A", [failed]);
    let plan = plan(&ports, deploy_v1()).await;
    assert_eq!(
        (&plan["summary"]["alreadyLive"], &plan["start"]),
        (&json!(false), &json!("deploy"))
    );
    assert_eq!(plan["summary"]["side"], "B");
}

#[tokio::test]
async fn the_plan_is_in_the_history_while_the_release_runs() {
    let ports = given();
    plan(&ports, upload("releases/QA/v2.zip")).await;
    let release = ports.history.list().remove(0);
    let on = |side: Side, version: &str| {
        let (environment, version) = (format!("Demo-QA-{side}"), Some(version.to_owned()));
        Some(SideVersion { side, environment, version })
    };
    assert_eq!(release.version.as_deref(), Some("v2"));
    assert_eq!((release.from, release.to), (on(Side::A, "v1"), on(Side::B, "v2")));
    let note = ArtifactNote {
        key: "releases/QA/v2.zip".to_owned(),
        etag: "4-162".to_owned(),
        version_id: Some("version-0".to_owned()),
        size: 4,
        checksum: Some(Checksum::of(ZIP)),
    };
    assert_eq!(release.artifact, Some(note));
    assert_eq!(release.verdict, PastRelease::RUNNING);
}

#[tokio::test]
async fn the_record_decides_which_environment_is_idle() {
    let ports = given();
    ports.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    let plan = plan(&ports, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["summary"]["environment"], "Demo-QA-A");
    assert_eq!(plan["steps"]["swapBack"]["environment"], "Demo-QA-B");
}

#[tokio::test]
async fn without_a_version_the_newest_upload_is_released() {
    let ports = given();
    ports.artifacts.upload("releases/QA/v4.war", ZIP);
    ports.artifacts.upload("releases/QA/v3.zip", ZIP);
    ports.artifacts.upload("releases/QA/notes.txt", b"not a bundle");
    ports.artifacts.upload("releases/QA/old/v9.zip", ZIP);
    ports.artifacts.upload("releases/UAT/v9.zip", ZIP);
    let plan = plan(&ports, deploy_qa()).await;
    assert_eq!(plan["summary"]["version"], "v3");
    assert_eq!(plan["steps"]["deploy"]["artifact"]["key"], "releases/QA/v3.zip");
    assert_eq!(plan["goesLive"], "swap");
    assert_eq!(plan["steps"]["mark"]["user"], "mist");
}

#[tokio::test]
async fn a_bundle_that_is_uploaded_again_is_the_newest() {
    let ports = given();
    ports.artifacts.upload("releases/QA/v3.zip", ZIP);
    ports.artifacts.upload("releases/QA/v2.zip", b"PK\x03\x04 again");
    assert_eq!(plan(&ports, deploy_qa()).await["summary"]["version"], "v2");
}

#[tokio::test]
async fn the_user_who_requests_a_release_is_in_its_marker() {
    let input = json!({"operation": "deploy", "stack": "QA", "user": "dora"});
    assert_eq!(plan(&given(), input).await["steps"]["mark"]["user"], "dora");
}

#[tokio::test]
async fn a_named_version_is_taken_from_its_upload() {
    let ports = given();
    ports.artifacts.upload("releases/QA/v3.zip", ZIP);
    let plan = plan(&ports, json!({"operation": "deploy", "stack": "QA", "version": "v2"})).await;
    assert_eq!(plan["summary"]["version"], "v2");
    assert_eq!(plan["steps"]["deploy"]["artifact"]["key"], "releases/QA/v2.zip");
}

#[tokio::test]
async fn a_named_version_can_be_a_war() {
    let ports = given();
    ports.artifacts.upload("releases/QA/v3.war", ZIP);
    let plan = plan(&ports, json!({"operation": "deploy", "stack": "QA", "version": "v3"})).await;
    assert_eq!(plan["steps"]["deploy"]["artifact"]["key"], "releases/QA/v3.war");
}

#[tokio::test]
async fn a_named_version_that_beanstalk_has_needs_no_upload() {
    let ports = given();
    put_version(&ports, "v0", "elsewhere/v0.zip", None);
    let plan = plan(&ports, json!({"operation": "deploy", "stack": "QA", "version": "v0"})).await;
    assert_eq!(plan["steps"]["deploy"]["version"], "v0");
    assert_eq!(plan["steps"]["deploy"]["artifact"], Value::Null);
}

#[tokio::test]
async fn a_version_that_was_built_elsewhere_needs_no_upload() {
    let ports = given();
    let built = ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: None };
    ports.beanstalk.put_version("Demo", "v7", built);
    let plan = plan(&ports, json!({"operation": "deploy", "stack": "QA", "version": "v7"})).await;
    assert_eq!(plan["summary"]["version"], "v7");
}

#[tokio::test]
async fn a_deployment_to_one_environment_does_not_go_live() {
    let input = json!({"operation": "deploy", "stack": "QA", "environment": "Demo-QA-B"});
    let plan = plan(&given(), input).await;
    assert_eq!(plan["goesLive"], "no");
    let summary = &plan["summary"];
    assert_eq!((&summary["live"], &summary["alreadyLive"]), (&json!(false), &json!(false)));
    assert_eq!(summary["side"], "B");
}

#[tokio::test]
async fn a_version_that_is_live_already_needs_nothing() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-A", |live| live.version = Some("v2".to_owned()));
    kept(&ports, "v2", ZIP);
    let plan = plan(&ports, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["start"], "finish");
    let summary = &plan["summary"];
    assert_eq!(
        (&summary["alreadyLive"], &summary["environment"]),
        (&json!(true), &json!("Demo-QA-A"))
    );
}

#[tokio::test]
async fn a_live_version_that_is_unhealthy_is_released_again() {
    let ports = given();
    kept(&ports, "v2", ZIP);
    ports.beanstalk.change("Demo-QA-A", |live| {
        live.version = Some("v2".to_owned());
        live.health.status = Some("Severe".to_owned());
    });
    let plan = plan(&ports, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["start"], "deploy");
    assert_eq!(plan["summary"]["side"], "B");
}

#[tokio::test]
async fn running_it_again_gives_the_same_plan() {
    let ports = given();
    let first = plan(&ports, deploy_qa()).await;
    let after = state(&ports);
    assert_eq!(plan(&ports, deploy_qa()).await, first);
    assert_eq!(state(&ports), after);
}
