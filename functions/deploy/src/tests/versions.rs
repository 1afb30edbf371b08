//! Tests of versions and their bundles.

use super::*;

fn of_another_bundle() -> ApplicationVersion {
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: "other.zip".to_owned() };
    ApplicationVersion { bundle: Some(bundle), status: VersionStatus::Usable, checksum: None }
}

#[tokio::test]
async fn keeps_a_copy_and_deploys_it_without_a_check() {
    let story = given().await;
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":"request-1","alreadyRunning":false,"since":"2026-01-02T03:04:05Z","started":false} [1 begun]"#);
    assert_eq!(story.ports.artifacts.content(&kept()).as_deref(), Some(ZIP));
    let version = story.ports.beanstalk.version_of("Demo", "v2").unwrap();
    assert_eq!(version.bundle.unwrap().key, kept());
    let calls = ["environments", "create_version", "deploy"];
    assert_eq!(story.ports.beanstalk.calls(), calls);
}

#[tokio::test]
async fn a_version_that_was_there_is_read_once_and_not_created() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.deploy().await.unwrap();
    assert_eq!(story.ports.beanstalk.calls(), ["environments", "version", "deploy"]);
}

#[tokio::test]
async fn waits_while_beanstalk_checks_a_version_for_another_call() {
    let story = given().await.with_version(VersionStatus::Processing);
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: version `v2` is not ready yet: processing [0 begun]");
    story.ports.beanstalk.processed("Demo", "v2", VersionStatus::Usable);
    assert!(story.outcome().await.ends_with("[1 begun]"));
}

#[tokio::test]
async fn a_version_that_was_kept_before_needs_no_bundle() {
    let mut story = given().await.with_version(VersionStatus::Usable);
    story.artifact = None;
    story.deploy().await.unwrap();
    story.ports.beanstalk.succeed("request-1");
    assert_eq!(story.running().as_deref(), Some("v2"));
}

#[tokio::test]
async fn refuses_a_version_that_is_gone_and_has_no_bundle() {
    let story = Story { artifact: None, ..given().await };
    insta::assert_snapshot!(story.outcome().await, @"Mist.UnknownVersion: version `v2` does not exist: no bundle `none`, and application `Demo` has no such version; check the label [0 begun]");
}

#[tokio::test]
async fn refuses_a_label_that_was_taken_after_the_plan() {
    let story = given().await;
    story.ports.beanstalk.put_version("Demo", "v2", of_another_bundle());
    insta::assert_snapshot!(story.outcome().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`other.zip`); use a new label [0 begun]");
}

#[tokio::test]
async fn refuses_a_label_that_was_taken_just_before_ours() {
    let story = given().await;
    story.ports.beanstalk.lose_next_label(of_another_bundle());
    insta::assert_snapshot!(story.outcome().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`other.zip`); use a new label [0 begun]");
}

#[tokio::test]
async fn a_version_that_was_deleted_after_the_plan_is_created_again() {
    let story = Story { version_known: true, ..given().await };
    story.deploy().await.unwrap();
    let version = story.ports.beanstalk.version_of("Demo", "v2").unwrap();
    assert_eq!(version.bundle.unwrap().key, kept());
}

#[tokio::test]
async fn refuses_a_label_that_has_no_bundle_of_ours() {
    let story = given().await;
    let sample = ApplicationVersion { bundle: None, status: VersionStatus::Usable, checksum: None };
    story.ports.beanstalk.put_version("Demo", "v2", sample);
    insta::assert_snapshot!(story.outcome().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`none`); use a new label [0 begun]");
}

#[tokio::test]
async fn refuses_a_version_that_beanstalk_could_not_process() {
    let story = given().await.with_version(VersionStatus::Failed);
    insta::assert_snapshot!(story.outcome().await, @"Mist.VersionUnusable: Beanstalk could not process version `v2` of application `Demo`, and gives no reason; check `.ebextensions` and `env.yaml`, and use a new label [0 begun]");
}

#[tokio::test]
async fn a_bundle_that_was_replaced_after_the_plan_is_deployed_as_it_was() {
    let story = given().await;
    story.ports.artifacts.upload(UPLOADED, b"PK\x03\x04 another");
    story.deploy().await.unwrap();
    assert_eq!(story.ports.artifacts.content(&kept()).as_deref(), Some(ZIP));
}

#[tokio::test]
async fn refuses_a_bundle_that_was_replaced_in_a_bucket_without_versions() {
    let mut story = given().await;
    story.ports.artifacts.upload(UPLOADED, b"PK\x03\x04 another");
    story.artifact.as_mut().unwrap().version_id = None;
    insta::assert_snapshot!(story.outcome().await, @"Mist.ArtifactChanged: bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again [0 begun]");
    assert_eq!(story.ports.artifacts.content(&kept()), None);
    assert_eq!(story.ports.beanstalk.version_of("Demo", "v2"), None);
}

#[tokio::test]
async fn the_version_has_the_checksum_of_its_bundle() {
    let story = given().await;
    story.deploy().await.unwrap();
    let version = story.ports.beanstalk.version_of("Demo", "v2").unwrap();
    assert_eq!(version.checksum, Some(Checksum::of(ZIP)));
}

#[tokio::test]
async fn a_copy_that_was_planted_is_not_taken_for_ours() {
    let story = given().await;
    story.ports.artifacts.upload(&kept(), b"PK\x03\x04 planted");
    let outcome = story.outcome().await;
    assert!(outcome.starts_with("Mist.KeptCopyChanged: copy `versions/Demo/v2/"), "{outcome}");
    assert!(outcome.ends_with("[0 begun]"), "{outcome}");
    assert_eq!(story.ports.beanstalk.version_of("Demo", "v2"), None);
}

#[tokio::test]
async fn a_copy_that_was_overwritten_after_the_plan_is_not_deployed() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.artifacts.upload(&kept(), b"PK\x03\x04 planted");
    let outcome = story.outcome().await;
    assert!(outcome.starts_with("Mist.KeptCopyChanged"), "{outcome}");
    assert!(outcome.ends_with("[0 begun]"), "{outcome}");
}

#[tokio::test]
async fn a_copy_that_is_gone_is_made_again() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.artifacts.delete(&kept());
    story.deploy().await.unwrap();
    assert_eq!(story.ports.artifacts.content(&kept()).as_deref(), Some(ZIP));
}

#[tokio::test]
async fn a_version_of_an_older_mist_is_compared_with_its_copy() {
    let mut story = given().await;
    let bundle =
        Bundle { bucket: "artifacts".to_owned(), key: "versions/Demo/v2/4-162.zip".to_owned() };
    let copy = story.ports.artifacts.upload(&bundle.key, ZIP);
    let version =
        ApplicationVersion { bundle: Some(bundle), status: VersionStatus::Usable, checksum: None };
    story.ports.beanstalk.put_version("Demo", "v2", version);
    story.version_known = true;
    story.artifact = Some(copy);
    story.deploy().await.unwrap();
    assert_eq!(story.ports.artifacts.content(&kept()), None, "one copy is enough");
}

#[tokio::test]
async fn a_bundle_that_is_replaced_later_does_not_change_what_is_deployed() {
    let story = given().await;
    story.ports.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Updating);
    story.deploy().await.unwrap_err();
    story.ports.artifacts.upload(UPLOADED, b"PK\x03\x04 another");
    story.ports.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Ready);
    story.deploy().await.unwrap();
    assert_eq!(story.ports.artifacts.content(&kept()).as_deref(), Some(ZIP));
}
