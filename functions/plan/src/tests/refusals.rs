//! What is refused, and in which words.

use mist_core::{EnvironmentStatus, Tier, artifact::LARGEST_BUNDLE};

use super::*;

#[tokio::test]
async fn an_unknown_stack() {
    let world = given();
    insta::assert_snapshot!(refused(&world, json!({"operation": "swap", "stack": "LIVE"})).await, @"Mist.UnknownStack: there is no stack `LIVE`: no SSM parameter `/mist/stacks/LIVE`; `mist config push` makes it");
    insta::assert_snapshot!(refused(&world, upload("releases/LIVE/v2.zip")).await, @"Mist.UnknownStack: there is no stack `LIVE`: no SSM parameter `/mist/stacks/LIVE`; `mist config push` makes it");
}

#[tokio::test]
async fn an_environment_of_no_stack_or_of_another_one() {
    let ask = |name| json!({"operation": "deploy", "stack": "QA", "environment": name});
    let world = given();
    world.beanstalk.put(environment("Demo-UAT-A", "v1"));
    for name in ["Demo-QA-C", "Demo-UAT-A"] {
        assert_eq!(
            refused(&world, ask(name)).await,
            format!(
                "Mist.UnknownEnvironment: environment `{name}` is not one of stack `QA`, which has \
                 `Demo-QA-A` and `Demo-QA-B`"
            )
        );
    }
}

#[tokio::test]
async fn a_deployment_to_the_live_environment() {
    let input = json!({"operation": "deploy", "stack": "QA", "environment": "Demo-QA-A"});
    insta::assert_snapshot!(refused(&given(), input).await, @"Mist.EnvironmentIsLive: environment `Demo-QA-A` is live; a version is deployed to the idle side only");
}

#[tokio::test]
async fn a_key_that_names_no_release() {
    let world = given();
    let long = format!("releases/QA/{}.zip", "v".repeat(101));
    for (key, problem) in [
        ("v2.zip", "is not `PREFIX/STACK/LABEL.zip`"),
        ("releases/v2.zip", "is not `PREFIX/STACK/LABEL.zip`"),
        ("releases//v2.zip", "`` is not a stack name: 1 to 32 letters, digits and hyphens"),
        ("releases/../QA/v2.zip", "has an empty part, `.` or `..` in its prefix"),
        ("releases/QA/v2.tar", "does not end with `.zip` or `.war`"),
        (&long, "it must have 1 to 100 characters"),
    ] {
        let refused = refused(&world, upload(key)).await;
        let start = format!("Mist.InvalidArtifactKey: `{key}` does not name a release: it ");
        assert!(refused.starts_with(&start), "{refused}");
        assert!(refused.ends_with(problem), "{refused}");
    }
}

#[tokio::test]
async fn an_upload_to_another_place_than_the_stack_s() {
    let world = given();
    insta::assert_snapshot!(refused(&world, upload("other/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://artifacts/other/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(&world, upload("releases/old/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://artifacts/releases/old/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
    insta::assert_snapshot!(refused(&world, upload_to("other", "releases/QA/v2.zip")).await, @"Mist.InvalidArtifactKey: `s3://other/releases/QA/v2.zip` does not name a release: it is not under `s3://artifacts/releases/`, where stack `QA` has its bundles");
}

#[tokio::test]
async fn an_upload_that_is_gone_again() {
    insta::assert_snapshot!(refused(&given(), upload("releases/QA/v3.zip")).await, @"Mist.ArtifactMissing: there is no bundle `releases/QA/v3.zip` in bucket `artifacts`");
}

#[tokio::test]
async fn a_bundle_that_beanstalk_cannot_take() {
    let world = given();
    for (content, size, problem) in [
        (&b""[..], 0, "is empty"),
        (b"<html>", 6, "is not a zip"),
        (b"PK\x05\x06", 22, "is an archive without a file"),
        (ZIP, LARGEST_BUNDLE + 1, "is larger than the 512 MB that Beanstalk takes"),
    ] {
        world.artifacts.upload_sized("releases/QA/v3.zip", content, size);
        assert_eq!(
            refused(&world, upload("releases/QA/v3.zip")).await,
            format!("Mist.InvalidArtifact: the bundle `releases/QA/v3.zip` {problem}")
        );
    }
}

#[tokio::test]
async fn a_version_that_nobody_has() {
    let input = json!({"operation": "deploy", "stack": "QA", "version": "v9"});
    insta::assert_snapshot!(refused(&given(), input).await, @"Mist.UnknownVersion: there is no version `v9`: no bundle `releases/QA/v9.zip`, and application `Demo` has no such version");
}

#[tokio::test]
async fn a_stack_without_any_upload() {
    let world = World { artifacts: FakeArtifacts::default(), ..given() };
    world.artifacts.upload("releases/UAT/v2.zip", ZIP);
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.NoArtifact: there is nothing to deploy: bucket `artifacts` has no bundle under `releases/QA/`");
}

#[tokio::test]
async fn a_record_that_leads_to_neither_side() {
    let world = given();
    world.dns.point("elsewhere.example.com");
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.RecordElsewhere: `qa.mist.test` leads to `elsewhere.example.com`, which is neither side of the stack (`demo-qa-a.us-east-1.elasticbeanstalk.com`, `demo-qa-b.us-east-1.elasticbeanstalk.com`)");
}

#[tokio::test]
async fn a_record_that_is_missing() {
    let world = given();
    world.dns.delete();
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.RecordMissing: there is no CNAME record `qa.mist.test` in hosted zone `Z1`");
}

#[tokio::test]
async fn a_side_that_is_missing() {
    for name in ["Demo-QA-A", "Demo-QA-B"] {
        let world = given();
        world.beanstalk.remove(name);
        assert_eq!(
            refused(&world, deploy_qa()).await,
            format!("Mist.EnvironmentMissing: Beanstalk has no environment `{name}`")
        );
    }
}

#[tokio::test]
async fn a_side_that_is_going_away_or_gone() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let world = given();
        world.beanstalk.change("Demo-QA-B", |idle| idle.status = status);
        assert_eq!(
            refused(&world, deploy_qa()).await,
            format!("Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status}")
        );
    }
}

#[tokio::test]
async fn a_side_that_is_a_worker() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |idle| idle.tier = Tier::Worker);
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.WorkerTier: environment `Demo-QA-B` is a worker: no name can lead to it, so it has no live side");
}

#[tokio::test]
async fn a_side_of_another_application() {
    let world = given();
    world.beanstalk.change("Demo-QA-B", |idle| idle.application = "Shop".to_owned());
    insta::assert_snapshot!(refused(&world, deploy_qa()).await, @"Mist.ForeignEnvironment: environment `Demo-QA-B` belongs to application `Shop`, not `Demo`");
}

#[tokio::test]
async fn input_that_is_malformed() {
    let world = given();
    let long = "v".repeat(101);
    for (input, problem) in [
        (json!({}), "missing field `operation`"),
        (json!({"operation": "deploy"}), "missing field `stack`"),
        (
            json!({"operation": "explode", "stack": "QA"}),
            "operation: unknown variant `explode`, \
             expected one of `deploy`, `warm`, `swap`, `mark`, `version`",
        ),
        (
            json!({"operation": "swap", "stack": "QA", "force": true}),
            "force: unknown field `force`, \
             expected one of `operation`, `stack`, `environment`, `version`, `user`",
        ),
        (
            json!({"operation": "swap", "stack": 7}),
            "stack: invalid type: integer `7`, expected a string",
        ),
        (
            json!({"operation": "swap", "stack": "Q/A"}),
            "stack: `Q/A` is not a stack name: 1 to 32 letters, digits and hyphens",
        ),
        (
            json!({"operation": "swap", "stack": "QA", "environment": "x"}),
            "environment: `x` is not an environment name: 4 to 40 letters, digits and inner hyphens",
        ),
        (
            json!({"operation": "deploy", "stack": "QA", "version": "../v1"}),
            "version: `../v1` is not a version label: \
             no slashes, control characters, outer blanks, `.` or `..`",
        ),
        (
            json!({"operation": "deploy", "stack": "QA", "version": long}),
            &format!("version: `{long}` is not a version label: it must have 1 to 100 characters"),
        ),
        (
            json!({"operation": "swap", "stack": "QA", "version": "v1"}),
            "version: `swap` takes none",
        ),
        (json!("deploy QA"), "must be an object with `operation` and `stack`"),
        (json!(null), "must be an object with `operation` and `stack`"),
        (json!(["swap", "QA", null, null, null]), "must be an object with `operation` and `stack`"),
        (
            json!({"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}),
            "detail: missing field `bucket`",
        ),
    ] {
        let refused = refused(&world, input).await;
        assert_eq!(refused, format!("Mist.InvalidInput: invalid input: {problem}"));
    }
}
