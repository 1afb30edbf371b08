//! Stories of this operation.

use mist_core::{ApplicationVersion, RecordType};
use mist_testkit::{
    FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeLedger, environment, held,
};
use serde_json::json;

use super::*;

const UPLOADED: &str = "releases/QA/v2.zip";
const KEPT: &str = "versions/Demo/v2/4-162.zip";
const ZIP: &[u8] = b"PK\x03\x04";

/// The world around a deployment of the upload `v2` to `Demo-QA-B`, which runs `v1`.
struct Story {
    world: World<FakeBeanstalk, FakeArtifacts, FakeDns, FakeLedger, FakeClock>,
    artifact: Option<Artifact>,
    in_place: bool,
}

impl Story {
    async fn deploy(&self) -> Result<Response, Error> {
        let input = json!({
            "stack": "QA",
            "holder": {"run": "ada", "fence": 1},
            "inPlace": self.in_place,
            "application": "Demo",
            "environment": "Demo-QA-B",
            "record": record(),
            "version": "v2",
            "artifact": self.artifact,
        });
        let request = serde_json::from_value(input).unwrap();
        run(&self.world, request).await
    }

    /// How it ends, as the state machine sees it, and how many deployments began in all.
    async fn told(&self) -> String {
        let told = match self.deploy().await {
            Ok(response) => serde_json::to_string(&response).unwrap(),
            Err(error) => format!("{}: {error}", error.code()),
        };
        format!("{told} [{} begun]", self.world.beanstalk.deployments())
    }

    fn processed(self, status: VersionStatus) -> Self {
        let bundle = Bundle { bucket: "artifacts".to_owned(), key: KEPT.to_owned() };
        let version = ApplicationVersion { bundle: Some(bundle), status };
        self.world.beanstalk.put_version("Demo", "v2", version);
        self
    }

    fn running(&self) -> Option<String> {
        let mut running = None;
        self.world.beanstalk.change("Demo-QA-B", |it| running.clone_from(&it.version));
        running
    }
}

async fn given() -> Story {
    let artifacts = FakeArtifacts::with([(UPLOADED, ZIP)]);
    Story {
        artifact: artifacts.find("artifacts", UPLOADED).await.ok(),
        world: World {
            beanstalk: FakeBeanstalk::with([environment("Demo-QA-B", "v1")]),
            artifacts,
            dns: FakeDns::leading(record(), "demo-qa-a.us-east-1.elasticbeanstalk.com"),
            ledger: FakeLedger::with("QA", held("ada", 1)),
            clock: FakeClock::default(),
        },
        in_place: false,
    }
}

fn record() -> RecordRef {
    let name = "qa.mist.test".parse().unwrap();
    RecordRef { zone: "Z1".to_owned(), name, kind: RecordType::Cname }
}

fn of_another_bundle() -> ApplicationVersion {
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: "other.zip".to_owned() };
    ApplicationVersion { bundle: Some(bundle), status: VersionStatus::Usable }
}

#[tokio::test]
async fn keeps_a_copy_and_waits_while_beanstalk_checks_it() {
    let story = given().await;
    let first = story.told().await;
    insta::assert_snapshot!(first, @"Mist.NotReady: version `v2` is not ready yet: processing [0 begun]");
    assert_eq!(story.told().await, first);
    assert_eq!(story.world.artifacts.content(KEPT).as_deref(), Some(ZIP));
    let version = story.world.beanstalk.version_of("Demo", "v2").unwrap();
    assert_eq!(version.bundle.unwrap().key, KEPT);
}

#[tokio::test]
async fn deploys_once_the_version_is_checked() {
    let story = given().await;
    story.deploy().await.unwrap_err();
    story.world.beanstalk.processed("Demo", "v2", VersionStatus::Usable);
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":"request-1","alreadyRunning":false,"since":"2026-01-02T03:04:05Z"} [1 begun]"#);
}

#[tokio::test]
async fn running_it_again_changes_nothing() {
    let story = given().await.processed(VersionStatus::Usable);
    story.deploy().await.unwrap();
    insta::assert_snapshot!(story.told().await, @"Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: Updating [1 begun]");
    story.world.beanstalk.succeed("request-1");
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":null,"alreadyRunning":true,"since":"2026-01-02T03:04:05Z"} [1 begun]"#);
}

#[tokio::test]
async fn a_lost_answer_leads_to_one_deployment_all_the_same() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.beanstalk.lose_next_answer();
    insta::assert_snapshot!(story.told().await, @"Mist.ServiceUnavailable: elasticbeanstalk could not be reached or is at fault: no answer [1 begun]");
    insta::assert_snapshot!(story.told().await, @"Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: Updating [1 begun]");
    story.world.beanstalk.succeed("request-1");
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":null,"alreadyRunning":true,"since":"2026-01-02T03:04:05Z"} [1 begun]"#);
    assert_eq!(story.running().as_deref(), Some("v2"));
}

#[tokio::test]
async fn a_lost_answer_of_a_deployment_that_failed_leads_to_another_one() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.beanstalk.lose_next_answer();
    story.deploy().await.unwrap_err();
    story.world.beanstalk.fail("request-1", &["Failed to deploy application."]);
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":"request-2","alreadyRunning":false,"since":"2026-01-02T03:04:05Z"} [2 begun]"#);
}

#[tokio::test]
async fn a_version_that_was_kept_before_needs_no_bundle() {
    let mut story = given().await.processed(VersionStatus::Usable);
    story.artifact = None;
    story.deploy().await.unwrap();
    story.world.beanstalk.succeed("request-1");
    assert_eq!(story.running().as_deref(), Some("v2"));
}

#[tokio::test]
async fn refuses_a_version_that_is_gone_and_has_no_bundle() {
    let story = Story { artifact: None, ..given().await };
    insta::assert_snapshot!(story.told().await, @"Mist.UnknownVersion: there is no version `v2`: no bundle `none`, and application `Demo` has no such version [0 begun]");
}

#[tokio::test]
async fn refuses_a_label_that_was_taken_after_the_plan() {
    let story = given().await;
    story.world.beanstalk.put_version("Demo", "v2", of_another_bundle());
    insta::assert_snapshot!(story.told().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`other.zip`); use a new label [0 begun]");
}

#[tokio::test]
async fn refuses_a_label_that_was_taken_just_before_ours() {
    let story = given().await;
    story.world.beanstalk.lose_next_label(of_another_bundle());
    insta::assert_snapshot!(story.told().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`other.zip`); use a new label [0 begun]");
}

#[tokio::test]
async fn refuses_a_label_that_has_no_bundle_of_ours() {
    let story = given().await;
    let sample = ApplicationVersion { bundle: None, status: VersionStatus::Usable };
    story.world.beanstalk.put_version("Demo", "v2", sample);
    insta::assert_snapshot!(story.told().await, @"Mist.VersionTaken: version `v2` of application `Demo` already has another bundle (`none`); use a new label [0 begun]");
}

#[tokio::test]
async fn refuses_a_version_that_beanstalk_could_not_process() {
    let story = given().await;
    story.deploy().await.unwrap_err();
    story.world.beanstalk.processed("Demo", "v2", VersionStatus::Failed);
    insta::assert_snapshot!(story.told().await, @"Mist.VersionUnusable: Beanstalk could not process version `v2` of application `Demo`; its events say why [0 begun]");
}

#[tokio::test]
async fn refuses_a_bundle_that_was_replaced_after_the_plan() {
    let story = given().await;
    story.world.artifacts.upload(UPLOADED, b"PK\x03\x04 another");
    insta::assert_snapshot!(story.told().await, @"Mist.ArtifactChanged: the bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again [0 begun]");
    assert_eq!(story.world.artifacts.content(KEPT), None);
    assert_eq!(story.world.beanstalk.version_of("Demo", "v2"), None);
}

#[tokio::test]
async fn a_bundle_that_is_replaced_later_does_not_change_what_is_deployed() {
    let story = given().await;
    story.deploy().await.unwrap_err();
    story.world.artifacts.upload(UPLOADED, b"PK\x03\x04 another");
    story.world.beanstalk.processed("Demo", "v2", VersionStatus::Usable);
    story.deploy().await.unwrap();
    assert_eq!(story.world.artifacts.content(KEPT).as_deref(), Some(ZIP));
}

#[tokio::test]
async fn refuses_an_environment_that_is_missing() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(story.told().await, @"Mist.EnvironmentMissing: Beanstalk has no environment `Demo-QA-B` [0 begun]");
}

#[tokio::test]
async fn refuses_an_environment_that_is_going_away_or_gone() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let story = given().await.processed(VersionStatus::Usable);
        story.world.beanstalk.change("Demo-QA-B", |it| it.status = status);
        assert_eq!(
            story.told().await,
            format!("Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status} [0 begun]")
        );
    }
}

#[tokio::test]
async fn waits_for_an_environment_that_is_busy() {
    use EnvironmentStatus::{Aborting, Launching, LinkingFrom, LinkingTo, Unknown, Updating};
    for status in [Aborting, Launching, LinkingFrom, LinkingTo, Unknown, Updating] {
        let story = given().await.processed(VersionStatus::Usable);
        story.world.beanstalk.change("Demo-QA-B", |it| it.status = status);
        assert_eq!(
            story.told().await,
            format!("Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: {status} [0 begun]")
        );
    }
}

#[tokio::test]
async fn deploys_the_same_label_again_to_an_unhealthy_environment() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.beanstalk.change("Demo-QA-B", |it| {
        it.version = Some("v2".to_owned());
        it.health.status = Some("Degraded".to_owned());
    });
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":"request-1","alreadyRunning":false,"since":"2026-01-02T03:04:05Z"} [1 begun]"#);
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
async fn a_side_that_went_live_after_the_plan_is_not_deployed_to() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.dns.point("Demo-QA-B.us-east-1.elasticbeanstalk.com.");
    assert_eq!(story.deploy().await.unwrap_err().code(), "Mist.EnvironmentIsLive");
    assert_eq!(story.world.beanstalk.deployments(), 0);
}

#[tokio::test]
async fn a_version_that_completed_with_errors_is_deployed_again_however_well_it_looks() {
    let story = given().await.processed(VersionStatus::Usable);
    story.deploy().await.unwrap();
    let message = "Update environment operation is complete, but with errors. For more information, \
                   see troubleshooting documentation.";
    story.world.beanstalk.fail("request-1", &[message]);
    story.world.beanstalk.change("Demo-QA-B", |it| it.version = Some("v2".to_owned()));
    insta::assert_snapshot!(story.told().await, @r#"{"requestId":"request-2","alreadyRunning":false,"since":"2026-01-02T03:04:05Z"} [2 begun]"#);
}

#[tokio::test]
async fn a_run_that_lost_the_lock_deploys_nothing() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.ledger.put("QA", held("bob", 1));
    insta::assert_snapshot!(story.told().await, @"Mist.LockLost: this run no longer has the lock of the stack: deploy v2 by bob holds it (bob) [0 begun]");
}

#[tokio::test]
async fn the_live_side_is_deployed_to_only_when_that_was_asked_for() {
    let mut story = given().await.processed(VersionStatus::Usable);
    story.world.dns.point("demo-qa-b.us-east-1.elasticbeanstalk.com");
    assert!(story.told().await.starts_with("Mist.EnvironmentIsLive"));
    story.in_place = true;
    assert!(story.told().await.ends_with("[1 begun]"));
}

#[tokio::test]
async fn a_version_that_not_every_instance_runs_is_deployed_again() {
    let story = given().await.processed(VersionStatus::Usable);
    story.world.beanstalk.change("Demo-QA-B", |it| it.version = Some("v2".to_owned()));
    assert!(story.told().await.ends_with("[0 begun]"));
    let old = InstanceHealth {
        id: "i-2".to_owned(),
        version: Some("v1".to_owned()),
        deployment: Some("Deployed".to_owned()),
    };
    story.world.beanstalk.put_instances("Demo-QA-B", [old]);
    assert!(story.told().await.ends_with("[1 begun]"));
}
