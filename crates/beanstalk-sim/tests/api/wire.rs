//! The wire itself, as clients other than the SDK see it.

use beanstalk_sim::Outcome;

use crate::stage::{Stage, http, stage};

async fn post(stage: &Stage, body: &str) -> reqwest::Response {
    let request = http().post(stage.simulator.url()).body(body.to_owned());
    request
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .send()
        .await
        .unwrap()
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
    let response = post(&stage, "Action=MakeCoffee").await;
    assert_eq!(response.status().as_u16(), 400);
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
    insta::assert_snapshot!(response.text().await.unwrap().replace(&id, "ID"), @r#"<ErrorResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation MakeCoffee for version 2010-12-01</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_clients_use_get_and_operation_and_members() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let url = format!(
        "{}/?Operation=DescribeEnvironments&EnvironmentNames.members.1=shop-a",
        stage.simulator.url()
    );
    let body = http().get(url).send().await.unwrap().text().await.unwrap();
    assert!(body.contains("<EnvironmentName>shop-a</EnvironmentName>"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_no_list() {
    let stage = stage().await;
    let body =
        "Action=CreateEnvironment&ApplicationName=shop&EnvironmentName=shop-a&OptionSettings=";
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
    assert!(
        matches!(&update.outcome, Outcome::Error { status: 400, code, .. } if code == "InvalidParameterValue")
    );
}
