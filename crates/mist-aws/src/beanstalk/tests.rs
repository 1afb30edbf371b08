//! Answers of Beanstalk, as it sends them.

mod instances;

use aws_sdk_elasticbeanstalk::{
    Client,
    types::{ApplicationVersionStatus, S3Location},
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::{DateTime, retry::RetryConfig};
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle, VersionStatus},
        environment::{Environment, EnvironmentStatus, Tier},
        event::Severity,
    },
    checksum::Checksum,
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk as _, NewVersion},
};

use super::ElasticBeanstalk;
use crate::wire::{answer, xml_error};

fn beanstalk(rules: &[&Rule]) -> ElasticBeanstalk {
    let client =
        mock_client!(aws_sdk_elasticbeanstalk, RuleMode::Sequential, rules, |config| config
            .retry_config(RetryConfig::disabled()));
    ElasticBeanstalk::new(client)
}

fn ok(operation: &str, result: &str) -> HttpResponse {
    let body = format!(
        "<{operation}Response xmlns=\"http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/\">\
         <{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>in-the-body</RequestId></ResponseMetadata>\
         </{operation}Response>"
    );
    answer(200, &[("x-amzn-requestid", "3f2c9d60-42"), ("content-type", "text/xml")], body)
}

fn name(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

fn label() -> VersionLabel {
    "v2".parse().unwrap()
}

async fn environments(members: &'static str, names: &[&EnvironmentName]) -> Vec<Environment> {
    let list = format!("<Environments>{members}</Environments>");
    let rule = mock!(Client::describe_environments)
        .then_http_response(move || ok("DescribeEnvironments", &list));
    beanstalk(&[&rule]).environments(names).await.unwrap()
}

async fn version(member: &str) -> Option<ApplicationVersion> {
    let list = format!("<ApplicationVersions>{member}</ApplicationVersions>");
    let rule = mock!(Client::describe_application_versions)
        .match_requests(|input| {
            input.application_name() == Some("Demo") && input.version_labels() == ["v2"]
        })
        .then_http_response(move || ok("DescribeApplicationVersions", &list));
    beanstalk(&[&rule]).version("Demo", &label()).await.unwrap()
}

const MEMBER: &str = "<VersionLabel>v2</VersionLabel><Status>UNPROCESSED</Status>\
    <SourceBundle><S3Bucket>artifacts</S3Bucket><S3Key>versions/v2.zip</S3Key></SourceBundle>";

async fn create_version(
    response: fn() -> HttpResponse,
) -> Result<Option<ApplicationVersion>, Error> {
    let rule = mock!(Client::create_application_version)
        .match_requests(|input| {
            input.process() == Some(false)
                && input.auto_create_application() == Some(false)
                && input.source_bundle().and_then(S3Location::s3_key) == Some("versions/v2.zip")
        })
        .then_http_response(response);
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: "versions/v2.zip".to_owned() };
    let (application, description) = ("Demo".to_owned(), "mist".to_owned());
    let version = NewVersion { application, label: label(), description, bundle };
    let there = mock!(Client::describe_application_versions).then_http_response(|| {
        let list = format!("<ApplicationVersions><member>{MEMBER}</member></ApplicationVersions>");
        ok("DescribeApplicationVersions", &list)
    });
    beanstalk(&[&rule, &there]).create_version(&version).await
}

async fn deploy(response: impl Fn() -> HttpResponse + Send + Sync + 'static) -> String {
    let rule = mock!(Client::update_environment)
        .match_requests(|input| {
            input.environment_name() == Some("Demo-QA-B") && input.version_label() == Some("v2")
        })
        .then_http_response(response);
    match beanstalk(&[&rule]).deploy(&name("Demo-QA-B"), &label()).await {
        Ok(update) => update.request_id,
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[tokio::test]
async fn reads_an_environment() {
    let found = environments(
        "<member><EnvironmentName>Demo-QA-B</EnvironmentName>\
         <EnvironmentId>e-szqipays4h</EnvironmentId><ApplicationName>Demo</ApplicationName>\
         <VersionLabel>v1</VersionLabel><Status>Updating</Status><Health>Grey</Health>\
         <HealthStatus>Pending</HealthStatus>\
         <CNAME>Demo-QA-B.us-east-1.elasticbeanstalk.com</CNAME>\
         <EndpointURL>awseb-e-s-AWSEBLoa.us-east-1.elb.amazonaws.com</EndpointURL>\
         <Tier><Name>WebServer</Name><Type>Standard</Type><Version>1.0</Version></Tier>\
         <DateUpdated>2026-01-02T03:04:05.535Z</DateUpdated></member>",
        &[&name("Demo-QA-B")],
    )
    .await;
    insta::assert_debug_snapshot!(found, @r#"
    [
        Environment {
            name: "Demo-QA-B",
            application: "Demo",
            version: Some(
                "v1",
            ),
            status: Updating,
            health: Health {
                color: "Grey",
                status: Some(
                    "Pending",
                ),
            },
            tier: WebServer,
            cname: "demo-qa-b.us-east-1.elasticbeanstalk.com",
            address: "awseb-e-s-AWSEBLoa.us-east-1.elb.amazonaws.com",
            platform: "",
            updated: Some(
                2026-01-02T03:04:05.535Z,
            ),
        },
    ]
    "#);
}

#[tokio::test]
async fn reads_an_environment_with_few_fields() {
    let found = environments(
        "<member><EnvironmentName>Demo-QA-B</EnvironmentName><Status>Dreaming</Status>\
         <CNAME>demo.elasticbeanstalk.com</CNAME>\
         <Tier><Name>Worker</Name><Type>SQS/HTTP</Type></Tier></member>",
        &[&name("Demo-QA-B")],
    )
    .await;
    let [environment] = &found[..] else { panic!("{found:?}") };
    assert_eq!(environment.version, None);
    assert_eq!(environment.status, EnvironmentStatus::Unknown);
    assert_eq!(environment.health.to_string(), "Grey");
    assert_eq!(environment.tier, Tier::Worker);
    assert_eq!(environment.address, "demo.elasticbeanstalk.com");
    assert_eq!(environment.updated, None);
}

#[tokio::test]
async fn environments_are_in_the_order_of_the_names() {
    let found = environments(
        "<member><EnvironmentName>Demo-QA-B</EnvironmentName></member>\
         <member><EnvironmentName>Demo-QA-A</EnvironmentName></member>",
        &[&name("Demo-QA-A"), &name("Demo-QA-B")],
    )
    .await;
    let names: Vec<_> = found.iter().map(|environment| environment.name.as_str()).collect();
    assert_eq!(names, ["Demo-QA-A", "Demo-QA-B"]);
}

#[tokio::test]
async fn an_environment_that_does_not_exist_is_absent() {
    assert_eq!(environments("", &[&name("Demo-QA-A")]).await, []);
}

#[tokio::test]
async fn reads_the_status_of_a_version_in_either_spelling() {
    for (member, status) in [
        ("<member><Status>PROCESSED</Status></member>", VersionStatus::Usable),
        ("<member><Status>Processed</Status></member>", VersionStatus::Usable),
        ("<member><Status>UNPROCESSED</Status></member>", VersionStatus::Usable),
        ("<member></member>", VersionStatus::Usable),
        ("<member><Status>PROCESSING</Status></member>", VersionStatus::Processing),
        ("<member><Status>BUILDING</Status></member>", VersionStatus::Processing),
        ("<member><Status>FAILED</Status></member>", VersionStatus::Failed),
        ("<member><Status>Failed</Status></member>", VersionStatus::Failed),
    ] {
        let found = version(member).await.unwrap();
        assert_eq!(found, ApplicationVersion { bundle: None, status, checksum: None }, "{member}");
    }
    // If this fails, the SDK knows the spelling of the wire now.
    assert_ne!(ApplicationVersionStatus::from("PROCESSED"), ApplicationVersionStatus::Processed);
}

#[tokio::test]
async fn reads_the_bundle_of_a_version() {
    let found = version(
        "<member><SourceBundle><S3Bucket>artifacts</S3Bucket><S3Key>versions/v2.zip</S3Key>\
         </SourceBundle><Status>PROCESSED</Status></member>",
    )
    .await;
    let bundle = Bundle { bucket: "artifacts".to_owned(), key: "versions/v2.zip".to_owned() };
    assert_eq!(found.unwrap().bundle, Some(bundle));
}

#[tokio::test]
async fn reads_the_checksum_in_the_description_of_a_version() {
    let checksum = Checksum::of(b"abc");
    let described = |text: &str| format!("<member><Description>{text}</Description></member>");
    let found = version(&described(&format!("mist: s3://a/QA/v2.zip {checksum}"))).await;
    assert_eq!(found.unwrap().checksum, Some(checksum));
    let found = version(&described("mist: s3://a/releases/QA/v2.zip")).await;
    assert_eq!(found.unwrap().checksum, None);
}

#[tokio::test]
async fn a_version_that_does_not_exist_is_none() {
    assert_eq!(version("").await, None);
}

#[tokio::test]
async fn creates_a_version_once() {
    let created = || {
        let version = format!("<ApplicationVersion>{MEMBER}</ApplicationVersion>");
        ok("CreateApplicationVersion", &version)
    };
    let again =
        || xml_error(400, "InvalidParameterValue", "Application Version v2 already exists.");
    for answer in [created as fn() -> HttpResponse, again] {
        let version = create_version(answer).await.unwrap().unwrap();
        assert_eq!(version.bundle.unwrap().key, "versions/v2.zip");
        assert_eq!(version.status, VersionStatus::Usable);
    }
}

#[tokio::test]
async fn explains_why_a_version_cannot_be_created() {
    let error = create_version(|| {
        xml_error(
            400,
            "TooManyApplicationVersionsException",
            "You cannot have more than 1000 Application Versions.",
        )
    });
    insta::assert_snapshot!(error.await.unwrap_err(), @"elasticbeanstalk failed: TooManyApplicationVersionsException: You cannot have more than 1000 Application Versions.");
}

#[tokio::test]
async fn a_deployment_has_the_id_of_its_request() {
    let found = deploy(|| ok("UpdateEnvironment", "<Status>Updating</Status>")).await;
    assert_eq!(found, "3f2c9d60-42");
}

#[tokio::test]
async fn explains_why_a_deployment_did_not_start() {
    let told = async |code, message| deploy(move || xml_error(400, code, message)).await;
    insta::assert_snapshot!(told("InvalidParameterValue", "Environment named Demo-QA-B is in an invalid state for this operation. Must be Ready.").await, @"Mist.EnvironmentBusy: environment `Demo-QA-B` is busy: Environment named Demo-QA-B is in an invalid state for this operation. Must be Ready.");
    insta::assert_snapshot!(told("InvalidParameterValue", "No Environment found for EnvironmentName = &apos;Demo-QA-B&apos;.").await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml");
    insta::assert_snapshot!(told("InvalidParameterValue", "No Application Version named &apos;v2&apos; found.").await, @"Mist.NotReady: version `v2` is not ready yet: not visible to Beanstalk yet");
    insta::assert_snapshot!(told("Throttling", "Rate exceeded").await, @"Mist.Throttled: elasticbeanstalk throttled the request: Throttling: Rate exceeded");
    insta::assert_snapshot!(told("InvalidParameterCombination", "Both at once.").await, @"Mist.ServiceFailed: elasticbeanstalk failed: InvalidParameterCombination: Both at once.");
}

#[tokio::test]
async fn tells_a_denied_deployment_from_a_failed_service() {
    let refused = || {
        xml_error(
            403,
            "InsufficientPrivilegesException",
            "Access Denied: elasticbeanstalk:UpdateEnvironment",
        )
    };
    insta::assert_snapshot!(deploy(refused).await, @"Mist.AccessDenied: elasticbeanstalk denied access: InsufficientPrivilegesException: Access Denied: elasticbeanstalk:UpdateEnvironment");
    let broken = || xml_error(500, "InternalFailure", "Sorry.");
    insta::assert_snapshot!(deploy(broken).await, @"Mist.ServiceUnavailable: elasticbeanstalk is unavailable: InternalFailure: Sorry.");
}

#[tokio::test]
async fn events_are_sorted_oldest_first() {
    let list = "<Events>\
        <member><EventDate>2026-01-02T03:04:07Z</EventDate><Severity>FATAL</Severity>\
        <Message>third</Message></member>\
        <member><EventDate>2026-01-02T03:04:06Z</EventDate><Severity>WARN</Severity>\
        <Message>second</Message><RequestId>r-1</RequestId></member>\
        <member><EventDate>2026-01-02T03:04:05Z</EventDate><Severity>INFO</Severity>\
        <Message>first</Message></member></Events>";
    let rule = mock!(Client::describe_events)
        .match_requests(|input| {
            input.environment_name() == Some("Demo-QA-B")
                && input.start_time().map(DateTime::secs) == Some(1_767_323_045)
        })
        .then_http_response(|| ok("DescribeEvents", list));
    let since = "2026-01-02T03:04:05Z".parse().ok();
    let events = beanstalk(&[&rule]).events(&name("Demo-QA-B"), since).await.unwrap();
    let told: Vec<_> = events.iter().map(|it| (it.severity, it.message.as_str())).collect();
    assert_eq!(
        told,
        [(Severity::Info, "first"), (Severity::Warn, "second"), (Severity::Error, "third")]
    );
    assert_eq!(events[0].time, "2026-01-02T03:04:05Z".parse().unwrap());
    assert_eq!((&events[0].request_id, events[1].request_id.as_deref()), (&None, Some("r-1")));
}

/// The newest version among `pages` of versions.
async fn newest(pages: [(&'static str, &'static str); 2]) -> Option<VersionLabel> {
    let [first, second] = pages.map(|(members, token)| {
        let body = format!("<ApplicationVersions>{members}</ApplicationVersions>{token}");
        mock!(Client::describe_application_versions)
            .match_requests(|input| input.application_name() == Some("Demo"))
            .then_http_response(move || ok("DescribeApplicationVersions", &body))
    });
    beanstalk(&[&first, &second]).newest_version("Demo").await.unwrap()
}

#[tokio::test]
async fn the_newest_version_is_the_last_one_created_that_can_be_deployed() {
    let old = "<member><VersionLabel>v9</VersionLabel><Status>PROCESSED</Status>\
               <DateCreated>2026-01-02T03:04:05.123Z</DateCreated></member>";
    let new = "<member><VersionLabel>v10</VersionLabel><Status>UNPROCESSED</Status>\
               <DateCreated>2026-01-03T03:04:05Z</DateCreated></member>\
               <member><VersionLabel>bad</VersionLabel><Status>FAILED</Status>\
               <DateCreated>2026-01-04T03:04:05Z</DateCreated></member>";
    let token = "<NextToken>more</NextToken>";
    assert_eq!(newest([(old, token), (new, "")]).await.unwrap().as_str(), "v10");
    assert_eq!(newest([(new, token), (old, "")]).await.unwrap().as_str(), "v10");
    assert_eq!(newest([("", token), ("", "")]).await, None);
}
