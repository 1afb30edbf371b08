//! Tests of what is refused, and of the messages.

use mist_core::{
    beanstalk::environment::{EnvironmentStatus, Tier},
    stack::artifact::LARGEST_BUNDLE,
};

use super::*;

#[tokio::test]
async fn a_deployment_to_the_live_environment() {
    let input = json!({"operation": "deploy", "stack": "QA", "environment": "Demo-QA-A"});
    insta::assert_snapshot!(refused(&given(), input).await, @"Mist.EnvironmentIsLive: environment `Demo-QA-A` is live; refusing to change it; deploy to the idle one, or pass `--in-place`");
}

#[tokio::test]
async fn an_upload_that_was_deleted() {
    insta::assert_snapshot!(refused(&given(), upload("releases/QA/v3.zip")).await, @"Mist.ArtifactMissing: bundle `releases/QA/v3.zip` does not exist in bucket `artifacts`; upload it again");
}

#[tokio::test]
async fn a_bundle_that_beanstalk_cannot_take() {
    let ports = given();
    for (content, size, problem) in [
        (&b""[..], 0, "is empty"),
        (b"<html>", 6, "is not a zip"),
        (b"PK\x05\x06", 22, "is an archive without a file"),
        (ZIP, LARGEST_BUNDLE + 1, "is larger than the 512 MB that Beanstalk takes"),
    ] {
        ports.artifacts.upload_sized("releases/QA/v3.zip", content, size);
        assert_eq!(
            refused(&ports, upload("releases/QA/v3.zip")).await,
            format!(
                "Mist.InvalidArtifact: bundle `releases/QA/v3.zip` {problem}; build and upload it again"
            )
        );
    }
}

#[tokio::test]
async fn a_version_that_does_not_exist() {
    let input = json!({"operation": "deploy", "stack": "QA", "version": "v9"});
    insta::assert_snapshot!(refused(&given(), input).await, @"Mist.UnknownVersion: version `v9` does not exist: no bundle `releases/QA/v9.zip`, and application `Demo` has no such version; check the label");
}

#[tokio::test]
async fn a_stack_without_any_upload() {
    let ports = Ports { artifacts: FakeArtifacts::default(), ..given() };
    ports.artifacts.upload("releases/UAT/v2.zip", ZIP);
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.NoArtifact: there is nothing to deploy: bucket `artifacts` has no bundle under `releases/QA/`; upload one, or name a version");
}

#[tokio::test]
async fn a_record_that_points_to_neither_environment() {
    let ports = given();
    ports.dns.point("elsewhere.example.com");
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.RecordElsewhere: record `qa.mist.test` points to `elsewhere.example.com`, not to `demo-qa-a.us-east-1.elasticbeanstalk.com` or `demo-qa-b.us-east-1.elasticbeanstalk.com`; point it to one of them");
}

#[tokio::test]
async fn a_record_that_is_missing() {
    let ports = given();
    ports.dns.delete();
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.RecordMissing: hosted zone `Z1` has no CNAME record `qa.mist.test`; create it, pointing to the environment that is to be live");
}

#[tokio::test]
async fn an_environment_that_is_missing() {
    for name in ["Demo-QA-A", "Demo-QA-B"] {
        let ports = given();
        ports.beanstalk.remove(name);
        assert_eq!(
            refused(&ports, deploy_qa()).await,
            format!(
                "Mist.EnvironmentMissing: environment `{name}` does not exist; check its name and `region` in mist.yaml"
            )
        );
    }
}

#[tokio::test]
async fn an_environment_that_is_terminating_or_terminated() {
    for status in [EnvironmentStatus::Terminating, EnvironmentStatus::Terminated] {
        let ports = given();
        ports.beanstalk.change("Demo-QA-B", |idle| idle.status = status);
        assert_eq!(
            refused(&ports, deploy_qa()).await,
            format!(
                "Mist.EnvironmentTerminating: environment `Demo-QA-B` is {status}; create it again under the same name"
            )
        );
    }
}

#[tokio::test]
async fn an_environment_that_is_a_worker() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |idle| idle.tier = Tier::Worker);
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.WorkerTier: environment `Demo-QA-B` is a worker: no DNS record can point to it; configure a web server environment");
}

#[tokio::test]
async fn an_environment_of_another_application() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |idle| idle.application = "Shop".to_owned());
    insta::assert_snapshot!(refused(&ports, deploy_qa()).await, @"Mist.ForeignEnvironment: environment `Demo-QA-B` belongs to application `Shop`, not `Demo`; correct mist.yaml");
}

#[tokio::test]
async fn a_bundle_that_beanstalk_cannot_read_is_refused_before_anything_is_made_of_it() {
    let ports = given();
    ports.artifacts.put_problem("releases/QA/v2.zip", "has an encrypted file: `Procfile`");
    insta::assert_snapshot!(refused(&ports, upload("releases/QA/v2.zip")).await, @"Mist.InvalidArtifact: bundle `releases/QA/v2.zip` has an encrypted file: `Procfile`; build and upload it again");
}
