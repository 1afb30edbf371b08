//! What Step Functions is told about a wait, and what its answers mean.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use super::*;
use crate::wire::{answer, json_error};

fn tasks(rules: &[&Rule]) -> WaitingTasks {
    let client = mock_client!(aws_sdk_sfn, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    WaitingTasks::new(client)
}

fn token() -> TaskToken {
    TaskToken::from("AAAA-secret")
}

fn ok() -> HttpResponse {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], "{}")
}

/// What comes of both ways to end a wait if Step Functions answers with `code` and `message`.
async fn refused(
    status: u16,
    code: &'static str,
    message: &'static str,
) -> [Result<bool, Error>; 2] {
    let answer = move || json_error(status, code, message);
    let success = mock!(Client::send_task_success).then_http_response(answer);
    let failure = mock!(Client::send_task_failure).then_http_response(answer);
    let error = Error::HostedZoneMissing { zone: "Z1".to_owned() };
    [
        tasks(&[&success]).succeed(&token(), &json!({})).await,
        tasks(&[&failure]).fail(&token(), &error).await,
    ]
}

#[tokio::test]
async fn a_task_succeeds_with_its_output() {
    let rule = mock!(Client::send_task_success)
        .match_requests(|input| {
            (input.task_token(), input.output())
                == (Some("AAAA-secret"), Some(r#"{"health":"Ok","seconds":42}"#))
        })
        .then_http_response(ok);
    let output = json!({"health": "Ok", "seconds": 42});
    assert!(tasks(&[&rule]).succeed(&token(), &output).await.unwrap());
}

#[tokio::test]
async fn a_task_fails_under_the_name_of_the_error() {
    let rule = mock!(Client::send_task_failure)
        .match_requests(|input| {
            input.task_token() == Some("AAAA-secret")
                && input.error() == Some("Mist.HostedZoneMissing")
                && input.cause()
                    == Some("hosted zone `Z1` does not exist; correct `hostedZoneId` in mist.yaml")
        })
        .then_http_response(ok);
    let error = Error::HostedZoneMissing { zone: "Z1".to_owned() };
    assert!(tasks(&[&rule]).fail(&token(), &error).await.unwrap());
}

#[tokio::test]
async fn an_ended_wait_is_no_error() {
    for (code, message) in [
        ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"),
        ("TaskDoesNotExist", "Task does not exist"),
        ("InvalidToken", "Invalid Token: 'Invalid token'"),
        ("com.amazonaws.swf.service.v2.model#TaskTimedOut", "Task Timed Out"),
    ] {
        for ended in refused(400, code, message).await {
            assert!(!ended.unwrap(), "{code}");
        }
    }
}

#[tokio::test]
async fn any_other_refusal_is_an_error() {
    for (status, code, expected) in [
        (400, "InvalidOutput", "Mist.ServiceFailed"),
        (400, "AccessDeniedException", "Mist.AccessDenied"),
        (400, "ThrottlingException", "Mist.Throttled"),
        (500, "InternalServerError", "Mist.ServiceUnavailable"),
    ] {
        for ended in refused(status, code, "why").await {
            assert_eq!(ended.unwrap_err().code(), expected, "{code}");
        }
    }
}

#[tokio::test]
async fn a_token_is_never_shown() {
    assert_eq!(format!("{:?} {:#?}", token(), Some(token())), "TaskToken Some(\n    TaskToken,\n)");
    for ended in refused(500, "InternalServerError", "Sorry.").await {
        let error = ended.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}
