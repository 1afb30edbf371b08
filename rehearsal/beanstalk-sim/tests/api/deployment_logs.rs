//! The deployment log that an instance uploads to the storage bucket.

use beanstalk_sim::{Bundles, Fault, Location, Settings};

use crate::stage::{Stage, option, stage, stage_with};

const VARIABLES: &str = "aws:elasticbeanstalk:application:environment";

/// The log of a request, if there is one: its lines without their time.
async fn log(stage: &Stage, request_id: &str) -> Option<Vec<String>> {
    let environment = stage.describe("shop-a").await.unwrap();
    let id = environment.environment_id().unwrap();
    let key =
        format!("resources/environments/logs/deployments/{id}/eb-deployment-{request_id}.log");
    let location = Location { bucket: "elasticbeanstalk-us-east-1-000000000000".to_owned(), key };
    let file = tempfile::NamedTempFile::new().unwrap();
    stage.bundles.fetch(&location, file.path()).await.ok()?;
    let text = std::fs::read_to_string(file.path()).unwrap();
    let without_time = |line: &str| line.find('[').map_or(line, |start| &line[start..]).to_owned();
    Some(text.lines().map(without_time).collect())
}

/// The log once its last line is there, which is uploaded in the background.
async fn finished(stage: &Stage, request_id: &str) -> Vec<String> {
    stage
        .wait(async || {
            let lines = log(stage, request_id).await?;
            let is_end = |line: &String| line.contains("Completed") || line.contains("[ERROR]");
            lines.iter().any(is_end).then_some(lines)
        })
        .await
}

async fn deploy(stage: &Stage, label: &str) -> String {
    let request_id = stage.begin("shop-a", label).await;
    stage.last_words(&request_id).await;
    request_id
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_and_deployments_that_succeed_log_summaries() {
    let stage = stage().await;
    stage.environment_with("shop-a", &[option("aws:autoscaling:asg", "MinSize", "2")]).await;
    let events = stage.client.describe_events().environment_name("shop-a").send().await.unwrap();
    let creation = events.events().iter().find_map(|event| event.request_id()).unwrap();
    let lines =
        ["[INFO] Starting Application deployment", "[INFO] Completed Application deployment"];
    assert_eq!(finished(&stage, creation).await, lines);
    let request_id = deploy(&stage, "v2").await;
    assert_eq!(finished(&stage, &request_id).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_step_logs_the_last_50_lines_of_its_output() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let broken = "web: for i in $(seq 60); do echo line $i; done; exit 3";
    stage.version("broken", &[("Procfile", broken)]).await;
    let request_id = deploy(&stage, "broken").await;
    let lines = finished(&stage, &request_id).await;
    assert_eq!(lines[0], "[INFO] Starting Application deployment");
    assert!(lines[1].starts_with("[ERROR] process `web` has ended (exit status: 3)"), "{lines:?}");
    let output: Vec<_> = (11..=60).map(|number| format!("line {number}")).collect();
    assert_eq!(lines[2..], output);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_does_not_listen_on_its_port_is_named_in_the_log() {
    let settings = Settings { time_scale: 1000.0, process_seconds: 1.0, ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.environment("shop-a").await;
    stage.version("deaf", &[("Procfile", "web: sleep 1000")]).await;
    let request_id = deploy(&stage, "deaf").await;
    let failed = stage
        .wait(async || {
            let lines = log(&stage, &request_id).await?;
            lines.iter().any(|line| line.starts_with("[ERROR]")).then_some(lines)
        })
        .await;
    let silence = "to which the proxy server passes requests; process `web` listens on no port";
    let warned =
        |level: &str| failed.iter().any(|line| line.starts_with(level) && line.contains(silence));
    assert!(warned("[WARN]") && warned("[ERROR]"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_fails_without_output_logs_an_error() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::FailDeploy);
    let request_id = deploy(&stage, "v2").await;
    assert_eq!(
        finished(&stage, &request_id).await,
        [
            "[INFO] Starting Application deployment",
            "[ERROR] An error occurred during execution of command [app-deploy]",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_uploaded_where_a_property_turns_it_off() {
    let stage = stage().await;
    let disabled = option(VARIABLES, "EB_DEPLOYMENT_LOG_S3_DISABLED", "true");
    stage.environment_with("shop-a", &[disabled]).await;
    let silent = deploy(&stage, "v2").await;
    let request = stage.client.update_environment().environment_name("shop-a").version_label("v1");
    let enabled = option(VARIABLES, "EB_DEPLOYMENT_LOG_S3_DISABLED", "false");
    let answer = request.option_settings(enabled).send().await.unwrap();
    let request_id = aws_sdk_elasticbeanstalk::operation::RequestId::request_id(&answer).unwrap();
    finished(&stage, request_id).await;
    assert_eq!(log(&stage, &silent).await, None);
}
