//! Tests of this function.

mod content;
mod deploy;
mod memory;
mod names;
mod others;
mod refusals;
mod requests;
mod sources;

use mist_core::release::history::PastRelease;
use mist_testkit::{
    FakeAlarms, FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeHistory,
    FakeLocks, FakeStacks, environment, stack,
};
use serde_json::{Value, json};

use mist_core::{
    beanstalk::application_version::{ApplicationVersion, Bundle, VersionStatus},
    checksum::Checksum,
    release::history::{ArtifactNote, SideVersion},
    stack::{artifact::Artifact, bake::BakeSettings, side::Side},
};

use super::*;

/// The first bytes of a bundle.
const ZIP: &[u8] = b"PK\x03\x04";

const RELEASE: &str = "2026-01-02T03:04:05.600Z/release-1";

type Fakes = Ports<
    FakeStacks,
    FakeDns,
    FakeBeanstalk,
    FakeArtifacts,
    FakeGroups,
    FakeLocks,
    FakeHistory,
    FakeAlarms,
    FakeClock,
>;

/// Stack `QA`: environment A is live with `v1`, B is idle with `v0`, and `v2` was uploaded.
fn given() -> Fakes {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let stack = stack().unwrap();
    let history = FakeHistory::default();
    history.put_release(opened());
    Ports {
        dns: FakeDns::pointing(stack.names(), &a.cname),
        stacks: FakeStacks::with(stack),
        beanstalk: FakeBeanstalk::with([a, b]),
        artifacts: FakeArtifacts::with([("releases/QA/v2.zip", ZIP)]),
        groups: FakeGroups::with([("Demo-QA-A", 1), ("Demo-QA-B", 1)]),
        locks: FakeLocks::default(),
        history,
        alarms: FakeAlarms::default(),
        clock: FakeClock::default(),
    }
}

/// Beanstalk has version `label`, which mist made of `content`; returns the copy that mist keeps.
fn kept(ports: &Fakes, label: &str, content: &[u8]) -> Artifact {
    let checksum = Checksum::of(content);
    let key = format!("versions/Demo/{label}/{}.zip", checksum.hex());
    put_version(ports, label, &key, Some(checksum));
    ports.artifacts.upload(&key, content)
}

/// Beanstalk has version `label` with the bundle at `key`, and `checksum` in its description.
fn put_version(ports: &Fakes, label: &str, key: &str, checksum: Option<Checksum>) {
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: key.to_owned() };
    let version =
        ApplicationVersion { bundle: Some(bundle), status: VersionStatus::Usable, checksum };
    ports.beanstalk.put_version("Demo", label, version);
}

/// The release, as `begin` opened it.
fn opened() -> PastRelease {
    PastRelease { started_by: "mist".to_owned(), ..mist_testkit::opened(RELEASE, "arn:1") }
}

/// The plan for `input`, as the state machine reads it.
async fn plan(ports: &Fakes, input: Value) -> Value {
    let response = run(ports, request(&input)).await.unwrap();
    serde_json::to_value(response).unwrap()
}

/// Why there is no plan for `input`: `CODE: message`.
async fn refused(ports: &Fakes, input: Value) -> String {
    let before = state(ports);
    let error = run(ports, request(&input)).await.unwrap_err();
    assert_eq!(state(ports), before, "a plan that is refused changes nothing");
    format!("{}: {error}", error.code())
}

/// Everything that a plan could change.
fn state(Ports { dns, artifacts, groups, locks, history, .. }: &Fakes) -> String {
    format!("{:?} {artifacts:?} {groups:?} {locks:?} {history:?}", dns.all())
}

/// The request of a release with the fields of `input`, and the usual ones for the rest.
fn request(input: &Value) -> Request {
    let stack = stack().unwrap();
    let mut release = json!({
        "operation": "deploy",
        "stack": "QA",
        "user": "mist",
        "inPlace": false,
        "acceptDrift": false,
        "live": false,
        "reason": "deploy by mist",
        "releaseId": RELEASE,
        "lock": {},
        "environments": stack.settings.environments,
        "record": stack.names(),
        "execution": {"id": "arn:1", "name": "release-1", "startedAt": "2026-01-02T03:04:05.6Z"},
        "holder": {"execution": "arn:1", "fence": 1},
    });
    for (field, value) in input.as_object().cloned().unwrap_or_default() {
        release[field] = value;
    }
    Request { release: serde_json::from_value(release).unwrap() }
}

fn deploy_qa() -> Value {
    json!({"operation": "deploy", "stack": "QA"})
}

/// The request that an upload of [`ZIP`] to `key` starts.
fn upload(key: &str) -> Value {
    let version = key.rsplit('/').next().and_then(|file| file.split_once('.')).unwrap().0;
    json!({
        "operation": "deploy",
        "version": version,
        "user": "upload",
        "upload": {
            "bucket": "artifacts",
            "key": key,
            "etag": "4-162",
            "time": "2026-01-02T03:04:05Z",
        },
    })
}
