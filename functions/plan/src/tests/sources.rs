//! Versions that were not uploaded.

use mist_core::stack::source::Source;

use super::*;

const LABEL: &str = "git-0123456789abcdef0123456789abcdef01234567-1767323045000";
const KEY: &str = "fetched/Demo/git-0123456789abcdef0123456789abcdef01234567-1767323045000.zip";

fn fetched(content: &[u8]) -> Value {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let fetched =
        json!({"key": KEY, "checksum": Checksum::of(content), "commit": commit, "changelog": null});
    json!({"fetch": "main", "version": LABEL, "fetched": fetched})
}

#[tokio::test]
async fn a_version_that_must_be_fetched_first_is_planned_after_that() {
    insta::assert_snapshot!(refused(&given(), json!({"fetch": "main"})).await, @"Mist.SourceNotFetched: source `main` is not fetched yet");
}

#[tokio::test]
async fn a_fetched_version_is_deployed() {
    let ports = given();
    ports.artifacts.upload(KEY, ZIP);
    let plan = plan(&ports, fetched(ZIP)).await;
    assert_eq!(plan["summary"]["version"], LABEL);
    assert_eq!(plan["steps"]["deploy"]["artifact"]["key"], KEY);
    assert_eq!(plan["goesLive"], "swap");
}

#[tokio::test]
async fn a_bundle_that_is_not_the_fetched_one_is_refused() {
    let ports = given();
    ports.artifacts.upload(KEY, ZIP);
    assert!(
        refused(&ports, fetched(b"PK\x03\x04 another")).await.starts_with("Mist.ArtifactChanged")
    );
    let none = refused(&given(), fetched(ZIP)).await;
    assert!(none.starts_with("Mist.ArtifactMissing"), "{none}");
}

#[tokio::test]
async fn a_fetched_version_is_found_again_by_its_label() {
    let ports = given();
    ports.artifacts.upload(KEY, ZIP);
    let plan = plan(&ports, json!({"version": LABEL})).await;
    assert_eq!(plan["steps"]["deploy"]["artifact"]["key"], KEY);
}

#[tokio::test]
async fn a_commit_that_is_live_is_not_deployed_again() {
    let mut ports = given();
    ports.beanstalk =
        FakeBeanstalk::with([environment("Demo-QA-A", LABEL), environment("Demo-QA-B", "v0")]);
    ports.artifacts.upload(KEY, ZIP);
    kept(&ports, LABEL, ZIP);
    assert_eq!(plan(&ports, fetched(ZIP)).await["start"], "finish");
}

/// The source of the stack is `versions`.
fn given_versions() -> Fakes {
    let mut stack = stack().unwrap();
    stack.settings.source = Source::Versions;
    Fakes { stacks: FakeStacks::with(stack), ..given() }
}

#[tokio::test]
async fn the_newest_version_of_the_application_is_deployed_as_it_is() {
    let ports = given_versions();
    for (label, status) in [
        ("v3", VersionStatus::Usable),
        ("v4", VersionStatus::Usable),
        ("v5", VersionStatus::Failed),
    ] {
        ports.beanstalk.put_version(
            "Demo",
            label,
            ApplicationVersion { bundle: None, status, checksum: None },
        );
    }
    let plan = plan(&ports, deploy_qa()).await;
    assert_eq!(plan["summary"]["version"], "v4");
    assert_eq!(plan["steps"]["deploy"]["artifact"], Value::Null);
}

#[tokio::test]
async fn an_application_without_versions_has_nothing_to_deploy() {
    assert_eq!(
        refused(&given_versions(), deploy_qa()).await,
        "Mist.NoVersion: there is nothing to deploy: application `Demo` has no version; upload a bundle"
    );
}
