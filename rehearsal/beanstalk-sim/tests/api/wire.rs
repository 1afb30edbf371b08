//! The wire format, for clients other than the SDK.

use std::time::Duration;

use beanstalk_sim::Outcome;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::{Body, Client, Method, RequestBuilder, Response};

use crate::stage::{Stage, http, stage};

const SCOPE: &str = "us-east-1/elasticbeanstalk/aws4_request";

/// A request with a signature that passes the checks.
fn signed(request: RequestBuilder, scope: &str) -> RequestBuilder {
    let credential = format!("Credential=AKIDTEST/20261122/{scope}");
    request.header("x-amz-date", "20261122T141035Z").header(
        "authorization",
        format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=00"),
    )
}

async fn post(stage: &Stage, body: impl Into<Body>) -> Response {
    let request = http().post(stage.simulator.url()).body(body);
    let request =
        request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    signed(request, SCOPE).send().await.unwrap()
}

/// Status, code and message of a refusal.
async fn refused(response: Response) -> String {
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_default();
        rest.split_once("</").unwrap_or_default().0.to_owned()
    };
    format!("{status} {}: {}", element("Code"), element("Message"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_reaches_neither_the_api_nor_the_controls() {
    let stage = stage().await;
    let before = stage.simulator.calls().len();
    for path in ["/", "/_sim/reset"] {
        for (name, value) in [
            ("host", "evil.example"),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let url = format!("{}{path}", stage.simulator.url());
            let response =
                signed(http().post(url), SCOPE).header(name, value).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 403, "{path} {name}");
        }
    }
    assert_eq!(stage.simulator.calls().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_a_date_and_its_request_in_header_and_body() {
    let stage = stage().await;
    let response = post(
        &stage,
        "Action=DescribeEnvironments&Version=2010-12-01&EnvironmentNames.member.1=none",
    )
    .await;
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.headers().contains_key("date"));
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
    insta::assert_snapshot!(response.text().await.unwrap().replace(&id, "ID"), @r#"<DescribeEnvironmentsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><DescribeEnvironmentsResult><Environments></Environments></DescribeEnvironmentsResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DescribeEnvironmentsResponse>"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_type_code_and_message() {
    let stage = stage().await;
    let response = post(&stage, "Action=MakeCoffee&Version=2010-12-01").await;
    assert_eq!(response.status().as_u16(), 400);
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
    insta::assert_snapshot!(response.text().await.unwrap().replace(&id, "ID"), @r#"<ErrorResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation MakeCoffee for version 2010-12-01</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_clients_use_get_and_operation_and_members() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let url = format!(
        "{}/?Operation=DescribeEnvironments&Version=2010-12-01&EnvironmentNames.members.1=shop-a",
        stage.simulator.url()
    );
    let body = signed(http().get(url), SCOPE).send().await.unwrap().text().await.unwrap();
    assert!(body.contains("<EnvironmentName>shop-a</EnvironmentName>"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_has_no_values() {
    let stage = stage().await;
    let body = "Action=CreateEnvironment&Version=2010-12-01&ApplicationName=shop&EnvironmentName=shop-a&OptionSettings=";
    assert_eq!(post(&stage, body).await.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_an_action_are_refused() {
    let stage = stage().await;
    for body in ["", "Version=2010-12-01"] {
        let response = post(&stage, body).await;
        assert_eq!(response.status().as_u16(), 400);
        assert!(response.text().await.unwrap().contains("<Code>MissingAction</Code>"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_the_errors_of_the_service() {
    let stage = stage().await;
    let mut refusals = Vec::new();
    for body in [
        "Action=DescribeEvents",
        "Action=DescribeEvents&Version=2011-01-01",
        "Action=DescribeEvents&Version=2010-12-01&MaxRecords=many",
        "Action=DescribeEvents&Version=2010-12-01&MaxRecords=0",
        "Action=DescribeEvents&Version=2010-12-01&StartTime=yesterday",
        "Action=DescribeEnvironments&Version=2010-12-01&EnvironmentNames.member.x=shop",
        "Action=UpdateEnvironment&Version=2010-12-01&EnvironmentName=shop%00a",
        "Action=UpdateEnvironment&Version=2010-12-01&EnvironmentName=%3Cshop%3E",
        "Action=UpdateEnvironment&Version=2010-12-01",
        "Action=DescribeEvents&Version=2010-12-01&ApplicationName=%zz",
        "Action=DescribeEvents&Version=2010-12-01&ApplicationName=%ff",
    ] {
        refusals.push(refused(post(&stage, body).await).await);
    }
    insta::assert_snapshot!(refusals.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_for_other_services_are_refused() {
    let stage = stage().await;
    let url = format!("{}/?Action=DescribeEvents&Version=2010-12-01", stage.simulator.url());
    let unsigned = http().get(&url).send().await.unwrap();
    assert_eq!(
        refused(unsigned).await,
        "403 MissingAuthenticationToken: Request is missing Authentication Token"
    );
    let elsewhere = signed(http().get(&url), "us-east-1/s3/aws4_request").send().await.unwrap();
    assert_eq!(
        refused(elsewhere).await,
        "403 SignatureDoesNotMatch: Credential should be scoped to correct service: &apos;elasticbeanstalk&apos;. "
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_survives_every_error() {
    let stage = stage().await;
    let client = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let huge = "x".repeat(2 * 1024 * 1024);
    let mut statuses = Vec::new();
    for (method, path, body) in [
        (Method::PUT, "/", ""),
        (Method::HEAD, "/", ""),
        (Method::POST, "/elsewhere", ""),
        (Method::POST, "/_sim/elsewhere", ""),
        (Method::POST, "/", huge.as_str()),
        (Method::POST, "/", "Action=%"),
        (Method::POST, "/", "Action=DescribeEvents&Version=2010-12-01"),
    ] {
        let url = format!("{}{path}", stage.simulator.url());
        let request = client.request(method, url).body(body.to_owned());
        statuses.push(signed(request, SCOPE).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [405, 405, 404, 404, 413, 404, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_returned_to_clients_that_accept_it() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let ask = async |body: &'static str| {
        let request = http().post(stage.simulator.url()).header("accept", "application/json");
        let response = signed(request.body(body), SCOPE).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/json");
        response.json::<serde_json::Value>().await.unwrap()
    };
    let answer = ask("Action=DescribeEnvironments&Version=2010-12-01").await;
    let answer = &answer["DescribeEnvironmentsResponse"];
    let environment = &answer["DescribeEnvironmentsResult"]["Environments"][0];
    assert_eq!(environment["EnvironmentName"], "shop-a");
    assert_eq!(environment["AbortableOperationInProgress"], false);
    assert!(environment["DateCreated"].as_f64().unwrap() > 1e9, "{environment}");
    assert!(answer["ResponseMetadata"]["RequestId"].is_string(), "{answer}");

    let answer = ask("Action=UpdateEnvironment&Version=2010-12-01&EnvironmentName=none").await;
    assert_eq!(answer["Error"]["Code"], "InvalidParameterValue");
}

/// Valid and invalid requests.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let names = "(EnvironmentName|VersionLabel|ApplicationName|MaxRecords|NextToken|StartTime|Severity|IncludeDeleted\
        |ResourceArn|AttributeNames|EnvironmentNames|OptionSettings|Tags|Tier|SourceBundle|CNAMEPrefix\
        |Filters|PlatformArn|TemplateSpecification)(\\.members?)?(\\.[0-9]{0,11})?\
        (\\.(Namespace|OptionName|Value|Key|Name|Type|S3Bucket))?";
    let value = "shop|v1|true|[0-9]{1,20}|(%[0-9a-fA-F]{2}){0,8}|\\PC{0,20}";
    let action = prop::sample::select(vec![
        "AbortEnvironmentUpdate",
        "CheckDNSAvailability",
        "CreateApplication",
        "CreateApplicationVersion",
        "CreateEnvironment",
        "DeleteApplicationVersion",
        "DescribeApplicationVersions",
        "DescribeConfigurationOptions",
        "DescribeConfigurationSettings",
        "DescribeEnvironmentHealth",
        "DescribeEnvironmentResources",
        "DescribeEnvironments",
        "DescribeEvents",
        "DescribeInstancesHealth",
        "DescribePlatformVersion",
        "ListPlatformVersions",
        "ListTagsForResource",
        "SwapEnvironmentCNAMEs",
        "UpdateEnvironment",
        "UpdateTagsForResource",
    ]);
    let call = (action, prop::collection::vec((names, value), 0..8)).prop_map(|(action, pairs)| {
        let mut body = format!("Action={action}&Version=2010-12-01");
        for (name, value) in pairs {
            body.extend(["&", &name, "=", &value]);
        }
        body.into_bytes()
    });
    prop_oneof![8 => call, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

#[test]
fn any_request_gets_a_success_or_a_sender_error() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stage = runtime.block_on(stage());
    let client = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
    let mut runner = TestRunner::new(Config::with_cases(1000));
    let answered = runner.run(&body(), |body| {
        let request = signed(client.post(stage.simulator.url()).body(body), SCOPE);
        let response = runtime.block_on(async { request.send().await });
        let status = response.map(|response| response.status().as_u16());
        prop_assert!(matches!(status, Ok(200 | 400 | 404)), "{status:?}");
        Ok(())
    });
    answered.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_kept_with_caller_and_outcome() {
    let stage = stage().await;
    stage.client.describe_environments().application_name("shop").send().await.unwrap();
    stage.client.update_environment().environment_name("none").send().await.unwrap_err();
    let calls = stage.simulator.calls();
    let [.., describe, update] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(
        (describe.operation.as_str(), &describe.outcome),
        ("DescribeEnvironments", &Outcome::Success)
    );
    assert_eq!(describe.parameters["ApplicationName"], "shop");
    assert_eq!(describe.access_key.as_deref(), Some("AKIDTEST"));
    let answer = describe.answer.as_deref().unwrap();
    assert_eq!(describe.status, Some(200));
    assert!(answer.contains("<Environments></Environments>"), "{answer}");
    assert!(answer.contains(&describe.request_id), "{answer}");
    assert!(
        matches!(&update.outcome, Outcome::Error { status: 400, code, .. } if code == "InvalidParameterValue")
    );
}
