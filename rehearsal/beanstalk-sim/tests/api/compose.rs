//! The composition of groups of environments from bundles.

use aws_sdk_elasticbeanstalk::types::EnvironmentDescription;

use crate::stage::{APPLICATION, Stage, refusal, stage, status};

const FRONT: &str =
    "EnvironmentName: front+\nCName: front+\nEnvironmentLinks:\n  WORKER: worker+\n";
const WORKER: &str = "EnvironmentName: worker+\nEnvironmentTier:\n  Name: Worker\n\
    OptionSettings:\n  aws:autoscaling:asg:\n    MinSize: '2'\n";

async fn refused(stage: &Stage, label: &str) -> String {
    let compose = stage.client.compose_environments().application_name(APPLICATION);
    refusal(compose.version_labels(label).send().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_created_and_then_updated() {
    let stage = stage().await;
    stage.version("f1", &[("env.yaml", FRONT), ("index.html", "<h1>f1</h1>")]).await;
    stage.version("w1", &[("env.yaml", WORKER)]).await;
    let compose =
        stage.client.compose_environments().application_name(APPLICATION).group_name("dev");
    let composed = compose.version_labels("f1").version_labels("w1").send().await.unwrap();
    assert_eq!(composed.environments().len(), 2);
    let front = stage.describe("front-dev").await.unwrap();
    let link = &front.environment_links()[0];
    assert_eq!((link.link_name(), link.environment_name()), (Some("WORKER"), Some("worker-dev")));
    for name in ["front-dev", "worker-dev"] {
        let green = |environment: &EnvironmentDescription| {
            environment.health().unwrap().as_str() == "Green" && status(environment) == "Ready"
        };
        stage.until(name, green).await;
    }
    assert_eq!(stage.instance_ids("worker-dev").await.len(), 2);
    assert_eq!(stage.home("front-dev.us-east-1.elasticbeanstalk.com").await, "f1: <h1>f1</h1>");

    stage.version("f2", &[("env.yaml", FRONT), ("index.html", "<h1>f2</h1>")]).await;
    let compose =
        stage.client.compose_environments().application_name(APPLICATION).group_name("dev");
    compose.version_labels("f2").send().await.unwrap();
    stage.until("front-dev", |environment| environment.version_label() == Some("f2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_without_manifest_is_refused() {
    let stage = stage().await;
    stage.version("f1", &[("env.yaml", FRONT)]).await;
    stage.version("nameless", &[("env.yaml", "SolutionStack: x\n")]).await;
    stage.version("broken", &[("env.yaml", "EnvironmentName: [")]).await;
    insta::assert_snapshot!(refused(&stage, "f1").await, @"InvalidParameterValue: A GroupName is required for the environment 'front+'.");
    insta::assert_snapshot!(refused(&stage, "nameless").await, @"InvalidParameterValue: The environment manifest of 'nameless' has no EnvironmentName.");
    insta::assert_snapshot!(refused(&stage, "v1").await, @"InvalidParameterValue: Application Version 'v1' cannot be composed: the source bundle has no env.yaml.");
    insta::assert_snapshot!(refused(&stage, "other").await, @"InvalidParameterValue: No Application Version named 'other' found.");
    assert!(refused(&stage, "broken").await.contains("env.yaml cannot be read"));
}
