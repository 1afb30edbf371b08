//! Deployment policies: the order of instances, and the state after failures.

use aws_sdk_elasticbeanstalk::types::ConfigurationOptionSetting;
use beanstalk_sim::Fault;

use crate::stage::{Stage, health, option, stage};

const COMMAND: &str = "aws:elasticbeanstalk:command";

/// A load-balanced environment with `count` instances and a policy.
async fn fleet(stage: &Stage, size: &str, policy: &str, more: &[ConfigurationOptionSetting]) {
    let mut options = vec![
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"),
        option("aws:autoscaling:asg", "MinSize", size),
        option(COMMAND, "DeploymentPolicy", policy),
    ];
    options.extend_from_slice(more);
    stage.environment_with("shop-a", &options).await;
}

fn one_by_one() -> [ConfigurationOptionSetting; 2] {
    [option(COMMAND, "BatchSizeType", "Fixed"), option(COMMAND, "BatchSize", "1")]
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_takes_one_batch_after_the_other() {
    let stage = stage().await;
    fleet(&stage, "2", "Rolling", &one_by_one()).await;
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    INFO  Batch 1: Starting application deployment on instance(s) [i-1].
    INFO  Batch 1: De-registering instance(s) from the load balancer and waiting for them to go out of service.
    INFO  Batch 1: Starting application deployment command execution.
    INFO  Instance deployment completed successfully.
    INFO  Batch 1: Completed application deployment command execution.
    INFO  Command execution completed on 1 of 2 instances in environment.
    INFO  Batch 1: Registering instance(s) with the load balancer and waiting for them to be healthy. 
    INFO  Batch 1: Completed application deployment.
    INFO  Batch 2: Starting application deployment on instance(s) [i-1].
    INFO  Batch 2: De-registering instance(s) from the load balancer and waiting for them to go out of service.
    INFO  Batch 2: Starting application deployment command execution.
    INFO  Instance deployment completed successfully.
    INFO  Batch 2: Completed application deployment command execution.
    INFO  Command execution completed on 2 of 2 instances in environment.
    INFO  Batch 2: Registering instance(s) with the load balancer and waiting for them to be healthy. 
    INFO  Batch 2: Completed application deployment.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed", "v2 #2 Deployed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_ends_a_rolling_deployment_with_two_versions() {
    let stage = stage().await;
    fleet(&stage, "3", "Rolling", &one_by_one()).await;
    stage.version("web-down", &[("Procfile", "web: exit 3")]).await;
    let events = stage.deploy("shop-a", "web-down").await;
    assert!(events.contains("Failed to deploy application."), "{events}");
    assert!(!events.contains("Batch 2"), "{events}");
    let instances = stage.instances("shop-a").await;
    assert_eq!(instances, ["web-down #2 Failed", "v1 #1 Deployed", "v1 #1 Deployed"]);
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_additional_batch_comes_first_and_goes_in_the_end() {
    let stage = stage().await;
    fleet(&stage, "2", "RollingWithAdditionalBatch", &one_by_one()).await;
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    INFO  Rolling with Additional Batch deployment policy enabled. Launching  a new batch of 1 additional instance(s).
    INFO  Added instance [i-1] to your environment.
    INFO  Batch 1: 1 EC2 instance(s) [i-1] launched. Deploying application version 'v2'.
    INFO  Batch 1: Starting application deployment command execution.
    INFO  Instance deployment completed successfully.
    INFO  Batch 1: Completed application deployment command execution.
    INFO  Command execution completed on 1 of 3 instances in environment.
    INFO  Batch 1: Registering instance(s) with the load balancer and waiting for them to be healthy. 
    INFO  Batch 1: Completed application deployment.
    INFO  Batch 2: Starting application deployment on instance(s) [i-1].
    INFO  Batch 2: De-registering instance(s) from the load balancer and waiting for them to go out of service.
    INFO  Batch 2: Starting application deployment command execution.
    INFO  Instance deployment completed successfully.
    INFO  Batch 2: Completed application deployment command execution.
    INFO  Command execution completed on 2 of 3 instances in environment.
    INFO  Batch 2: Registering instance(s) with the load balancer and waiting for them to be healthy. 
    INFO  Batch 2: Completed application deployment.
    INFO  Batch 3: Starting application deployment on instance(s) [i-1].
    INFO  Batch 3: De-registering instance(s) from the load balancer and waiting for them to go out of service.
    INFO  Batch 3: Starting application deployment command execution.
    INFO  Instance deployment completed successfully.
    INFO  Batch 3: Completed application deployment command execution.
    INFO  Command execution completed on 3 of 3 instances in environment.
    INFO  Batch 3: Registering instance(s) with the load balancer and waiting for them to be healthy. 
    INFO  Batch 3: Completed application deployment.
    INFO  Removed instance [i-1] from your environment.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed", "v2 #2 Deployed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn immutable_replaces_every_instance() {
    let stage = stage().await;
    fleet(&stage, "3", "Immutable", &[]).await;
    let before = stage.instance_ids("shop-a").await;
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Immutable deployment policy enabled. Launching one instance with the new settings to verify health.
    INFO  Created temporary auto scaling group awseb-e-1-immutable-stack-AWSEBAutoScalingGroup-1.
    INFO  Instance deployment completed successfully.
    INFO  Adding new instance(s) (i-1) to the load balancer.
    INFO  Waiting for instance(s) (i-1) to pass health checks.
    INFO  Added instance [i-1] to your environment.
    INFO  Test instance passed health checks. Launching remaining new instances.
    INFO  Added instances [i-1, i-1] to your environment.
    INFO  Successfully launched all instances.
    INFO  Adding new instance(s) (i-1,i-1) to the load balancer.
    INFO  Waiting for instance(s) (i-1,i-1,i-1) to pass health checks.
    INFO  Detached new instance(s) from temporary auto scaling group awseb-e-1-immutable-stack-AWSEBAutoScalingGroup-1.
    INFO  Attached new instance(s) to the permanent auto scaling group awseb-e-1-stack-AWSEBAutoScalingGroup-1.
    INFO  Starting post-deployment configuration on new instances.
    INFO  Instance deployment completed successfully.
    INFO  Waiting for post-deployment configuration to complete.
    INFO  Deployment succeeded. Terminating old instances and temporary Auto Scaling group.
    INFO  Removed instances [i-1, i-1, i-1] from your environment.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");
    let after = stage.instance_ids("shop-a").await;
    assert_eq!(after.len(), 3);
    assert!(after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_immutable_deployment_that_fails_leaves_the_old_instances_untouched() {
    let stage = stage().await;
    fleet(&stage, "2", "Immutable", &[]).await;
    let before = stage.instance_ids("shop-a").await;
    stage.simulator.set_fault("shop-a", Fault::Unhealthy);
    insta::assert_snapshot!(stage.deploy("shop-a", "v2").await, @r"
    INFO  Environment update is starting.
    INFO  Immutable deployment policy enabled. Launching one instance with the new settings to verify health.
    INFO  Created temporary auto scaling group awseb-e-1-immutable-stack-AWSEBAutoScalingGroup-1.
    INFO  Instance deployment completed successfully.
    INFO  Adding new instance(s) (i-1) to the load balancer.
    INFO  Waiting for instance(s) (i-1) to pass health checks.
    ERROR Instance id(s) 'i-1' did not pass health check after command execution. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");
    assert_eq!(stage.instance_ids("shop-a").await, before);
    assert_eq!(stage.instances("shop-a").await, ["v1 #1 Deployed", "v1 #1 Deployed"]);
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_splitting_tries_the_version_with_some_requests() {
    let stage = stage().await;
    let balancer = option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application");
    let percent = option("aws:elasticbeanstalk:trafficsplitting", "NewVersionPercent", "50");
    fleet(&stage, "2", "TrafficSplitting", &[balancer, percent]).await;
    let request_id = stage.begin("shop-a", "v2").await;
    let cname = "shop-a.us-east-1.elasticbeanstalk.com";
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 2 {
        seen.insert(stage.home(cname).await);
        if stage.describe("shop-a").await.unwrap().version_label() == Some("v2") {
            break;
        }
    }
    insta::assert_snapshot!(stage.last_words(&request_id).await, @r"
    INFO  Environment update is starting.
    INFO  Traffic splitting deployment policy enabled. Launching 2 instance(s) with the new settings.
    INFO  Created temporary auto scaling group awseb-e-1-immutable-stack-AWSEBAutoScalingGroup-1.
    INFO  Instance deployment completed successfully.
    INFO  Instance deployment completed successfully.
    INFO  Adding new instance(s) (i-1,i-1) to the load balancer.
    INFO  Waiting for instance(s) (i-1,i-1) to pass health checks.
    INFO  Sending 50% of the traffic to the new instances for 5 minute(s).
    INFO  The new instances stayed healthy. Sending all traffic to them.
    INFO  Detached new instance(s) from temporary auto scaling group awseb-e-1-immutable-stack-AWSEBAutoScalingGroup-1.
    INFO  Attached new instance(s) to the permanent auto scaling group awseb-e-1-stack-AWSEBAutoScalingGroup-1.
    INFO  Starting post-deployment configuration on new instances.
    INFO  Instance deployment completed successfully.
    INFO  Waiting for post-deployment configuration to complete.
    INFO  Deployment succeeded. Terminating old instances and temporary Auto Scaling group.
    INFO  Removed instances [i-1, i-1] from your environment.
    INFO  New application version was deployed to running EC2 instances.
    INFO  Environment update completed successfully.
    ");
    assert_eq!(stage.instances("shop-a").await, ["v2 #2 Deployed", "v2 #2 Deployed"]);
}
