//! Applications and their versions.

use aws_sdk_elasticbeanstalk::types::S3Location;
use beanstalk_sim::Settings;

use crate::stage::{APPLICATION, refusal, stage, stage_with, zip};

#[tokio::test(flavor = "multi_thread")]
async fn a_version_must_be_new_and_its_bundle_must_be_there() {
    let stage = stage().await;
    let create = |label: &str| {
        stage.client.create_application_version().application_name(APPLICATION).version_label(label)
    };
    let missing = S3Location::builder().s3_bucket("bundles").s3_key("nothing.zip").build();
    let half = S3Location::builder().s3_bucket("bundles").build();
    insta::assert_snapshot!(refusal(create("v1").send().await), @"InvalidParameterValue: Application Version v1 already exists.");
    insta::assert_snapshot!(refusal(create("v3").source_bundle(missing).send().await), @"InvalidParameterCombination: Unable to download from S3 location (Bucket: bundles  Key: nothing.zip). Reason: Not Found");
    insta::assert_snapshot!(refusal(create("v3").source_bundle(half).send().await), @"InvalidParameterCombination: Both S3 bucket and key must be specified.");
    insta::assert_snapshot!(refusal(create("v3").application_name("other").send().await), @"InvalidParameterValue: No Application named 'other' found.");
    create("v3").application_name("other").auto_create_application(true).send().await.unwrap();
    insta::assert_snapshot!(refusal(create(&"v".repeat(101)).send().await), @"ValidationError: 1 validation error detected: Value 'vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv' at 'versionLabel' failed to satisfy constraint: Member must have length less than or equal to 100");
}

#[tokio::test(flavor = "multi_thread")]
async fn processing_checks_the_bundle() {
    let stage = stage().await;
    for (label, bundle, expected) in
        [("good", zip(&[("index.html", "")]), "PROCESSED"), ("bad", b"no zip".to_vec(), "FAILED")]
    {
        stage.bundles.put("bundles", label, bundle);
        let location = S3Location::builder().s3_bucket("bundles").s3_key(label).build();
        let create = stage
            .client
            .create_application_version()
            .application_name(APPLICATION)
            .version_label(label);
        let created = create.process(true).source_bundle(location).send().await.unwrap();
        assert_eq!(created.application_version().unwrap().status().unwrap().as_str(), "PROCESSING");
        let describe = || stage.client.describe_application_versions().version_labels(label).send();
        let status = async || {
            let versions = describe().await.unwrap().application_versions.unwrap();
            let status = versions[0].status().unwrap().as_str().to_owned();
            (status != "PROCESSING").then_some(status)
        };
        assert_eq!(stage.wait(status).await, expected);
        let events = stage
            .client
            .describe_events()
            .version_label(label)
            .send()
            .await
            .unwrap()
            .events
            .unwrap();
        let last = events[0].message().unwrap();
        assert!(last.starts_with("Finished processing application version"), "{last}");
        assert!(last.ends_with(&format!("{expected}.")), "{last}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thousand_and_first_version_is_refused() {
    let stage = stage().await;
    let create = |number: usize| {
        let label = format!("n{number}");
        stage
            .client
            .create_application_version()
            .application_name(APPLICATION)
            .version_label(label)
            .send()
    };
    for number in 0..998 {
        create(number).await.unwrap();
    }
    insta::assert_snapshot!(refusal(create(998).await), @"TooManyApplicationVersionsException: You cannot have more than 1000 Application Versions. Either remove some Application Versions or request a limit increase.");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_come_in_pages_newest_first() {
    let stage = stage().await;
    let describe = || {
        stage.client.describe_application_versions().application_name(APPLICATION).max_records(1)
    };
    let first = describe().send().await.unwrap();
    let second = describe().set_next_token(first.next_token.clone()).send().await.unwrap();
    let label = |versions: &[aws_sdk_elasticbeanstalk::types::ApplicationVersionDescription]| {
        versions[0].version_label().unwrap().to_owned()
    };
    assert_eq!(label(first.application_versions()), "v2");
    assert_eq!(label(second.application_versions()), "v1");
    assert_eq!(second.next_token, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_version_keeps_running_where_it_is() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let delete = || {
        stage.client.delete_application_version().application_name(APPLICATION).version_label("v1")
    };
    delete().delete_source_bundle(true).send().await.unwrap();
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1"));
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
    insta::assert_snapshot!(refusal(delete().send().await), @"InvalidParameterValue: No Application Version named 'v1' found.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_being_deployed_is_not_deleted() {
    let stage = stage_with(Settings { manual_time: true, ..Settings::default() }).await;
    let delete = async |label: &str| {
        let request = stage.client.delete_application_version().application_name(APPLICATION);
        request.version_label(label).delete_source_bundle(true).send().await
    };
    stage.create("shop-a", &[]).await;
    for seconds in [0.0, 40.0, 60.0] {
        stage.simulator.advance_time(seconds).await.unwrap();
        assert_eq!(
            refusal(delete("v1").await),
            "OperationInProgressFailure: Application Version v1 cannot be deleted while an operation uses it."
        );
    }
    stage.simulator.advance_time(100.0).await.unwrap();
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v1: <h1>v1</h1>");
    stage.begin("shop-a", "v2").await;
    assert!(refusal(delete("v2").await).starts_with("OperationInProgressFailure"));
    stage.simulator.advance_time(100.0).await.unwrap();
    assert_eq!(stage.home("shop-a.us-east-1.elasticbeanstalk.com").await, "v2: <h1>v2</h1>");
    delete("v2").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_with_environments_is_only_deleted_by_force() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let delete = || stage.client.delete_application().application_name(APPLICATION);
    insta::assert_snapshot!(refusal(delete().send().await), @"OperationInProgressFailure: Unable to delete application shop because it has a version that is deployed to a running environment.");
    delete().terminate_env_by_force(true).send().await.unwrap();
    stage.wait(async || stage.describe("shop-a").await.is_none().then_some(())).await;
    assert!(stage.client.describe_applications().send().await.unwrap().applications().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptions_can_be_changed() {
    let stage = stage().await;
    let client = &stage.client;
    let application = client
        .update_application()
        .application_name(APPLICATION)
        .description("ours")
        .send()
        .await
        .unwrap();
    assert_eq!(application.application().unwrap().description(), Some("ours"));
    let version =
        client.update_application_version().application_name(APPLICATION).version_label("v1");
    let version = version.description("first").send().await.unwrap();
    assert_eq!(version.application_version().unwrap().description(), Some("first"));
}
