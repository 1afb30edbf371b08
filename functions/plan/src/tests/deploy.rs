//! Which side gets which version.

use mist_core::{ApplicationVersion, Bundle, VersionStatus};

use super::*;

/// A version that Beanstalk made from the upload of [`ZIP`].
fn version_at(key: &str) -> ApplicationVersion {
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: key.to_owned() };
    ApplicationVersion { bundle: Some(bundle), status: VersionStatus::Usable }
}

fn kept(label: &str) -> String {
    format!("versions/Demo/{label}/4-162.zip")
}

#[tokio::test]
async fn an_upload_is_released_to_the_idle_side() {
    let input = upload("releases/QA/v2.zip");
    let plan = run(&given(), ask(&input)).await.unwrap();
    insta::assert_json_snapshot!(plan, @r#"
    {
      "operation": "deploy",
      "goesLive": true,
      "alreadyLive": false,
      "stack": "QA",
      "application": "Demo",
      "environments": {
        "a": "Demo-QA-A",
        "b": "Demo-QA-B"
      },
      "record": {
        "zone": "Z1",
        "name": "qa.mist.test",
        "type": "CNAME"
      },
      "user": "upload",
      "warnings": [],
      "decision": {
        "target": {
          "side": "B",
          "environment": "Demo-QA-B",
          "cname": "demo-qa-b.us-east-1.elasticbeanstalk.com",
          "address": "192.0.2.1",
          "version": "v0"
        },
        "other": {
          "side": "A",
          "environment": "Demo-QA-A",
          "cname": "demo-qa-a.us-east-1.elasticbeanstalk.com",
          "address": "192.0.2.1",
          "version": "v1"
        },
        "live": "A",
        "from": {
          "which": {
            "zone": "Z1",
            "name": "qa.mist.test",
            "type": "CNAME"
          },
          "target": "demo-qa-a.us-east-1.elasticbeanstalk.com",
          "ttlSeconds": 60,
          "alias": null
        },
        "ttlSeconds": 60,
        "version": "v2",
        "previous": "v1",
        "updated": null,
        "artifact": {
          "bucket": "artifacts",
          "key": "releases/QA/v2.zip",
          "etag": "4-162",
          "size": 4
        },
        "inPlace": false,
        "stopped": false,
        "matchSize": true,
        "deployTimeoutSeconds": 2700,
        "healthGraceSeconds": 120,
        "healthStableSeconds": 30,
        "allowedHealth": [
          "Ok",
          "Info"
        ],
        "warmUp": {
          "paths": [
            "/"
          ],
          "requests": 20,
          "concurrency": 4,
          "timeoutSeconds": 120,
          "expectedStatus": 200,
          "scheme": "http"
        },
        "verifySeconds": 180,
        "bake": {
          "seconds": 300,
          "minRequests": 10,
          "onNoData": "hold"
        },
        "drainSeconds": 120,
        "newRelic": {
          "application": "Demo QA",
          "apiKeySecret": "mist/new-relic",
          "region": "us",
          "api": "nerdGraph"
        }
      }
    }
    "#);
}

#[tokio::test]
async fn the_record_decides_which_side_is_idle() {
    let world = given();
    world.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    let plan = plan(&world, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["decision"]["live"], "B");
    assert_eq!(plan["decision"]["target"]["environment"], "Demo-QA-A");
}

#[tokio::test]
async fn without_a_version_the_newest_upload_is_released() {
    let world = given();
    world.artifacts.upload("releases/QA/v4.war", ZIP);
    world.artifacts.upload("releases/QA/v3.zip", ZIP);
    world.artifacts.upload("releases/QA/notes.txt", b"not a bundle");
    world.artifacts.upload("releases/QA/old/v9.zip", ZIP);
    world.artifacts.upload("releases/UAT/v9.zip", ZIP);
    let plan = plan(&world, deploy_qa()).await;
    assert_eq!(plan["decision"]["version"], "v3");
    assert_eq!(plan["decision"]["artifact"]["key"], "releases/QA/v3.zip");
    assert_eq!(plan["goesLive"], true);
    assert_eq!(plan["user"], "mist");
}

#[tokio::test]
async fn a_bundle_that_is_uploaded_again_is_the_newest() {
    let world = given();
    world.artifacts.upload("releases/QA/v3.zip", ZIP);
    world.artifacts.upload("releases/QA/v2.zip", b"PK\x03\x04 again");
    let plan = plan(&world, deploy_qa()).await;
    assert_eq!(plan["decision"]["version"], "v2");
}

#[tokio::test]
async fn the_person_who_asks_is_in_the_plan() {
    let input = json!({"operation": "deploy", "stack": "QA", "user": "dora"});
    assert_eq!(plan(&given(), input).await["user"], "dora");
}

#[tokio::test]
async fn a_named_version_is_taken_from_its_upload() {
    let world = given();
    world.artifacts.upload("releases/QA/v3.zip", ZIP);
    let plan = plan(&world, json!({"operation": "deploy", "stack": "QA", "version": "v2"})).await;
    assert_eq!(plan["decision"]["version"], "v2");
    assert_eq!(plan["decision"]["artifact"]["key"], "releases/QA/v2.zip");
}

#[tokio::test]
async fn a_named_version_can_be_a_war() {
    let world = given();
    world.artifacts.upload("releases/QA/v3.war", ZIP);
    let plan = plan(&world, json!({"operation": "deploy", "stack": "QA", "version": "v3"})).await;
    assert_eq!(plan["decision"]["artifact"]["key"], "releases/QA/v3.war");
}

#[tokio::test]
async fn a_named_version_that_beanstalk_has_needs_no_upload() {
    let world = given();
    world.beanstalk.put_version("Demo", "v1", version_at("versions/Demo/v1/old.zip"));
    let plan = plan(&world, json!({"operation": "deploy", "stack": "QA", "version": "v1"})).await;
    assert_eq!(plan["decision"]["version"], "v1");
    assert_eq!(plan["decision"]["artifact"], Value::Null);
}

#[tokio::test]
async fn a_version_that_was_built_elsewhere_needs_no_upload() {
    let world = given();
    let built = ApplicationVersion { bundle: None, status: VersionStatus::Usable };
    world.beanstalk.put_version("Demo", "v7", built);
    let plan = plan(&world, json!({"operation": "deploy", "stack": "QA", "version": "v7"})).await;
    assert_eq!(plan["decision"]["version"], "v7");
}

#[tokio::test]
async fn a_deployment_to_one_environment_does_not_go_live() {
    let input = json!({"operation": "deploy", "stack": "QA", "environment": "Demo-QA-B"});
    let plan = plan(&given(), input).await;
    assert_eq!(plan["goesLive"], false);
    assert_eq!(plan["alreadyLive"], false);
    assert_eq!(plan["decision"]["target"]["side"], "B");
}

#[tokio::test]
async fn a_version_that_is_live_already_needs_nothing() {
    let world = given();
    world.beanstalk.change("Demo-QA-A", |live| live.version = Some("v2".to_owned()));
    world.beanstalk.put_version("Demo", "v2", version_at(&kept("v2")));
    assert_eq!(plan(&world, upload("releases/QA/v2.zip")).await["alreadyLive"], true);
}

#[tokio::test]
async fn a_live_version_that_does_not_serve_well_is_released_again() {
    let world = given();
    world.beanstalk.put_version("Demo", "v2", version_at(&kept("v2")));
    world.beanstalk.change("Demo-QA-A", |live| {
        live.version = Some("v2".to_owned());
        live.health.status = Some("Severe".to_owned());
    });
    let plan = plan(&world, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["alreadyLive"], false);
    assert_eq!(plan["decision"]["target"]["side"], "B");
}

#[tokio::test]
async fn the_live_label_with_other_content_is_refused() {
    let world = given();
    world.beanstalk.change("Demo-QA-A", |live| live.version = Some("v2".to_owned()));
    world.beanstalk.put_version("Demo", "v2", version_at("versions/Demo/v2/other.zip"));
    let refused = refused(&world, upload("releases/QA/v2.zip")).await;
    insta::assert_snapshot!(refused, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`versions/Demo/v2/other.zip`); use a new label");
}

#[tokio::test]
async fn a_label_that_has_no_bundle_of_ours_is_refused() {
    let world = given();
    let sample = ApplicationVersion { bundle: None, status: VersionStatus::Usable };
    world.beanstalk.put_version("Demo", "v2", sample);
    let refused = refused(&world, upload("releases/QA/v2.zip")).await;
    insta::assert_snapshot!(refused, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`none`); use a new label");
}

#[tokio::test]
async fn the_same_upload_can_be_released_to_the_next_side() {
    let world = given();
    world.beanstalk.put_version("Demo", "v2", version_at(&kept("v2")));
    let plan = plan(&world, upload("releases/QA/v2.zip")).await;
    assert_eq!(plan["alreadyLive"], false);
    assert_eq!(plan["decision"]["version"], "v2");
}

#[tokio::test]
async fn running_it_again_gives_the_same_plan() {
    let world = given();
    let first = plan(&world, deploy_qa()).await;
    assert_eq!(plan(&world, deploy_qa()).await, first);
}
