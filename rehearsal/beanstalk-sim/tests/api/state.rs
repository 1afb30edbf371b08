//! The state file and restarts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_elasticbeanstalk::operation::RequestId;
use aws_sdk_elasticbeanstalk::types::Tag;
use beanstalk_sim::{
    Error, Fault, HealthStatus, MemoryBundles, Scenario, Settings, Simulator, StateError,
};
use tempfile::TempDir;

use crate::stage::{
    APPLICATION, Stage, client, health, http, option, refusal, stage_with, status, usual,
};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";

/// A folder for a state file.
struct Kept {
    folder: TempDir,
}

impl Kept {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("state.json")
    }

    fn settings(&self) -> Settings {
        Settings { time_scale: 1000.0, state: Some(self.file()), ..Settings::default() }
    }

    async fn stage(&self) -> Stage {
        stage_with(self.settings()).await
    }

    /// A simulator that continues from the state of another one.
    async fn again(&self, before: Stage) -> Stage {
        let Stage { simulator, bundles, .. } = before;
        simulator.stop().await;
        drop(simulator);
        self.with(self.settings(), bundles).await
    }

    async fn with(&self, settings: Settings, bundles: Arc<MemoryBundles>) -> Stage {
        let simulator =
            Simulator::start_with(settings, Arc::<MemoryBundles>::clone(&bundles)).await.unwrap();
        let client = client(&simulator.url());
        Stage { simulator, client, bundles }
    }
}

async fn events(stage: &Stage) -> Vec<String> {
    let events = stage.client.describe_events().send().await.unwrap().events.unwrap();
    events.iter().map(crate::stage::line).collect()
}

async fn faults(stage: &Stage) -> serde_json::Value {
    let url = format!("{}/_sim/faults", stage.simulator.url());
    http().get(url).send().await.unwrap().json().await.unwrap()
}

/// Advances time until the environment meets a condition.
async fn step_until(stage: &Stage, wanted: impl Fn(&str) -> bool) {
    for _ in 0..1000 {
        let events = events(stage).await;
        if events.first().is_some_and(|event| wanted(event)) {
            return;
        }
        assert!(stage.simulator.step_time().await.unwrap(), "nothing more happens: {events:#?}");
    }
    panic!("that never happens");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_state() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    let request = stage.client.create_environment().application_name(APPLICATION);
    let request = request.environment_name("shop-a").cname_prefix("shop-a").version_label("v1");
    let request = request.tags(Tag::builder().key("team").value("red").build());
    let two = option("aws:autoscaling:asg", "MinSize", "2");
    let request = request.set_option_settings(Some([&usual()[..], &[two]].concat()));
    request.send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    stage.deploy("shop-a", "v2").await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    stage.simulator.set_fault("shop-b", Fault::FailDeploy);
    let before = stage.describe("shop-a").await.unwrap();
    let (ids, told) = (stage.instance_ids("shop-a").await, events(&stage).await);
    let (address, port) = (stage.simulator.address_of(CNAME), stage.simulator.data_port());

    let stage = kept.again(stage).await;
    let after = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(after.environment_id(), before.environment_id());
    assert_eq!((after.version_label(), after.date_created()), (Some("v2"), before.date_created()));
    assert_eq!(stage.instance_ids("shop-a").await, ids);
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed"; 2]);
    assert_eq!(stage.simulator.address_of(CNAME), address);
    assert_eq!(stage.simulator.data_port(), port);
    stage
        .wait(async || {
            let response = stage.get(CNAME, "/").await.ok()?;
            response.status().is_success().then_some(())
        })
        .await;
    assert_eq!(stage.home(CNAME).await, "v2: <h1>v2</h1>");
    let told_after = events(&stage).await;
    assert!(told_after.ends_with(&told), "{told_after:#?}");
    let arn = before.environment_arn().unwrap();
    let tags = stage.client.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert!(tags.resource_tags().iter().any(|tag| tag.value() == Some("red")), "{tags:?}");
    assert_eq!(
        faults(&stage).await,
        serde_json::json!([{"fault": "fail_deploy", "environment": "shop-b"}])
    );

    stage.deploy("shop-a", "v1").await;
    assert_eq!(stage.instances("shop-a").await, ["v1 #3 Deployed"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_saved_soon_and_not_only_at_the_end() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    stage
        .wait(async || fs::read_to_string(kept.file()).ok().filter(|text| text.contains("\"v2\"")))
        .await;
    http().post(format!("{}/_sim/reset", stage.simulator.url())).send().await.unwrap();
    let text = fs::read_to_string(kept.file()).unwrap();
    assert!(!text.contains("\"v2\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_is_no_longer_available_does_not_run() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    stage.environment("shop-a").await;
    stage.simulator.stop().await;
    let stage = kept.with(kept.settings(), Arc::default()).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    assert_eq!(stage.instance_ids("shop-a").await.len(), 1);
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_expires_after_a_restart_at_its_moment() {
    let kept = Kept::new();
    let by_hand = Settings { manual_time: true, ..kept.settings() };
    let stage = stage_with(by_hand.clone()).await;
    stage
        .simulator
        .play(Scenario::parse("- {after: 0, for: 300, fault: throttle, calls: 1000}").unwrap());
    let health = Fault::Health { status: HealthStatus::Severe, seconds: Some(200.0) };
    stage.simulator.set_fault("shop-a", health);
    stage.simulator.advance_time(150.0).await.unwrap();
    stage.simulator.stop().await;

    let stage = kept.with(by_hand, stage.bundles).await;
    let mut left = Vec::new();
    for seconds in [49.0, 2.0, 98.0, 2.0] {
        stage.simulator.advance_time(seconds).await.unwrap();
        left.push(faults(&stage).await.as_array().unwrap().len());
    }
    assert_eq!(left, [2, 1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_starts_again() {
    let kept = Kept::new();
    let by_hand = Settings { manual_time: true, ..kept.settings() };
    let stage = stage_with(by_hand.clone()).await;
    let request = stage.client.create_environment().application_name(APPLICATION);
    let request = request.environment_name("shop-a").cname_prefix("shop-a").version_label("v2");
    let request = request.set_option_settings(Some(usual().to_vec()));
    let request_id = request.send().await.unwrap().request_id().unwrap().to_owned();
    step_until(&stage, |event| event.contains("Added instance")).await;

    let stage = kept.again(stage).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    let events = stage.events_of(&request_id).await;
    let count = |words| events.iter().filter(|event| event.contains(words)).count();
    assert_eq!(count("createEnvironment is starting."), 2);
    assert_eq!(count("Successfully launched environment: shop-a"), 1);
    assert_eq!(stage.instances("shop-a").await, ["v2 #1 Deployed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_ends_as_an_aborted_one_does() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    stage.environment("shop-a").await;
    stage.simulator.stop_time(true);
    let request_id = stage.begin("shop-a", "v2").await;
    step_until(&stage, |event| event.contains("Deploying new version")).await;

    let stage = kept.again(stage).await;
    let after = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(after.version_label(), Some("v1"));
    let words = stage.last_words(&request_id).await;
    insta::assert_snapshot!(words, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    INFO  Environment update is aborting.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");
    stage.deploy("shop-a", "v2").await;
    assert_eq!(stage.home(CNAME).await, "v2: <h1>v2</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_is_finished() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    stage.environment("shop-a").await;
    stage.simulator.stop_time(true);
    stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    step_until(&stage, |event| event.contains("terminateEnvironment is starting")).await;

    let stage = kept.again(stage).await;
    stage.wait(async || stage.describe("shop-a").await.is_none().then_some(())).await;
    assert!(events(&stage).await[0].contains("terminateEnvironment completed successfully."));
    assert!(stage.simulator.address_of(CNAME).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_dates_go_on_where_they_stopped() {
    let kept = Kept::new();
    let start_time = Some("2026-01-01T00:00:00Z".parse().unwrap());
    let settings = Settings { start_time, manual_time: true, ..kept.settings() };
    let stage = stage_with(settings.clone()).await;
    stage.simulator.advance_time(3600.0).await.unwrap();
    stage.simulator.stop().await;
    let stage = kept.with(Settings { start_time: None, ..settings }, stage.bundles).await;
    let created = stage.client.create_application().application_name("later").send().await.unwrap();
    let created = created.application().unwrap().date_created().unwrap().secs();
    assert_eq!(jiff::Timestamp::from_second(created).unwrap().to_string(), "2026-01-01T01:00:00Z");
}

async fn refused(file: &Path, settings: Settings) -> StateError {
    let before = fs::read(file).unwrap();
    let error = match Simulator::start_with(settings, Arc::<MemoryBundles>::default()).await {
        Err(Error::State(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(fs::read(file).unwrap(), before, "the file must be untouched");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_fit_is_refused() {
    let kept = Kept::new();
    let (file, settings) = (kept.file(), kept.settings());
    for damaged in ["", "{", "{\"version\": 1}", "[]", "{\"version\": \"1\"}", "\0"] {
        fs::write(&file, damaged).unwrap();
        let error = refused(&file, settings.clone()).await;
        assert!(matches!(error, StateError::Damaged { .. }), "{damaged}: {error}");
    }
    fs::write(&file, "{\"version\": 99}").unwrap();
    let error = refused(&file, settings.clone()).await;
    assert!(matches!(error, StateError::UnknownVersion { version: 99, .. }), "{error}");

    fs::remove_file(&file).unwrap();
    kept.stage().await.simulator.stop().await;
    let elsewhere = Settings { region: "eu-west-1".to_owned(), ..settings.clone() };
    let error = refused(&file, elsewhere).await;
    assert!(error.to_string().contains("belongs to account 000000000000 in us-east-1"), "{error}");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"label\":\"v1\"", "\"label\":7")).unwrap();
    let error = refused(&file, settings).await;
    assert!(error.to_string().contains("knowledge.versions[0].label"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_one_user() {
    let kept = Kept::new();
    let stage = kept.stage().await;
    stage.wait(async || kept.file().exists().then_some(())).await;
    let second = Simulator::start_with(kept.settings(), Arc::<MemoryBundles>::default()).await;
    assert!(matches!(second, Err(Error::State(StateError::InUse(_)))), "{second:?}");
    stage.simulator.stop().await;
    Simulator::start_with(kept.settings(), Arc::<MemoryBundles>::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn simulators_side_by_side_share_nothing() {
    let (one, other) = (Kept::new(), Kept::new());
    let (one, other) = (one.stage().await, other.stage().await);
    tokio::join!(one.environment("shop-a"), other.environment("shop-a"));
    one.deploy("shop-a", "v2").await;
    assert_eq!(one.home(CNAME).await, "v2: <h1>v2</h1>");
    assert_eq!(other.home(CNAME).await, "v1: <h1>v1</h1>");
    one.simulator.set_fault("shop-a", Fault::AnswerWith { status: 418 });
    assert_eq!(other.get(CNAME, "/").await.unwrap().status().as_u16(), 200);
    let calls = other.simulator.calls();
    assert!(calls.iter().all(|call| call.operation != "UpdateEnvironment"), "{calls:?}");
    one.client.create_application().application_name("own").send().await.unwrap();
    let unknown =
        other.client.create_environment().application_name("own").environment_name("shop-b");
    let refusal = refusal(unknown.send().await);
    assert!(refusal.contains("No Application named 'own' found."), "{refusal}");
    one.simulator.stop().await;
    assert_eq!(other.home(CNAME).await, "v1: <h1>v1</h1>");
    assert_eq!(status(&other.describe("shop-a").await.unwrap()), "Ready");
}
