//! Whether a version is what an upload has: its content decides.

use mist_core::release::state::{Queued, StackState};

use super::*;

const UPLOADED: &str = "releases/QA/v2.zip";
const OTHER: &[u8] = b"PK\x03\x04 other";

fn release_v2() -> Value {
    json!({"operation": "deploy", "version": "v2"})
}

/// The bundle that is deployed.
async fn deployed(ports: &Fakes, input: Value) -> Value {
    plan(ports, input).await["steps"]["deploy"]["artifact"].clone()
}

#[tokio::test]
async fn a_label_with_other_content_is_refused() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-A", |live| live.version = Some("v2".to_owned()));
    kept(&ports, "v2", OTHER);
    insta::assert_snapshot!(refused(&ports, upload(UPLOADED)).await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`sha256:b0de4432f727476cab83e6fc05def435f68e36c1664eaa261a5d06ec0a5fe47a`); use a new label");
}

#[tokio::test]
async fn a_label_whose_content_is_unknown_is_refused() {
    let ports = given();
    let sample = ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: None };
    ports.beanstalk.put_version("Demo", "v2", sample);
    insta::assert_snapshot!(refused(&ports, upload(UPLOADED)).await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`none`); use a new label");
    put_version(&ports, "v2", "elsewhere/v2.zip", None);
    insta::assert_snapshot!(refused(&ports, upload(UPLOADED)).await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`elsewhere/v2.zip`); use a new label");
}

#[tokio::test]
async fn the_same_bytes_are_the_same_version_however_they_were_uploaded() {
    let ports = given();
    kept(&ports, "v2", ZIP);
    // In parts, or encrypted with another key: the entity tag differs.
    let again = ports.artifacts.upload_sized(UPLOADED, ZIP, 5);
    let mut input = upload(UPLOADED);
    input["upload"]["etag"] = json!(again.etag);
    let plan = plan(&ports, input).await;
    assert_eq!(plan["summary"]["version"], "v2");
    assert_eq!(plan["steps"]["deploy"]["versionKnown"], true);
}

#[tokio::test]
async fn a_version_without_a_checksum_is_compared_with_its_copy() {
    let ports = given();
    let key = "versions/Demo/v2/4-162.zip";
    put_version(&ports, "v2", key, None);
    ports.artifacts.upload(key, ZIP);
    assert_eq!(plan(&ports, upload(UPLOADED)).await["summary"]["version"], "v2");
    let artifact = deployed(&ports, release_v2()).await;
    assert_eq!((&artifact["key"], &artifact["checksum"]), (&json!(key), &json!(Checksum::of(ZIP))));
    ports.artifacts.upload(key, OTHER);
    let refused = refused(&ports, upload(UPLOADED)).await;
    assert!(refused.starts_with("Mist.VersionTaken"), "{refused}");
}

#[tokio::test]
async fn a_version_that_the_application_has_is_released_whatever_is_uploaded_under_its_label() {
    let ports = given();
    let copy = kept(&ports, "v2", ZIP);
    ports.artifacts.upload(UPLOADED, OTHER);
    for input in [release_v2(), deploy_qa()] {
        assert_eq!(deployed(&ports, input).await, serde_json::to_value(&copy).unwrap());
    }
    let release = ports.history.list().remove(0);
    assert_eq!(release.artifact.unwrap().checksum, Some(Checksum::of(ZIP)));
}

#[tokio::test]
async fn a_copy_that_was_overwritten_is_not_deployed() {
    let ports = given();
    let copy = kept(&ports, "v2", ZIP);
    ports.artifacts.upload(&copy.key, b"PK\x03\x04 planted");
    insta::assert_snapshot!(refused(&ports, release_v2()).await, @"Mist.KeptCopyChanged: copy `versions/Demo/v2/8dcc7e601606217f3b754766511182a916b17e9a26a94c9d887104eba92e9bb2.zip` is not the bundle of version `v2`: its content is sha256:845d52b70fc5815598cdaa6c86016e217bedf74299267821655d51362a252de0, not sha256:8dcc7e601606217f3b754766511182a916b17e9a26a94c9d887104eba92e9bb2; find out who wrote it, and release the bundle under a new label");
    for input in [upload(UPLOADED), deploy_qa()] {
        let refused = refused(&ports, input).await;
        assert!(refused.starts_with("Mist.KeptCopyChanged"), "{refused}");
    }
}

#[tokio::test]
async fn a_copy_that_is_gone_is_made_again_of_the_same_bundle_only() {
    let ports = given();
    let copy = kept(&ports, "v2", ZIP);
    ports.artifacts.delete(&copy.key);
    assert_eq!(deployed(&ports, release_v2()).await["key"], UPLOADED);
    assert_eq!(deployed(&ports, upload(UPLOADED)).await["key"], UPLOADED);
    ports.artifacts.upload(UPLOADED, OTHER);
    let none = refused(&ports, release_v2()).await;
    assert!(none.starts_with("Mist.ArtifactMissing: bundle `versions/Demo/v2/"), "{none}");
    // What is not the bundle is passed over.
    ports.artifacts.upload(UPLOADED, b"<!DOCTYPE html>");
    let war = ports.artifacts.upload("releases/QA/v2.war", ZIP);
    assert_eq!(deployed(&ports, release_v2()).await["key"], json!(war.key));
    ports.artifacts.upload(&war.key, OTHER);
    let fetched = ports.artifacts.upload("fetched/Demo/v2.zip", ZIP);
    assert_eq!(deployed(&ports, release_v2()).await["key"], json!(fetched.key));
}

#[tokio::test]
async fn an_upload_that_was_replaced_is_released_as_it_was() {
    let ports = given();
    let first = ports.artifacts.upload(UPLOADED, OTHER);
    ports.artifacts.upload(UPLOADED, ZIP);
    let mut input = upload(UPLOADED);
    input["upload"]["etag"] = json!(first.etag);
    input["upload"]["versionId"] = json!(first.version_id);
    input["lock"] = json!({"onConflict": "supersede"});
    // The newer one may never be released: its execution is not in the queue.
    assert_eq!(deployed(&ports, input.clone()).await["checksum"], json!(Checksum::of(OTHER)));
    newer_upload_waits(&ports, &input);
    assert_eq!(
        refused(&ports, input).await,
        "Mist.Superseded: superseded by a newer release: a newer upload of `releases/QA/v2.zip`"
    );
}

#[tokio::test]
async fn an_upload_does_not_give_way_to_one_that_would_be_refused() {
    let ports = given();
    let first = ports.artifacts.upload(UPLOADED, ZIP);
    let mut input = upload(UPLOADED);
    input["upload"]["versionId"] = json!(first.version_id);
    newer_upload_waits(&ports, &input);
    // No bundle.
    ports.artifacts.upload(UPLOADED, b"<!DOCTYPE html>");
    assert_eq!(deployed(&ports, input.clone()).await["checksum"], json!(Checksum::of(ZIP)));
    // A bundle, but Beanstalk has the label with the older one.
    ports.artifacts.upload(UPLOADED, OTHER);
    kept(&ports, "v2", ZIP);
    assert_eq!(deployed(&ports, input).await["checksum"], json!(Checksum::of(ZIP)));
}

#[tokio::test]
async fn an_upload_does_not_give_way_to_one_whose_object_is_gone() {
    let ports = given();
    let only = ports.artifacts.upload(UPLOADED, ZIP);
    let mut input = upload(UPLOADED);
    input["upload"]["versionId"] = json!(only.version_id);
    newer_upload_waits(&ports, &input);
    assert_eq!(deployed(&ports, input).await["checksum"], json!(Checksum::of(ZIP)));
}

/// A newer upload under the label of `input` waits for the lock.
fn newer_upload_waits(ports: &Fakes, input: &Value) {
    let uploaded_at = Some("2026-01-02T03:04:06Z".parse().unwrap());
    let reason = request(input).release.reason;
    let queue = vec![Queued { reason, uploaded_at, ..mist_testkit::queued("arn:2") }];
    ports.locks.put("QA", StackState { queue, ..mist_testkit::held("arn:1", 1) });
}

#[tokio::test]
async fn an_upload_that_was_replaced_in_a_bucket_without_versions_is_refused() {
    let ports = given();
    ports.artifacts.upload(UPLOADED, OTHER);
    let refused = refused(&ports, upload(UPLOADED)).await;
    assert!(refused.starts_with("Mist.ArtifactChanged"), "{refused}");
}
