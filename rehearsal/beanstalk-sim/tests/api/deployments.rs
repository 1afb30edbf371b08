//! Deployments: their events, descriptions and results.

use beanstalk_sim::{Fault, Settings};

use crate::stage::{health, option, refusal, stage, stage_with, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_records_its_events_and_changes_the_label() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    INFO  Instance deployment completed successfully.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");

    let environment = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(environment.version_label(), Some("v2"));
    assert_eq!(environment.health().unwrap().as_str(), "Green");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed"]);
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v2: <h1>v2</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_answer_shows_the_new_label_until_the_deployment_is_done() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::StuckUpdating);

    let request = stage.client.update_environment().environment_name("shop-a").version_label("v2");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.version_label(), Some("v2"));
    let shown = stage.describe("shop-a").await.unwrap();
    assert_eq!(shown.version_label(), Some("v1"));
    let colours = [answer.health(), shown.health()].map(|colour| colour.unwrap().as_str());
    assert_eq!(colours, ["Grey", "Green"]);
    assert_eq!((answer.status().unwrap().as_str(), status(&shown)), ("Updating", "Updating"));
    assert_eq!(shown.abortable_operation_in_progress(), Some(true));
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");

    stage.simulator.clear_faults("shop-a");
    stage.until("shop-a", |environment| environment.version_label() == Some("v2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deployment_keeps_the_old_version() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::FailDeploy);
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    ERROR Instance deployment failed. For details, see 'eb-engine.log'.
    ERROR [Instance: i-1] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
    INFO  Command execution completed on all instances. Summary: [Successful: 0, Failed: 1].
    ERROR Unsuccessful command execution on instance id(s) 'i-1'. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");

    let environment = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(environment.version_label(), Some("v1"));
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Failed"]);
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_zip_fails_the_deployment() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.version_of("broken", b"no zip".to_vec()).await;
    let events = stage.deploy("shop-a", "broken").await;
    assert!(events.contains("ERROR Failed to deploy application."), "{events}");
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_stay_unhealthy_fail_the_deployment_but_run_the_new_version() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::Unhealthy);
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    INFO  Instance deployment completed successfully.
    ERROR Instance id(s) 'i-1' did not pass health check after command execution. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");

    let environment = stage.describe("shop-a").await.unwrap();
    assert_eq!(environment.version_label(), Some("v1"));
    assert_eq!(health(&environment), "Ready Severe");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed"]);
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v2: <h1>v2</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_do_not_answer_run_into_the_command_timeout() {
    let stage = stage().await;
    stage
        .environment_with("shop-a", &[option("aws:elasticbeanstalk:command", "Timeout", "60")])
        .await;
    stage.simulator.set_fault("shop-a", Fault::CommandTimeout);
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    WARN  The following instances have not responded in the allowed command timeout time (they might still finish eventually on their own): [i-1].
    INFO  Command execution completed on all instances. Summary: [Successful: 0, TimedOut: 1].
    ERROR Unsuccessful command execution on instance id(s) 'i-1'. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_with_errors_moves_the_label_though_nothing_works() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::CompleteWithErrors);
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    ERROR Instance deployment failed. For details, see 'eb-engine.log'.
    ERROR [Instance: i-1] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
    INFO  Command execution completed on all instances. Summary: [Successful: 0, Failed: 1].
    INFO  New application version was deployed to running EC2 instances.
    ERROR Update environment operation is complete, but with errors. For more information, see troubleshooting documentation.
    ");

    let environment = stage.describe("shop-a").await.unwrap();
    assert_eq!(environment.version_label(), Some("v2"));
    assert_eq!(health(&environment), "Ready Degraded");
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_partial_deployment_leaves_one_instance_behind() {
    let stage = stage().await;
    let options = [
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"),
        option("aws:autoscaling:asg", "MinSize", "2"),
    ];
    stage.environment_with("shop-a", &options).await;
    stage.simulator.set_fault("shop-a", Fault::SilentPartial);
    let events = stage.deploy("shop-a", "v2").await;
    assert!(events.ends_with("INFO  Environment update completed successfully."), "{events}");
    assert!(!events.contains("ERROR"), "{events}");

    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed", "v1 #1 Deployed"]);
    let cname = "shop-a.us-east-1.elasticbeanstalk.com";
    let mut pages = vec![stage.home(cname).await, stage.home(cname).await];
    pages.sort();
    assert_eq!(pages, ["v1: <h1>v1</h1>", "v2: <h1>v2</h1>"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_health_does_not_keep_the_label_from_changing() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::HealthNeverGood);
    let events = stage.deploy("shop-a", "v2").await;
    assert!(events.ends_with("INFO  Environment update completed successfully."), "{events}");

    let environment = stage.describe("shop-a").await.unwrap();
    assert_eq!(environment.version_label(), Some("v2"));
    assert_eq!(health(&environment), "Ready Severe");
    assert_eq!(environment.health().unwrap().as_str(), "Red");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_label_again_is_another_deployment() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let events = stage.deploy("shop-a", "v1").await;
    assert!(events.ends_with("INFO  Environment update completed successfully."), "{events}");
    assert_eq!(stage.instances("shop-a").await, ["v1 #2 Deployed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_environment_refuses_an_update() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::StuckUpdating);
    stage.begin("shop-a", "v2").await;
    let again = stage
        .client
        .update_environment()
        .environment_name("shop-a")
        .version_label("v2")
        .send()
        .await;
    insta::assert_snapshot!(refusal(again), @"InvalidParameterValue: Environment named shop-a is in an invalid state for this operation. Must be Ready.");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_resources_are_refused() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let update = || stage.client.update_environment();
    insta::assert_snapshot!(refusal(update().environment_name("nope").version_label("v1").send().await), @"InvalidParameterValue: No Environment found for EnvironmentName = 'nope'.");
    insta::assert_snapshot!(refusal(update().environment_id("e-nope").version_label("v1").send().await), @"InvalidParameterValue: No Environment found for EnvironmentId = 'e-nope'.");
    insta::assert_snapshot!(refusal(update().environment_name("shop-a").version_label("v9").send().await), @"InvalidParameterValue: No Application Version named 'v9' found.");
    insta::assert_snapshot!(refusal(update().version_label("v1").send().await), @"MissingParameter: The request must contain the parameter EnvironmentName.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_update_keeps_the_old_label() {
    let stage =
        stage_with(Settings { time_scale: 100.0, deploy_seconds: 10_000.0, ..Settings::default() })
            .await;
    stage.simulator.set_fault("shop-a", Fault::DeploySeconds { seconds: 42.0 });
    stage.environment("shop-a").await;
    stage.simulator.clear_faults("shop-a");

    let request_id = stage.begin("shop-a", "v2").await;
    stage.simulator.set_fault("shop-a", Fault::Slow { factor: 20.0 });
    stage.client.abort_environment_update().environment_name("shop-a").send().await.unwrap();
    assert_eq!(status(&stage.describe("shop-a").await.unwrap()), "Aborting");
    let environment = stage.until("shop-a", |environment| status(environment) == "Ready").await;
    assert_eq!(environment.version_label(), Some("v1"));
    let events = stage.last_words(&request_id).await;
    let expected = ["Environment update is aborting.", "ERROR During an aborted deployment"];
    assert!(expected.iter().all(|words| events.contains(words)), "{events}");

    let again = stage.client.abort_environment_update().environment_name("shop-a").send().await;
    insta::assert_snapshot!(refusal(again), @"InvalidParameterValue: Environment named shop-a is in an invalid state for this operation. Must be pending deployment.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_update_refuses_to_be_aborted_and_to_be_terminated() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::StuckUpdating);
    stage.begin("shop-a", "v2").await;
    insta::assert_snapshot!(refusal(stage.client.abort_environment_update().environment_name("shop-a").send().await), @"InvalidParameterValue: Environment named shop-a is in an invalid state for this operation. Must be pending deployment.");
    insta::assert_snapshot!(refusal(stage.client.terminate_environment().environment_name("shop-a").send().await), @"InvalidParameterValue: Cannot terminate environment named shop-a. It is currently pending deployment.");
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_environments_deploy_side_by_side() {
    let stage = stage().await;
    let names: Vec<_> = (0..40).map(|number| format!("shop-{number}")).collect();
    for name in &names {
        let request =
            stage.client.create_environment().application_name("shop").environment_name(name);
        request.version_label("v1").send().await.unwrap();
    }
    for name in &names {
        stage.until(name, |environment| status(environment) == "Ready").await;
        stage.begin(name, "v2").await;
    }
    for name in &names {
        let environment =
            stage.until(name, |environment| environment.version_label() == Some("v2")).await;
        assert_eq!(stage.home(environment.cname().unwrap()).await, "v2: <h1>v2</h1>");
    }
}
