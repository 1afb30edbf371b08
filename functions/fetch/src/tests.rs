//! Tests of this function.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use mist_core::{
    checksum::Checksum,
    ports::{Changes, Revision},
    release::state::{LEASE_SECONDS, StackState},
    stack::side::Side,
};
use mist_testkit::{
    FakeArtifacts, FakeClock, FakeGitHub, FakeLocks, FakeSecrets, FakeStacks, held, stack_on_github,
};
use serde_json::{Value, json};

use super::*;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
const OLD: &str = "89abcdef0123456789abcdef0123456789abcdef";
const LABEL: &str = "git-0123456789abcdef0123456789abcdef01234567-1767323045000";
const KEY: &str = "fetched/Demo/git-0123456789abcdef0123456789abcdef01234567-1767323045000.zip";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

type Fakes = Ports<FakeStacks, FakeSecrets, FakeGitHub, FakeArtifacts, FakeLocks, FakeClock>;

/// Branch `main` of `demo/shop` is at [`SHA`], and `v1` is live on stack `QA`.
fn given() -> Fakes {
    let github = FakeGitHub::default();
    github.put("main", commit(), &archive(&[("index.html", "<h1>Hello</h1>"), ("docs/a.md", "")]));
    Ports {
        stacks: FakeStacks::with(stack_on_github().unwrap()),
        secrets: FakeSecrets::with("mist/github", "ghp_token"),
        github,
        bucket: FakeArtifacts::default(),
        locks: live("v1"),
        clock: FakeClock::default(),
    }
}

fn commit() -> Commit {
    Commit { sha: SHA.parse().unwrap(), committed_at: "2026-01-02T03:04:05Z".parse().unwrap() }
}

fn live(version: &str) -> FakeLocks {
    let live = mist_testkit::live(Side::A, version, None).unwrap();
    FakeLocks::with("QA", StackState { live: Some(live), ..held(EXECUTION, 1) })
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o664);
        let path = format!("demo-shop-0123456/{path}");
        tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    let mut gzip = tar.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap()
}

/// The request for ref `main`, with `change`.
fn request(change: &Value) -> Request {
    let stack = stack_on_github().unwrap();
    let mut release = json!({
        "operation": "deploy",
        "stack": "QA",
        "user": "ada",
        "fetch": "main",
        "inPlace": false,
        "acceptDrift": false,
        "live": false,
        "reason": "deploy main by ada",
        "releaseId": "2026-01-02T03:04:05.600Z/release-1",
        "lock": {},
        "environments": stack.settings.environments,
        "record": stack.names(),
        "execution": {"id": EXECUTION, "name": "release-1", "startedAt": "2026-01-02T03:04:05Z"},
        "holder": {"execution": EXECUTION, "fence": 1},
    });
    for (field, value) in change.as_object().cloned().unwrap_or_default() {
        release[field] = value;
    }
    Request { release: serde_json::from_value(release).unwrap() }
}

async fn fetched(world: &Fakes) -> Response {
    run(world, request(&json!({}))).await.unwrap()
}

async fn refused(world: &Fakes, change: Value) -> String {
    run(world, request(&change)).await.unwrap_err().code().to_owned()
}

#[tokio::test]
async fn a_commit_becomes_a_bundle_with_the_label_of_the_commit() {
    let world = given();
    let response = fetched(&world).await;
    let version = response.release.version.as_ref().map(ToString::to_string);
    assert_eq!((version.as_deref(), response.commit.as_str()), (Some(LABEL), SHA));
    let fetched = response.release.fetched.unwrap();
    assert_eq!((fetched.key.as_str(), response.already_there), (KEY, false));
    let bundle = world.bucket.content(KEY).unwrap();
    assert_eq!(response.size, bundle.len() as u64);
    assert_eq!(fetched.checksum, Checksum::of(&bundle));
    assert_eq!((fetched.commit.as_str(), fetched.changelog), (SHA, None));
    assert!(response.warnings.is_empty(), "{:?}", response.warnings);
}

#[tokio::test]
async fn running_it_again_fetches_nothing_and_shows_no_second_deployment() {
    let world = given();
    let first = fetched(&world).await;
    let second = fetched(&world).await;
    assert_eq!(first.release, second.release);
    assert!(second.already_there);
    assert_eq!((world.github.fetches(), world.github.deployments().len()), (1, 1));
    assert_eq!(world.github.states(1), [DeploymentState::Queued, DeploymentState::InProgress]);
}

#[tokio::test]
async fn github_shows_the_deployment_with_links() {
    let world = given();
    fetched(&world).await;
    let shown = world.github.deployments().remove(0);
    assert_eq!((shown.environment.as_str(), shown.execution.as_str()), ("QA", EXECUTION));
    assert_eq!((shown.commit.as_str(), shown.version.as_str()), (SHA, LABEL));
    let told = world.github.statuses(1).remove(0);
    assert_eq!(told.environment_url, "http://qa.mist.test");
    assert!(
        told.log_url.ends_with(&format!("#/v2/executions/details/{EXECUTION}")),
        "{}",
        told.log_url
    );
}

#[tokio::test]
async fn only_a_version_that_goes_live_is_shown_as_a_deployment() {
    let one_side = json!({"environment": "Demo-QA-B"});
    let in_place = json!({"environment": "Demo-QA-A", "inPlace": true});
    for (change, shown) in [(one_side, 0), (in_place, 1)] {
        let world = given();
        run(&world, request(&change)).await.unwrap();
        assert_eq!(world.github.deployments().len(), shown);
    }
}

#[tokio::test]
async fn files_in_ebignore_are_left_out() {
    let (all, less) = (given(), given());
    less.github.put_file(&SHA.parse().unwrap(), ".ebignore", "docs/\n");
    let (all, less) = (fetched(&all).await, fetched(&less).await);
    assert!(less.size < all.size, "{less:?} {all:?}");
    let none = given();
    none.github.put_file(&SHA.parse().unwrap(), ".ebignore", "*\n");
    assert_eq!(refused(&none, json!({})).await, "Mist.UnfitArchive");
    let bad = given();
    bad.github.put_file(&SHA.parse().unwrap(), ".ebignore", "[z-a]\n");
    assert_eq!(refused(&bad, json!({})).await, "Mist.UnfitArchive");
}

#[tokio::test]
async fn the_commits_since_the_live_version_are_the_changelog() {
    let world = Fakes { locks: live(&format!("git-{OLD}-1700000000000")), ..given() };
    let title = "Mend the basket".to_owned();
    let revision = Revision { sha: SHA.parse().unwrap(), title, author: "Ada".to_owned() };
    let changes = Changes { total: 1, newest: vec![revision], behind: 0 };
    world.github.put_changes(&OLD.parse().unwrap(), &SHA.parse().unwrap(), changes);
    let changelog = fetched(&world).await.release.fetched.unwrap().changelog;
    assert_eq!(changelog.as_deref(), Some("01234567 Mend the basket (Ada)"));
}

#[tokio::test]
async fn an_unknown_changelog_is_a_warning() {
    let world = Fakes { locks: live(&format!("git-{OLD}-1700000000000")), ..given() };
    let response = fetched(&world).await;
    assert_eq!(response.release.fetched.unwrap().changelog, None);
    let [warning] = response.warnings.as_slice() else { panic!("{:?}", response.warnings) };
    assert!(warning.starts_with("the changelog is unknown: "), "{warning}");
}

#[tokio::test]
async fn a_failure_to_show_the_deployment_is_a_warning() {
    let world = given();
    world.github.refuse_deployments();
    let response = fetched(&world).await;
    assert!(world.bucket.content(KEY).is_some());
    let [warning] = response.warnings.as_slice() else { panic!("{:?}", response.warnings) };
    assert!(warning.starts_with("GitHub may not show this deployment: "), "{warning}");
}

#[tokio::test]
async fn the_error_names_the_missing_object() {
    assert_eq!(refused(&given(), json!({"fetch": "none"})).await, "Mist.RefMissing");
    assert_eq!(refused(&given(), json!({"fetch": null})).await, "Mist.InvalidInput");
    assert_eq!(refused(&given(), json!({"holder": null})).await, "Mist.InvalidInput");
    let secrets = || FakeSecrets::with("mist/other", "");
    let world = Fakes { secrets: secrets(), ..given() };
    assert_eq!(refused(&world, json!({})).await, "Mist.SecretMissing");
    let world = Fakes { secrets: FakeSecrets::with("mist/github", "wrong"), ..given() };
    assert_eq!(refused(&world, json!({})).await, "Mist.GitHubDenied");
    let world = Fakes { stacks: FakeStacks::with(mist_testkit::stack().unwrap()), ..given() };
    assert_eq!(refused(&world, json!({})).await, "Mist.InvalidInput");
}

#[tokio::test]
async fn an_archive_that_cannot_be_packed_leaves_no_object() {
    let world = given();
    world.github.put("main", commit(), &archive(&[]));
    assert_eq!(refused(&world, json!({})).await, "Mist.UnfitArchive");
    assert_eq!((world.bucket.content(KEY), world.bucket.abandoned()), (None, 1));
}

#[tokio::test]
async fn a_release_without_its_lock_fetches_nothing() {
    let world = given();
    let holder = json!({"execution": EXECUTION, "fence": 7});
    assert_eq!(refused(&world, json!({ "holder": holder })).await, "Mist.LockLost");
    assert_eq!((world.github.fetches(), world.bucket.content(KEY)), (0, None));
}

#[tokio::test]
async fn a_lease_that_is_half_over_is_renewed() {
    let world = given();
    world.clock.advance(Duration::from_secs(LEASE_SECONDS.unsigned_abs() / 2));
    fetched(&world).await;
    let lease = world.locks.current("QA").lease.unwrap();
    assert_eq!(lease.expires, world.clock.now().as_second() + LEASE_SECONDS);
}
