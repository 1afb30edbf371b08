//! Items as they are read and written.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::wire::{answer, json_error};

fn ledger(rules: &[&Rule]) -> DynamoLedger {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    DynamoLedger::new(client)
}

fn qa() -> StackName {
    "QA".parse().unwrap()
}

fn ok(body: &'static str) -> HttpResponse {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], body)
}

async fn state(body: &'static str) -> Result<StackState, Error> {
    let rule = mock!(Client::get_item)
        .match_requests(|input| {
            input.table_name() == Some(STACKS) && input.consistent_read() == Some(true)
        })
        .then_http_response(move || ok(body));
    ledger(&[&rule]).state(&qa()).await
}

const HELD: &str = r#"{"Item": {"stack": {"S": "QA"}, "revision": {"N": "7"}, "fence": {"N": "3"},
    "lease": {"M": {"run": {"S": "arn:run"}, "operation": {"S": "deploy"},
        "reason": {"S": "deploy v2 by ada"}, "since": {"S": "2026-01-02T03:04:05.678Z"},
        "expires": {"N": "1767323145"}, "phase": {"S": "preparing"}}},
    "newestUpload": {"S": "2026-01-02T03:04:05Z"},
    "live": {"M": {"side": {"S": "A"}, "environment": {"S": "Demo-QA-A"}, "version": {"S": "v1"},
        "since": {"N": "1767323045"}, "drained": {"N": "1767323165"}, "previous": {"NULL": true}}},
    "somethingNew": {"BOOL": true}}}"#;

#[tokio::test]
async fn reads_what_the_state_machine_writes() {
    let state = state(HELD).await.unwrap();
    let lease = state.lease.unwrap();
    assert_eq!((state.revision, state.fence, lease.run.as_str()), (7, 3, "arn:run"));
    let live = state.live.unwrap();
    assert_eq!(
        (live.version.as_deref(), live.previous, live.drained),
        (Some("v1"), None, 1_767_323_165)
    );
}

#[tokio::test]
async fn nothing_is_remembered_of_a_stack_that_was_never_released_to() {
    assert_eq!(state("{}").await.unwrap(), StackState::default());
}

#[tokio::test]
async fn an_item_that_somebody_edited_is_named() {
    let error = state(r#"{"Item": {"stack": {"S": "QA"}, "lease": {"S": "mine"}}}"#).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "Mist.InvalidLedger");
    assert!(error.to_string().starts_with("item `mist-stacks/QA` cannot be read: "), "{error}");
}

async fn written(response: fn() -> HttpResponse) -> Result<bool, Error> {
    let seen = state(HELD).await?;
    let next = seen
        .without("arn:run")
        .ok_or_else(|| Error::InvalidInput { problem: "the run holds the lock".to_owned() })?;
    let rule = mock!(Client::update_item)
        .match_requests(|input| {
            let values = input.expression_attribute_values().unwrap();
            values[":seen"] == number(7)
                && values[":revision"] == number(8)
                && values[":fence"] == number(3)
                && input.update_expression()
                    == Some(
                        "SET revision = :revision, fence = :fence, waiting = :waiting, \
                         newestUpload = :newestUpload REMOVE lease, superseded",
                    )
        })
        .then_http_response(response);
    ledger(&[&rule]).write(&qa(), &seen, &next).await
}

#[tokio::test]
async fn lock_and_queue_are_written_where_nobody_else_did_meanwhile() {
    assert!(written(|| ok("{}")).await.unwrap());
    let failed =
        || json_error(400, "ConditionalCheckFailedException", "The conditional request failed");
    assert!(!written(failed).await.unwrap());
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_is_an_error() {
    let down = written(|| json_error(500, "InternalServerError", "Sorry.")).await.unwrap_err();
    assert_eq!(down.code(), "Mist.ServiceUnavailable");
    let denied = written(|| json_error(400, "AccessDeniedException", "no")).await.unwrap_err();
    assert_eq!(denied.code(), "Mist.AccessDenied");
}

async fn releases(body: &'static str) -> Result<Vec<PastRelease>, Error> {
    let rule = mock!(Client::query)
        .match_requests(|input| {
            input.table_name() == Some(RELEASES)
                && input.scan_index_forward() == Some(false)
                && input.limit() == Some(20)
        })
        .then_http_response(move || ok(body));
    ledger(&[&rule]).releases(&qa(), 20).await?.into_iter().collect()
}

#[tokio::test]
async fn a_release_that_runs_has_no_end_yet() {
    let found = releases(
        r#"{"Items": [{"formatVersion": {"N": "1"}, "stack": {"S": "QA"}, "id": {"S": "2026-01-02"},
        "run": {"S": "arn:run"}, "operation": {"S": "deploy"}, "startedBy": {"S": "ada"},
        "startedAt": {"S": "2026-01-02T03:04:05.678Z"}, "verdict": {"S": "running"}}]}"#,
    );
    let [release] = found.await.unwrap().try_into().unwrap();
    assert_eq!((release.verdict.as_str(), release.ended_at), (PastRelease::RUNNING, None));
    assert!(release.steps.is_empty());
}

#[tokio::test]
async fn a_release_of_another_format_is_refused_by_name() {
    let error = releases(r#"{"Items": [{"stack": {"S": "QA"}, "id": {"S": "7"}}]}"#).await;
    insta::assert_snapshot!(error.unwrap_err(), @"item `mist-releases/QA/7` cannot be read: it has format none, not 1");
}

#[tokio::test]
async fn the_sizes_of_a_stopped_side_are_written_under_the_name_that_they_are_read_by() {
    let sizes = mist_core::Sizes { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), sizes };
    let rule = mock!(Client::update_item)
        .match_requests(|input| {
            input.table_name() == Some(STACKS)
                && input.update_expression() == Some("SET stoppedB = :stopped")
        })
        .then_http_response(|| ok("{}"));
    ledger(&[&rule]).remember_stopped(&qa(), Side::B, &stopped).await.unwrap();
    let item = r#"{"Item": {"stoppedB": {"M": {"environment": {"S": "Demo-QA-B"}, "sizes": {"M":
        {"min": {"N": "1"}, "max": {"N": "4"}, "desired": {"N": "2"}}}}}}}"#;
    assert_eq!(state(item).await.unwrap().stopped(Side::B, &stopped.environment), Some(sizes));
}

#[tokio::test]
async fn a_stack_is_forgotten_only_as_it_was_seen() {
    let forget = async |response: fn() -> HttpResponse| {
        let rule = mock!(Client::delete_item)
            .match_requests(|input| {
                let seen = input.expression_attribute_values().and_then(|it| it.get(":seen"));
                input.table_name() == Some(STACKS) && seen == Some(&number(7))
            })
            .then_http_response(response);
        let seen = StackState { revision: 7, ..StackState::default() };
        ledger(&[&rule]).forget(&qa(), &seen).await.unwrap()
    };
    assert!(forget(|| ok("{}")).await);
    let changed = || json_error(400, "ConditionalCheckFailedException", "The condition failed");
    assert!(!forget(changed).await);
}

#[tokio::test]
async fn what_a_stopped_side_gets_back_is_not_forgotten() {
    let rule = mock!(Client::update_item)
        .match_requests(|input| {
            let removes = |it: &str| it.starts_with("REMOVE ") && !it.contains("stopped");
            input.update_expression().is_some_and(removes)
        })
        .then_http_response(|| ok("{}"));
    let sizes = mist_core::Sizes { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), sizes };
    let seen = StackState { stopped_b: Some(stopped), ..StackState::default() };
    assert!(ledger(&[&rule]).forget(&qa(), &seen).await.unwrap());
}

#[tokio::test]
async fn all_stacks_are_listed_over_several_pages() {
    let pages = [
        r#"{"Items": [{"stack": {"S": "UAT"}}], "LastEvaluatedKey": {"stack": {"S": "UAT"}}}"#,
        r#"{"Items": [{"stack": {"S": "QA"}}]}"#,
    ];
    let rules = pages.map(|page| mock!(Client::scan).then_http_response(move || ok(page)));
    assert_eq!(ledger(&[&rules[0], &rules[1]]).stacks().await.unwrap(), ["QA", "UAT"]);
}
