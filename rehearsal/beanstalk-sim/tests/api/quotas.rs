//! Quotas, and the deletion of old versions.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::{
    ApplicationResourceLifecycleConfig, ApplicationVersionLifecycleConfig, MaxAgeRule,
    MaxCountRule, S3Location, SourceBuildInformation, SourceRepository, SourceType,
};
use beanstalk_sim::{Answer, Bundles, Location, Settings, Simulator, Unavailable};

use crate::stage::{APPLICATION, Stage, client, refusal, stage, stage_with};

fn policy(count: Option<i32>, age: Option<i32>) -> ApplicationResourceLifecycleConfig {
    let count = count.map(|most| {
        MaxCountRule::builder().enabled(true).max_count(most).delete_source_from_s3(true).build()
    });
    let age = age.map(|most| MaxAgeRule::builder().enabled(true).max_age_in_days(most).build());
    let rules = ApplicationVersionLifecycleConfig::builder()
        .set_max_count_rule(count.transpose().unwrap())
        .set_max_age_rule(age.transpose().unwrap());
    ApplicationResourceLifecycleConfig::builder().version_lifecycle_config(rules.build()).build()
}

async fn labels(stage: &Stage) -> Vec<String> {
    let applications = stage.client.describe_applications().send().await.unwrap();
    applications.applications()[0].versions().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_deletes_old_versions_but_none_in_use() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let mut config = policy(Some(1), None);
    config.service_role = Some("role".to_owned());
    let update = stage.client.update_application_resource_lifecycle().application_name(APPLICATION);
    let answer = update.resource_lifecycle_config(config).send().await.unwrap();
    let rules = answer.resource_lifecycle_config().unwrap().version_lifecycle_config().unwrap();
    assert_eq!(rules.max_count_rule().unwrap().max_count(), Some(1));
    // `v1` runs in the environment, so `v2` is deleted with its bundle.
    stage.version("v3", &[("index.html", "")]).await;
    assert_eq!(labels(&stage).await, ["v3", "v1"]);
    let location = S3Location::builder().s3_bucket("bundles").s3_key("v2").build();
    let again =
        stage.client.create_application_version().application_name(APPLICATION).version_label("v4");
    assert!(refusal(again.source_bundle(location).send().await).ends_with("Reason: Not Found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_needs_a_role_and_one_rule() {
    let stage = stage().await;
    let update = |config| {
        let update =
            stage.client.update_application_resource_lifecycle().application_name(APPLICATION);
        update.resource_lifecycle_config(config).send()
    };
    insta::assert_snapshot!(refusal(update(policy(Some(1), None)).await), @"InvalidParameterCombination: A ServiceRole must be specified the first time that a VersionLifecycleConfig is.");
    let mut both = policy(Some(1), Some(1));
    both.service_role = Some("role".to_owned());
    insta::assert_snapshot!(refusal(update(both).await), @"InvalidParameterCombination: MaxCountRule and MaxAgeRule cannot both be enabled.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seventy_sixth_application_is_refused() {
    let stage = stage().await;
    let create = |number: usize| {
        stage.client.create_application().application_name(format!("app{number}")).send()
    };
    for number in 1..75 {
        create(number).await.unwrap();
    }
    insta::assert_snapshot!(refusal(create(75).await), @"TooManyApplicationsException: You cannot have more than 75 Applications. Either remove some Applications or request a limit increase.");
    let version =
        stage.client.create_application_version().application_name("app75").version_label("v1");
    assert!(
        refusal(version.auto_create_application(true).send().await)
            .starts_with("TooManyApplications")
    );
    let slash = stage.client.create_application().application_name("a/b");
    insta::assert_snapshot!(refusal(slash.send().await), @"InvalidParameterValue: Value a/b at 'ApplicationName' failed to satisfy constraint: Member must not contain '/'");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_of_environments_can_be_raised() {
    let settings = Settings { environment_quota: 1, time_scale: 1000.0, ..Settings::default() };
    let stage = stage_with(settings).await;
    let quotas = stage.client.describe_account_attributes().send().await.unwrap().resource_quotas;
    assert_eq!(quotas.unwrap().environment_quota().unwrap().maximum(), Some(1));
    stage.create("shop-a", &[]).await;
    let second = stage.client.create_environment().application_name(APPLICATION);
    insta::assert_snapshot!(refusal(second.environment_name("shop-b").send().await), @"TooManyEnvironmentsException: You cannot have more than 1 Environments. Either remove some Environments or request a limit increase.");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_build_is_refused() {
    let stage = stage().await;
    let source = SourceBuildInformation::builder()
        .source_type(SourceType::Git)
        .source_repository(SourceRepository::CodeCommit)
        .source_location("repository/commit")
        .build()
        .unwrap();
    let create = || {
        stage.client.create_application_version().application_name(APPLICATION).version_label("v3")
    };
    insta::assert_snapshot!(refusal(create().source_build_information(source.clone()).send().await), @"CodeBuildNotInServiceRegionException: AWS CodeBuild is not available in the specified region.");
    let bundle = S3Location::builder().s3_bucket("bundles").s3_key("v1").build();
    let both = create().source_build_information(source).source_bundle(bundle);
    insta::assert_snapshot!(refusal(both.send().await), @"InvalidParameterCombination: Cannot specify both SourceBundle and SourceBuildInformation. Use one of the two.");
}

/// A store in which every deletion fails.
#[derive(Debug)]
struct Undeletable;

impl Bundles for Undeletable {
    fn check<'a>(&'a self, _: &'a Location) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn fetch<'a>(&'a self, _: &'a Location, _: &'a Path) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn put<'a>(&'a self, _: &'a Location, _: Vec<u8>) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn delete<'a>(&'a self, _: &'a Location) -> Answer<'a, ()> {
        Box::pin(async { Err(Unavailable { reason: "Forbidden".to_owned() }) })
    }

    fn ensure_bucket<'a>(&'a self, _: &'a str) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_deleted_although_its_bundle_remains() {
    let simulator =
        Simulator::start_with(Settings::default(), Arc::new(Undeletable)).await.unwrap();
    let client = client(&simulator.url());
    let location = S3Location::builder().s3_bucket("b").s3_key("k").build();
    let create = client.create_application_version().application_name("shop").version_label("v1");
    create.auto_create_application(true).source_bundle(location).send().await.unwrap();
    let delete = client.delete_application_version().application_name("shop").version_label("v1");
    insta::assert_snapshot!(refusal(delete.delete_source_bundle(true).send().await), @"SourceBundleDeletionFailure: Unable to delete the source bundle. Reason: Forbidden");
    let versions = client.describe_application_versions().send().await.unwrap();
    assert!(versions.application_versions().is_empty());
}
