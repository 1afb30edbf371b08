//! Interrupted operations, and the cleanup after them.

use aws_sdk_elasticbeanstalk::types::EnvironmentDescription;
use beanstalk_sim::Fault;
use serde_json::{Value, json};

use crate::stage::{Stage, health, http, option, stage, status};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";

/// The answer of a control request.
async fn control(stage: &Stage, path: &str, document: Value) -> u16 {
    let url = format!("{}/_sim/{path}", stage.simulator.url());
    http().post(url).json(&document).send().await.unwrap().status().as_u16()
}

fn is_ok(environment: &EnvironmentDescription) -> bool {
    health(environment) == "Ready Ok"
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_aborted_while_processes_start_leaves_the_old_version_running() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.version("slow", &[("Procfile", "web: sleep 1000")]).await;
    stage.begin("shop-a", "slow").await;
    let starts = async || (stage.get(CNAME, "/").await.unwrap().status() == 502).then_some(());
    stage.wait(starts).await;
    stage.client.abort_environment_update().environment_name("shop-a").send().await.unwrap();
    let environment = stage.until("shop-a", is_ok).await;
    assert_eq!(environment.version_label(), Some("v1"));
    assert_eq!(stage.home(CNAME).await, "v1: <h1>v1</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_update_restores_the_settings() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::Slow { factor: 1000.0 });
    let request = stage.client.update_environment().environment_name("shop-a");
    let request = request.option_settings(option("aws:autoscaling:asg", "MinSize", "3"));
    request
        .solution_stack_name("64bit Amazon Linux 2023 v4.6.0 running PHP 8.4")
        .send()
        .await
        .unwrap();
    let before = "64bit Amazon Linux 2023 v4.7.4 running PHP 8.4";
    stage.simulator.clear_faults("shop-a");
    stage.client.abort_environment_update().environment_name("shop-a").send().await.unwrap();
    let environment = stage.until("shop-a", is_ok).await;
    assert_eq!(environment.solution_stack_name(), Some(before));
    assert_eq!(stage.instances("shop-a").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_platform_update_restores_the_platform() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::FailConfiguration);
    let request = stage.client.update_environment().environment_name("shop-a");
    let request = request.option_settings(option("aws:autoscaling:asg", "MaxSize", "3"));
    let request = request.solution_stack_name("64bit Amazon Linux 2023 v4.6.0 running PHP 8.4");
    request.send().await.unwrap();
    let environment = stage.until("shop-a", |environment| status(environment) == "Ready").await;
    let stack = environment.solution_stack_name().unwrap();
    assert!(!stack.contains("4.6.2"), "{stack}");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_of_a_swap_may_be_terminated_meanwhile() {
    for gone in ["shop-a", "shop-b"] {
        let stage = stage().await;
        for name in ["shop-a", "shop-b"] {
            stage.environment(name).await;
            stage.simulator.set_fault(name, Fault::Slow { factor: 100.0 });
        }
        let swap = stage.client.swap_environment_cnames().source_environment_name("shop-a");
        swap.destination_environment_name("shop-b").send().await.unwrap();
        let terminate = stage.client.terminate_environment().environment_name(gone);
        terminate.force_terminate(true).send().await.unwrap();
        let left = if gone == "shop-a" { "shop-b" } else { "shop-a" };
        let environment = stage.until(left, |environment| status(environment) == "Ready").await;
        let own = format!("{left}.us-east-1.elasticbeanstalk.com");
        assert_eq!(environment.cname(), Some(own.as_str()), "without {gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_update_that_worked_is_remembered_as_such() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    assert_eq!(control(&stage, "environments/shop-a/managed-update", json!({})).await, 204);
    stage.until("shop-a", |environment| status(environment) == "Ready").await;
    stage.begin("shop-a", "v2").await;
    let request = stage.client.describe_environment_managed_action_history();
    let history = request.environment_name("shop-a").send().await.unwrap();
    let items = history.managed_action_history_items();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].status().unwrap().as_str(), "Completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn time_never_goes_back_when_two_move_it() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.stop_time(true);
    let far = async {
        stage.simulator.advance_time(2000.0).await.unwrap();
    };
    let near = async {
        for _ in 0..50 {
            stage.simulator.advance_time(1.0).await.unwrap();
        }
    };
    let before = seconds(&stage).await;
    tokio::join!(far, near);
    assert!((seconds(&stage).await - before - 2050.0).abs() < 0.01);
}

async fn seconds(stage: &Stage) -> f64 {
    let url = format!("{}/_sim/time", stage.simulator.url());
    let time: Value = http().get(url).send().await.unwrap().json().await.unwrap();
    time["seconds"].as_f64().unwrap()
}
