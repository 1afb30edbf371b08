//! Creation, swap and termination.

use aws_sdk_elasticbeanstalk::operation::RequestId;
use aws_sdk_elasticbeanstalk::types::EnvironmentTier;
use beanstalk_sim::{Fault, Settings};

use crate::stage::{APPLICATION, health, option, refusal, stage, stage_with, status, usual};

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_records_its_events() {
    let stage = stage().await;
    let request =
        stage.client.create_environment().application_name(APPLICATION).environment_name("shop-a");
    let request = request.set_option_settings(Some(usual().to_vec()));
    let answer = request.cname_prefix("Shop-A").version_label("v1").send().await.unwrap();
    assert_eq!(answer.status().unwrap().as_str(), "Launching");
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  createEnvironment is starting.
    INFO  Using elasticbeanstalk-us-east-1-000000000000 as Amazon S3 storage bucket for environment data.
    INFO  Created EIP: 127.0.1.1
    INFO  Created Auto Scaling group named: awseb-e-1-stack-AWSEBAutoScalingGroup-1
    INFO  Waiting for EC2 instances to launch. This may take a few minutes.
    INFO  Added instance [i-1] to your environment.
    INFO  Instance deployment completed successfully.
    INFO  Application available at shop-a.us-east-1.elasticbeanstalk.com.
    INFO  Successfully launched environment: shop-a
    ");

    let environment = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(environment.cname(), Some("shop-a.us-east-1.elasticbeanstalk.com"));
    assert_eq!(environment.endpoint_url(), Some("127.0.1.1"));
    assert_eq!(
        environment.environment_arn(),
        Some("arn:aws:elasticbeanstalk:us-east-1:000000000000:environment/shop/shop-a")
    );
    let id = environment.environment_id().unwrap();
    assert!(id.starts_with("e-") && id.len() == 12, "{id}");
    assert_eq!(environment.tier().unwrap().name(), Some("WebServer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_balanced_environment_has_a_host_name_for_an_endpoint() {
    let stage = stage().await;
    stage
        .environment_with(
            "shop-a",
            &[option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced")],
        )
        .await;
    let environment = stage.describe("shop-a").await.unwrap();
    let endpoint = environment.endpoint_url().unwrap();
    assert!(endpoint.ends_with(".us-east-1.elb.amazonaws.com"), "{endpoint}");
    assert_eq!(
        stage.simulator.address_of(endpoint),
        stage.simulator.address_of(environment.cname().unwrap())
    );
    assert!(stage.simulator.address_of(endpoint).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_health_knows_colours_only() {
    let stage = stage().await;
    let basic = option("aws:elasticbeanstalk:healthreporting:system", "SystemType", "basic");
    let request =
        stage.client.create_environment().application_name(APPLICATION).environment_name("shop-a");
    request.option_settings(basic).send().await.unwrap();
    let green = |environment: &aws_sdk_elasticbeanstalk::types::EnvironmentDescription| {
        environment.health().unwrap().as_str() == "Green"
    };
    let environment = stage.until("shop-a", green).await;
    assert_eq!(environment.health_status(), None);
    let answer = stage.client.describe_environment_health().environment_name("shop-a").send().await;
    insta::assert_snapshot!(refusal(answer), @"InvalidRequestException: DescribeEnvironmentHealth is not supported.");
    let answer = stage.client.describe_instances_health().environment_name("shop-a").send().await;
    insta::assert_snapshot!(refusal(answer), @"InvalidRequestException: DescribeInstancesHealth is not supported.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_has_a_queue_and_no_host_name() {
    let stage = stage().await;
    let tier = EnvironmentTier::builder().name("Worker").r#type("SQS/HTTP").build();
    let request =
        stage.client.create_environment().application_name(APPLICATION).environment_name("jobs");
    request.tier(tier).version_label("v1").send().await.unwrap();
    let environment = stage.until("jobs", |environment| status(environment) == "Ready").await;
    assert_eq!((environment.cname(), environment.endpoint_url()), (None, None));
    let resources = stage
        .client
        .describe_environment_resources()
        .environment_name("jobs")
        .send()
        .await
        .unwrap();
    assert_eq!(resources.environment_resources().unwrap().queues().len(), 1);

    stage.environment("shop-a").await;
    let swap = stage.client.swap_environment_cnames().source_environment_name("shop-a");
    insta::assert_snapshot!(refusal(swap.destination_environment_name("jobs").send().await), @"InvalidParameterValue: Environment named jobs is a worker environment, which has no CNAME to swap.");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_must_be_valid_and_free() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let create = || stage.client.create_environment().application_name(APPLICATION);
    insta::assert_snapshot!(refusal(create().environment_name("abc").send().await), @"ValidationError: 1 validation error detected: Value 'abc' at 'environmentName' failed to satisfy constraint: Member must have length greater than or equal to 4");
    insta::assert_snapshot!(refusal(create().environment_name("-shop").send().await), @"InvalidParameterValue: Value -shop at 'EnvironmentName' failed to satisfy constraint: Member must contain only letters, digits, and the dash character and may not start or end with a dash");
    insta::assert_snapshot!(refusal(create().environment_name("shop-a").send().await), @"InvalidParameterValue: Environment shop-a already exists.");
    insta::assert_snapshot!(refusal(create().environment_name("shop-b").cname_prefix("SHOP-A").send().await), @"InvalidParameterValue: DNS name (shop-a.us-east-1.elasticbeanstalk.com) is not available.");
    insta::assert_snapshot!(refusal(create().environment_name("shop-b").solution_stack_name("BeOS").send().await), @"InvalidParameterValue: No Solution Stack named 'BeOS' found.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_leaves_an_unhealthy_environment() {
    let stage = stage().await;
    stage.simulator.set_fault("shop-a", Fault::FailDeploy);
    let request =
        stage.client.create_environment().application_name(APPLICATION).environment_name("shop-a");
    let request = request.set_option_settings(Some(usual().to_vec()));
    let answer = request.version_label("v1").send().await.unwrap();
    let events = stage.last_words(answer.request_id().unwrap()).await;
    assert!(
        events.contains("ERROR Create environment operation is complete, but with errors."),
        "{events}"
    );
    assert_eq!(health(&stage.describe("shop-a").await.unwrap()), "Ready Severe");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_exchanges_the_host_names() {
    let stage = stage().await;
    stage.environment("green").await;
    stage.environment("blue").await;
    stage.deploy("green", "v2").await;
    stage.simulator.set_fault("green", Fault::StuckUpdating);
    let swap = stage.client.swap_environment_cnames().source_environment_name("green");
    let answer = swap.destination_environment_name("blue").send().await.unwrap();
    let busy =
        stage.client.update_environment().environment_name("blue").version_label("v2").send().await;
    assert!(refusal(busy).ends_with("Must be Ready."));
    stage.simulator.clear_faults("green");
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  swapEnvironmentCNAMEs is starting.
    INFO  Swapping CNAMEs for environments 'green' and 'blue'.
    INFO  'blue.us-east-1.elasticbeanstalk.com' now points to '127.0.1.1'.
    INFO  Completed swapping CNAMEs for environments 'green' and 'blue'.
    ");

    for name in ["green", "blue"] {
        stage.until(name, |environment| status(environment) == "Ready").await;
    }
    assert_eq!(stage.home("blue.us-east-1.elasticbeanstalk.com").await, "v2: <h1>v2</h1>");
    assert_eq!(stage.home("green.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
    let cname = stage.describe("green").await.unwrap().cname.unwrap();
    assert_eq!(cname, "blue.us-east-1.elasticbeanstalk.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_removes_the_site() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let address = stage.simulator.address_of("shop-a.us-east-1.elasticbeanstalk.com").unwrap();
    let answer =
        stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    assert_eq!(
        (answer.status().unwrap().as_str(), answer.health().unwrap().as_str()),
        ("Terminating", "Grey")
    );
    insta::assert_snapshot!(stage.last_words(answer.request_id().unwrap()).await, @r"
    INFO  terminateEnvironment is starting.
    INFO  Removed instance [i-1] from your environment.
    INFO  Deleted Auto Scaling group named: awseb-e-1-stack-AWSEBAutoScalingGroup-1
    INFO  terminateEnvironment completed successfully.
    ");

    assert!(stage.describe("shop-a").await.is_none());
    assert_eq!(stage.simulator.address_of("shop-a.us-east-1.elasticbeanstalk.com"), None);
    let url = format!("http://{address}:{}/", stage.simulator.data_port());
    assert!(crate::stage::http().get(url).send().await.unwrap_err().is_connect());

    let deleted = stage.client.describe_environments().include_deleted(true).send().await.unwrap();
    let terminated = &deleted.environments()[0];
    assert_eq!(status(terminated), "Terminated");
    assert_eq!(terminated.health().unwrap().as_str(), "Grey");
    assert_eq!(terminated.health_status(), None);
    // The name is free again.
    stage.environment("shop-a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_replaces_the_instances() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let ids = async || {
        let resources = stage
            .client
            .describe_environment_resources()
            .environment_name("shop-a")
            .send()
            .await
            .unwrap();
        resources
            .environment_resources
            .unwrap()
            .instances
            .unwrap()
            .into_iter()
            .map(|instance| instance.id)
            .collect::<Vec<_>>()
    };
    let before = ids().await;
    stage.client.rebuild_environment().environment_name("shop-a").send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_ne!(ids().await, before);
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_environment_is_rebuilt_while_its_names_and_version_exist() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    stage.deploy("shop-a", "v2").await;
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    let terminate = async || {
        stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
        stage.wait(async || stage.describe("shop-a").await.is_none().then_some(())).await;
    };
    terminate().await;
    let rebuild = || stage.client.rebuild_environment().environment_id(&id).send();
    let by_name = stage.client.rebuild_environment().environment_name("shop-a").send().await;
    insta::assert_snapshot!(refusal(by_name), @"InvalidParameterValue: No Environment found for EnvironmentName = 'shop-a'.");

    let create = stage.client.create_environment().application_name(APPLICATION);
    create.environment_name("shop-b").cname_prefix("shop-a").send().await.unwrap();
    insta::assert_snapshot!(refusal(rebuild().await), @"InvalidParameterValue: DNS name (shop-a.us-east-1.elasticbeanstalk.com) is not available.");
    stage.until("shop-b", |environment| status(environment) == "Ready").await;
    stage.client.terminate_environment().environment_name("shop-b").send().await.unwrap();
    stage.wait(async || stage.describe("shop-b").await.is_none().then_some(())).await;

    rebuild().await.unwrap();
    let environment = stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(environment.environment_id(), Some(id.as_str()));
    assert_eq!(environment.version_label(), Some("v2"));
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v2: <h1>v2</h1>");

    terminate().await;
    let delete = stage.client.delete_application_version().application_name(APPLICATION);
    delete.version_label("v2").send().await.unwrap();
    insta::assert_snapshot!(refusal(rebuild().await), @"InvalidParameterValue: No Application Version named 'v2' found.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_was_terminated_42_days_ago_cannot_be_rebuilt() {
    let start_time = Some("2026-11-23T08:00:00Z".parse().unwrap());
    let settings = Settings { manual_time: true, start_time, ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.create("shop-a", &[]).await;
    stage.simulator.advance_time(400.0).await.unwrap();
    let id = stage.describe("shop-a").await.unwrap().environment_id.unwrap();
    stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    stage.simulator.advance_time(42.0 * 86_400.0 + 400.0).await.unwrap();
    let rebuild = stage.client.rebuild_environment().environment_id(&id).send().await;
    assert!(refusal(rebuild).starts_with("InvalidParameterValue: No Environment found"));
}
