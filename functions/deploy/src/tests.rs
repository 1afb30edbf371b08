//! Tests of this function.

mod names;
mod versions;

use std::time::Duration;

use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle, VersionStatus},
        capacity::Capacity,
        health::InstanceHealth,
    },
    checksum::Checksum,
    dns::{names::StackNames, record::RecordType},
    release::state::{LEASE_SECONDS, StackState, Stopped},
    stack::artifact::Artifact,
};
use mist_testkit::{
    FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeLocks, START, environment,
    held,
};
use serde_json::json;

use super::*;

const UPLOADED: &str = "releases/QA/v2.zip";
const ZIP: &[u8] = b"PK\x03\x04";
const CAPACITY: Capacity = Capacity { min: 1, max: 4, desired: 2 };

/// A deployment of the upload `v2` to `Demo-QA-B`, which runs `v1`.
struct Story {
    ports: Ports<FakeBeanstalk, FakeArtifacts, FakeDns, FakeGroups, FakeLocks, FakeClock>,
    artifact: Option<Artifact>,
    version_known: bool,
    in_place: bool,
    stopped: bool,
}

impl Story {
    async fn deploy(&self) -> Result<Response, Error> {
        let input = json!({
            "stack": "QA",
            "holder": {"execution": "ada", "fence": 1},
            "inPlace": self.in_place,
            "application": "Demo",
            "side": "B",
            "environment": "Demo-QA-B",
            "record": names(),
            "version": "v2",
            "artifact": self.artifact,
            "versionKnown": self.version_known,
            "stopped": self.stopped,
            "since": "2026-01-02T03:04:05Z",
        });
        let request = serde_json::from_value(input).unwrap();
        run(&self.ports, request).await
    }

    /// The answer as JSON, or `CODE: message`; and the number of deployments that began.
    async fn outcome(&self) -> String {
        let outcome = match self.deploy().await {
            Ok(response) => serde_json::to_string(&response).unwrap(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        format!("{outcome} [{} begun]", self.ports.beanstalk.deployments())
    }

    /// Beanstalk had the version when the release was planned, with `status`.
    fn with_version(self, status: VersionStatus) -> Self {
        let bundle = Bundle { bucket: "artifacts".to_owned(), key: kept() };
        self.ports.artifacts.upload(&bundle.key, ZIP);
        let checksum = Some(Checksum::of(ZIP));
        let version = ApplicationVersion { bundle: Some(bundle), status, checksum };
        self.ports.beanstalk.put_version("Demo", "v2", version);
        Self { version_known: true, ..self }
    }

    /// The environment was stopped by mist; it had two instances, of one to four.
    fn stopped(self) -> Self {
        let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity: CAPACITY };
        self.ports.locks.put("QA", StackState { stopped_b: Some(stopped), ..held("ada", 1) });
        self.ports.groups.put("Demo-QA-B", Capacity { min: 0, max: 4, desired: 0 });
        Self { stopped: true, ..self }
    }

    fn running(&self) -> Option<String> {
        let mut running = None;
        self.ports.beanstalk.change("Demo-QA-B", |it| running.clone_from(&it.version));
        running
    }
}

async fn given() -> Story {
    let artifacts = FakeArtifacts::with([(UPLOADED, ZIP)]);
    Story {
        artifact: artifacts.find("artifacts", UPLOADED, None).await.ok(),
        ports: Ports {
            beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v1")]),
            artifacts,
            dns: FakeDns::pointing(names(), "demo-qa-a.us-east-1.elasticbeanstalk.com"),
            groups: FakeGroups::with([("Demo-QA-B", 2)]),
            locks: FakeLocks::with("QA", held("ada", 1)),
            clock: FakeClock::default(),
        },
        version_known: false,
        in_place: false,
        stopped: false,
    }
}

/// The key of the copy of [`ZIP`].
fn kept() -> String {
    format!("versions/Demo/v2/{}.zip", Checksum::of(ZIP).hex())
}

fn names() -> StackNames {
    let name = "qa.mist.test".parse().unwrap();
    let (zone, kind) = ("Z1".to_owned(), RecordType::Cname);
    StackNames { zone, name, kind, also_known_as: Vec::new(), fixed_names: Vec::new() }
}

#[tokio::test]
async fn running_it_again_changes_nothing() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.deploy().await.unwrap();
    insta::assert_snapshot!(story.outcome().await, @"Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: Updating [1 begun]");
    story.ports.beanstalk.succeed("request-1");
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":null,"alreadyRunning":true,"since":"2026-01-02T03:04:05Z","started":false} [1 begun]"#);
}

#[tokio::test]
async fn a_lost_answer_does_not_repeat_the_deployment() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.lose_next_answer();
    insta::assert_snapshot!(story.outcome().await, @"Mist.ServiceUnavailable: elasticbeanstalk is unavailable: no answer [1 begun]");
    insta::assert_snapshot!(story.outcome().await, @"Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: Updating [1 begun]");
    story.ports.beanstalk.succeed("request-1");
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":null,"alreadyRunning":true,"since":"2026-01-02T03:04:05Z","started":false} [1 begun]"#);
    assert_eq!(story.running().as_deref(), Some("v2"));
}

#[tokio::test]
async fn a_lost_answer_of_a_deployment_that_failed_repeats_it() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.lose_next_answer();
    story.deploy().await.unwrap_err();
    story.ports.beanstalk.fail("request-1", &["Failed to deploy application."]);
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":"request-2","alreadyRunning":false,"since":"2026-01-02T03:04:05Z","started":false} [2 begun]"#);
}

#[tokio::test]
async fn refuses_an_environment_that_is_missing() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.outcome().await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml [0 begun]");
}

#[tokio::test]
async fn refuses_an_environment_that_is_terminating_or_terminated() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let story = given().await.with_version(VersionStatus::Usable);
        story.ports.beanstalk.change("Demo-QA-B", |it| it.status = status);
        assert_eq!(
            story.outcome().await,
            format!(
                "Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status}; create it again under the same name [0 begun]"
            )
        );
    }
}

#[tokio::test]
async fn waits_for_an_environment_that_is_busy() {
    use EnvironmentStatus::{Aborting, Launching, LinkingFrom, LinkingTo, Unknown, Updating};
    for status in [Aborting, Launching, LinkingFrom, LinkingTo, Unknown, Updating] {
        let story = given().await.with_version(VersionStatus::Usable);
        story.ports.beanstalk.change("Demo-QA-B", |it| it.status = status);
        assert_eq!(
            story.outcome().await,
            format!("Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: {status} [0 begun]")
        );
    }
}

#[tokio::test]
async fn deploys_the_same_label_again_to_an_unhealthy_environment() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.change("Demo-QA-B", |it| {
        it.version = Some("v2".to_owned());
        it.health.status = Some("Degraded".to_owned());
    });
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":"request-1","alreadyRunning":false,"since":"2026-01-02T03:04:05Z","started":false} [1 begun]"#);
}

#[test]
fn refuses_a_request_with_a_field_that_it_does_not_know() {
    let input = json!({
        "application": "Demo", "environment": "Demo-QA-B", "version": "v2", "force": true
    });
    let error = serde_json::from_value::<Request>(input).unwrap_err();
    assert!(error.to_string().starts_with("unknown field `force`"), "{error}");
}

#[tokio::test]
async fn an_environment_that_went_live_after_the_plan_is_not_deployed_to() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    assert_eq!(story.deploy().await.unwrap_err().code(), "Mist.EnvironmentIsLive");
    assert_eq!(story.ports.beanstalk.deployments(), 0);
}

#[tokio::test]
async fn a_version_that_completed_with_errors_is_deployed_again_although_it_is_healthy() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.deploy().await.unwrap();
    let message = "Update environment operation is complete, but with errors. For more information, \
                   see troubleshooting documentation.";
    story.ports.beanstalk.fail("request-1", &[message]);
    story.ports.beanstalk.change("Demo-QA-B", |it| it.version = Some("v2".to_owned()));
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":"request-2","alreadyRunning":false,"since":"2026-01-02T03:04:05Z","started":false} [2 begun]"#);
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_changes_nothing() {
    for story in [given().await, given().await.stopped()] {
        story.ports.locks.put("QA", held("bob", 2));
        let outcome = story.outcome().await;
        insta::allow_duplicates!(
            insta::assert_snapshot!(outcome, @"Mist.LockLost: this execution no longer holds the lock of the stack: deploy v2 by bob holds it (bob) [0 begun]")
        );
        assert_eq!(story.ports.beanstalk.version_of("Demo", "v2"), None);
        assert_eq!(story.ports.artifacts.content(&kept()), None);
    }
}

#[tokio::test]
async fn the_lease_is_renewed_while_the_environment_is_busy() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Updating);
    story.ports.clock.advance(Duration::from_secs(1000));
    assert!(story.outcome().await.starts_with("Mist.EnvironmentBusy: "));
    let lease = story.ports.locks.current("QA").lease.unwrap();
    assert_eq!(lease.expires, START + 1000 + LEASE_SECONDS);
}

#[tokio::test]
async fn a_stopped_environment_gets_its_instances_back_first() {
    let story = given().await.stopped();
    insta::assert_snapshot!(story.outcome().await, @"Mist.NotReady: environment `Demo-QA-B` is not ready yet: 0 of 2 instances serve [0 begun]");
    assert_eq!(story.ports.groups.capacity("Demo-QA-B"), Some(CAPACITY));
    assert!(story.outcome().await.starts_with("Mist.NotReady: "), "instances take time to start");
    assert!(story.ports.beanstalk.calls().is_empty(), "nothing else happens before");
    story.ports.groups.settle();
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":"request-1","alreadyRunning":false,"since":"2026-01-02T03:04:05Z","started":true} [1 begun]"#);
    story.ports.beanstalk.succeed("request-1");
    insta::assert_snapshot!(story.outcome().await, @r#"{"requestId":null,"alreadyRunning":true,"since":"2026-01-02T03:04:05Z","started":true} [1 begun]"#);
}

#[tokio::test]
async fn instances_that_do_not_start_in_time_are_an_error() {
    let story = given().await.stopped();
    story.deploy().await.unwrap_err();
    story.ports.clock.advance(Duration::from_mins(20));
    insta::assert_snapshot!(story.outcome().await, @"Mist.CapacityNotReached: 0 of 2 instances of environment `Demo-QA-B` serve after 1200 s [0 begun]");
}

#[tokio::test]
async fn a_capacity_that_was_never_remembered_is_not_made_up() {
    let story = given().await.stopped();
    story.ports.locks.put("QA", held("ada", 1));
    assert!(story.outcome().await.starts_with("Mist.SizesUnknown: "));
    assert!(story.ports.groups.capacity("Demo-QA-B").unwrap().is_stopped());
}

#[tokio::test]
async fn the_live_environment_is_deployed_to_only_in_place() {
    let mut story = given().await.with_version(VersionStatus::Usable);
    story.ports.dns.point("demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(story.outcome().await.starts_with("Mist.EnvironmentIsLive"));
    story.in_place = true;
    assert!(story.outcome().await.ends_with("[1 begun]"));
}

#[tokio::test]
async fn a_version_that_not_every_instance_runs_is_deployed_again() {
    let story = given().await.with_version(VersionStatus::Usable);
    story.ports.beanstalk.change("Demo-QA-B", |it| it.version = Some("v2".to_owned()));
    assert!(story.outcome().await.ends_with("[0 begun]"));
    let old = InstanceHealth {
        id: "i-2".to_owned(),
        version: Some("v1".to_owned()),
        deployment: Some("Deployed".to_owned()),
    };
    story.ports.beanstalk.put_instances("Demo-QA-B", [old]);
    assert!(story.outcome().await.ends_with("[1 begun]"));
}
