//! Slots and looks, as the table has them.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::wire::{answer, json_error};

/// 2026-01-02T03:04:05Z, in milliseconds since 1970.
const NOW: i64 = 1_767_323_045_000;

fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW).unwrap()
}

fn quota(rules: &[&Rule]) -> DynamoQuota {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    DynamoQuota::new(client, Pace { per_minute: 30 })
}

fn ok(body: impl Into<String>) -> HttpResponse {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], body.into())
}

fn refused() -> HttpResponse {
    json_error(
        400,
        "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "The conditional request failed",
    )
}

/// A read that finds the reservation `at`.
fn found(at: Option<i64>) -> Rule {
    let item =
        |at| format!(r##"{{"Item": {{"stack": {{"S": "#admissions"}}, "at": {{"N": "{at}"}}}}}}"##);
    let body = at.map_or_else(|| "{}".to_owned(), item);
    mock!(Client::get_item)
        .match_requests(|input| {
            input.table_name() == Some(STACKS)
                && input.key().unwrap()["stack"] == text("#admissions")
                && input.consistent_read() == Some(true)
        })
        .then_http_response(move || ok(body.clone()))
}

/// A write of `at` to item `key`, on the condition that is `operator` and `limit`.
fn stored(
    (key, at): (&'static str, i64),
    (operator, limit): (&'static str, i64),
    response: fn() -> HttpResponse,
) -> Rule {
    let condition = format!("attribute_not_exists(#at) OR #at {operator} :limit");
    mock!(Client::update_item)
        .match_requests(move |input| {
            let values = input.expression_attribute_values().unwrap();
            input.table_name() == Some(STACKS)
                && input.key().unwrap()["stack"] == text(key)
                && input.condition_expression() == Some(&condition)
                && (&values[":at"], &values[":limit"]) == (&number(at), &number(limit))
        })
        .then_http_response(response)
}

#[tokio::test]
async fn the_first_release_begins_now() {
    let write = stored((ADMISSIONS, NOW + 2000), ("=", 0), || ok("{}"));
    let at = quota(&[&found(None), &write]).admit(now()).await.unwrap();
    assert_eq!(at, NOW);
}

#[tokio::test]
async fn a_release_after_a_burst_begins_later() {
    let reserved = NOW + 10_000;
    let write = stored((ADMISSIONS, NOW + 12_000), ("=", reserved), || ok("{}"));
    let at = quota(&[&found(Some(reserved)), &write]).admit(now()).await.unwrap();
    assert_eq!(at, NOW + 2000);
}

#[tokio::test]
async fn a_slot_is_not_given_to_two_releases() {
    let refuse = stored((ADMISSIONS, NOW + 12_000), ("=", NOW + 10_000), refused);
    let write = stored((ADMISSIONS, NOW + 14_000), ("=", NOW + 12_000), || ok("{}"));
    let rules = [&found(Some(NOW + 10_000)), &refuse, &found(Some(NOW + 12_000)), &write];
    assert_eq!(quota(&rules).admit(now()).await.unwrap(), NOW + 4000);
}

#[tokio::test]
async fn too_many_concurrent_reservations_are_throttled() {
    let rules: Vec<_> = (0..TRIES)
        .flat_map(|_| [found(None), stored((ADMISSIONS, NOW + 2000), ("=", 0), refused)])
        .collect();
    let error = quota(&rules.iter().collect::<Vec<_>>()).admit(now()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.Throttled");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_look_is_claimed_at_most_once_a_second_by_kind() {
    for (kind, key) in [
        (WaitKind::Admission, "#look-admission"),
        (WaitKind::Health, "#look-health"),
        (WaitKind::Bake, "#look-bake"),
    ] {
        let claimed = stored((key, NOW), ("<=", NOW - 1000), || ok("{}"));
        assert!(quota(&[&claimed]).claim_look(kind, now()).await.unwrap(), "{key}");
        let before = stored((key, NOW), ("<=", NOW - 1000), refused);
        assert!(!quota(&[&before]).claim_look(kind, now()).await.unwrap(), "{key}");
    }
}

#[tokio::test]
async fn an_unavailable_table_is_an_error() {
    let sorry = || json_error(500, "InternalServerError", "Sorry.");
    let write = stored((ADMISSIONS, NOW + 2000), ("=", 0), sorry);
    let error = quota(&[&found(None), &write]).admit(now()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
    let claim = stored(("#look-bake", NOW), ("<=", NOW - 1000), sorry);
    let error = quota(&[&claim]).claim_look(WaitKind::Bake, now()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
}

#[tokio::test]
async fn a_timer_is_claimed_unless_an_earlier_one_is_pending() {
    let due = NOW + 60_000;
    let claim = |response: fn() -> HttpResponse| {
        mock!(Client::update_item)
            .match_requests(move |input| {
                let values = input.expression_attribute_values().unwrap();
                let condition = "attribute_not_exists(#at) OR #at <= :limit OR #at > :at";
                input.key().unwrap()["stack"] == text("#timer-bake")
                    && input.condition_expression() == Some(condition)
                    && (&values[":at"], &values[":limit"]) == (&number(due), &number(NOW + 1000))
            })
            .then_http_response(response)
    };
    let at = Timestamp::from_millisecond(due).unwrap();
    for (response, claimed) in [((|| ok("{}")) as fn() -> HttpResponse, true), (refused, false)] {
        let answer = quota(&[&claim(response)]).claim_timer(WaitKind::Bake, now(), at).await;
        assert_eq!(answer.unwrap(), claimed);
    }
}
