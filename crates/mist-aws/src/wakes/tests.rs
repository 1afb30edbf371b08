//! What SQS is told, and what its answers mean.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::wire::{answer, json_error};

const HEALTH: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/mist-health";
const BAKE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/mist-bake";

fn wakes(rules: &[&Rule], queues: Queues) -> SqsWakes {
    let client = mock_client!(aws_sdk_sqs, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    SqsWakes::new(client, queues)
}

fn both() -> Queues {
    Queues { health: Some(HEALTH.to_owned()), bake: Some(BAKE.to_owned()) }
}

/// A queue at `url` that takes one message with a delay of `seconds`.
fn queue(url: &'static str, seconds: i32) -> Rule {
    mock!(Client::send_message)
        .match_requests(move |input| {
            (input.queue_url(), input.delay_seconds()) == (Some(url), Some(seconds))
                && input.message_body() == Some(r#"{"wake":"timer"}"#)
        })
        .then_http_response(|| {
            let body = r#"{"MessageId":"219f8380-5770-4cc2-8c3e-5c715e145f5e","MD5OfMessageBody":"5c54f2b4ae8ff6de1a75d1f5b3d1e47d"}"#;
            answer(200, &[("content-type", "application/x-amz-json-1.0")], body)
        })
}

#[tokio::test]
async fn each_kind_wakes_the_function_that_looks() {
    for (kind, url) in
        [(WaitKind::Admission, HEALTH), (WaitKind::Health, HEALTH), (WaitKind::Bake, BAKE)]
    {
        wakes(&[&queue(url, 0)], both()).wake(kind, Duration::ZERO).await.unwrap();
    }
}

#[tokio::test]
async fn a_delay_is_rounded_up_to_seconds_and_at_most_fifteen_minutes() {
    for (milliseconds, seconds) in [
        (0, 0),
        (1, 1),
        (1000, 1),
        (1001, 2),
        (59_999, 60),
        (899_999, 900),
        (900_000, 900),
        (900_001, 900),
        (86_400_000, 900),
    ] {
        let delay = Duration::from_millis(milliseconds);
        wakes(&[&queue(BAKE, seconds)], both()).wake(WaitKind::Bake, delay).await.unwrap();
    }
    wakes(&[&queue(BAKE, 900)], both()).wake(WaitKind::Bake, Duration::MAX).await.unwrap();
}

#[tokio::test]
async fn a_function_without_the_queue_cannot_wake() {
    let queues = Queues { bake: None, ..both() };
    let error = wakes(&[], queues).wake(WaitKind::Bake, Duration::ZERO).await.unwrap_err();
    insta::assert_snapshot!(error, @"sqs failed: no queue for Bake; set `MIST_HEALTH_QUEUE` and `MIST_BAKE_QUEUE`");
}

#[tokio::test]
async fn an_unavailable_queue_is_an_error() {
    for (status, code, expected) in [
        (500, "InternalError", "Mist.ServiceUnavailable"),
        (403, "AccessDenied", "Mist.AccessDenied"),
        (400, "com.amazonaws.sqs#QueueDoesNotExist", "Mist.ServiceFailed"),
    ] {
        let rule =
            mock!(Client::send_message).then_http_response(move || json_error(status, code, "why"));
        let woken = wakes(&[&rule], both()).wake(WaitKind::Health, Duration::ZERO).await;
        assert_eq!(woken.unwrap_err().code(), expected, "{code}");
    }
}

#[test]
fn the_environment_names_the_queues() {
    let queues = Queues::from_env(|name| (name == "MIST_HEALTH_QUEUE").then(|| HEALTH.to_owned()));
    assert_eq!((queues.health.as_deref(), queues.bake), (Some(HEALTH), None));
    let queues = Queues::from_env(|name| (name == "MIST_BAKE_QUEUE").then(|| BAKE.to_owned()));
    assert_eq!((queues.health, queues.bake.as_deref()), (None, Some(BAKE)));
}
