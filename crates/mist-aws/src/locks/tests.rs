//! Items as they are read and written.

use std::sync::{Arc, Mutex};

use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use mist_core::{
    beanstalk::capacity::Capacity,
    release::state::{Phase, Stopped, WaitKind},
    stack::side::Side,
};

use super::*;
use crate::wire::{answer, json_error};

fn locks(rules: &[&Rule]) -> DynamoLocks {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    DynamoLocks::new(client)
}

fn qa() -> StackName {
    "QA".parse().unwrap()
}

fn ok(body: &'static str) -> HttpResponse {
    answer(200, &[("content-type", "application/x-amz-json-1.0")], body)
}

fn changed() -> HttpResponse {
    json_error(
        400,
        "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "The conditional request failed",
    )
}

async fn state(body: &'static str) -> Result<StackState, Error> {
    let rule = mock!(Client::get_item)
        .match_requests(|input| {
            input.table_name() == Some(STACKS) && input.consistent_read() == Some(true)
        })
        .then_http_response(move || ok(body));
    locks(&[&rule]).state(&qa()).await
}

/// The item that is written to go from `seen` to `next`.
async fn written(seen: &StackState, next: &StackState) -> Item {
    let item = Arc::new(Mutex::new(Item::default()));
    let put = Arc::clone(&item);
    let expected = number(seen.revision);
    let rule = mock!(Client::put_item)
        .match_requests(move |input| {
            let values = input.expression_attribute_values().unwrap();
            input.table_name() == Some(STACKS)
                && input.condition_expression() == Some(UNCHANGED)
                && values[":seen"] == expected
        })
        .then_compute_response(move |input| {
            put.lock().unwrap().clone_from(input.item().unwrap());
            MockResponse::Http(ok("{}"))
        });
    assert!(locks(&[&rule]).write(&qa(), seen, next).await.unwrap());
    item.lock().unwrap().clone()
}

/// What comes of a write that is answered with `response`.
async fn write(response: fn() -> HttpResponse) -> Result<bool, Error> {
    let rule = mock!(Client::put_item).then_http_response(response);
    let next = StackState { revision: 1, ..StackState::default() };
    locks(&[&rule]).write(&qa(), &StackState::default(), &next).await
}

fn with_stopped_b(revision: u64) -> StackState {
    let capacity = Capacity { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse().unwrap(), capacity };
    StackState { revision, stopped_b: Some(stopped), ..StackState::default() }
}

const HELD: &str = r#"{"Item": {"stack": {"S": "QA"}, "revision": {"N": "7"}, "fence": {"N": "3"},
    "lease": {"M": {"execution": {"S": "arn:ada"}, "operation": {"S": "deploy"},
        "reason": {"S": "deploy v2 by ada"}, "since": {"S": "2026-01-02T03:04:05.678Z"},
        "expires": {"N": "1767323145"}, "phase": {"S": "preparing"}, "admitted": {"N": "1767323046000"},
        "wait": {"M": {"kind": {"S": "health"}, "token": {"S": "AAAA-secret"},
            "since": {"S": "2026-01-02T03:05:00Z"}, "request": {"S": "{\"stack\":\"QA\"}"}}}}},
    "queue": {"L": [{"M": {"execution": {"S": "arn:bob"}, "operation": {"S": "swap"},
        "reason": {"S": "swap by bob"}, "since": {"S": "2026-01-02T03:04:30Z"},
        "until": {"N": "1767326670"}, "token": {"S": "BBBB-secret"}}}]},
    "past": {"L": [{"M": {"execution": {"S": "arn:eve"}, "at": {"N": "1767323045"},
        "supersededBy": {"S": "deploy v2 by ada"}}}]},
    "newestUpload": {"S": "2026-01-02T03:04:05Z"},
    "live": {"M": {"side": {"S": "A"}, "environment": {"S": "Demo-QA-A"}, "version": {"S": "v1"},
        "since": {"N": "1767323045"}, "drained": {"N": "1767323165"}, "previous": {"NULL": true}}},
    "somethingNew": {"BOOL": true}}}"#;

/// An item as mist wrote it before waits had tokens.
const OLDER: &str = r#"{"Item": {"stack": {"S": "QA"}, "revision": {"N": "7"}, "fence": {"N": "3"},
    "lease": {"M": {"run": {"S": "arn:ada"}, "operation": {"S": "deploy"},
        "reason": {"S": "deploy v2 by ada"}, "since": {"S": "2026-01-02T03:04:05.678Z"},
        "expires": {"N": "1767323145"}, "phase": {"S": "swapping"}}},
    "waiting": {"L": [{"M": {"run": {"S": "arn:bob"}, "reason": {"S": "swap by bob"},
        "since": {"S": "2026-01-02T03:04:30Z"}, "expires": {"N": "1767323400"}}}]},
    "superseded": {"M": {"run": {"S": "arn:eve"}, "by": {"S": "deploy v2 by ada"}}},
    "live": {"M": {"side": {"S": "A"}, "environment": {"S": "Demo-QA-A"}, "version": {"S": "v1"},
        "since": {"N": "1767323045"}, "drained": {"N": "1767323165"}, "previous": {"NULL": true}}}}}"#;

#[tokio::test]
async fn reads_lock_queue_and_live_side() {
    let state = state(HELD).await.unwrap();
    assert_eq!((state.revision, state.fence), (7, 3));
    let lease = state.lease.unwrap();
    assert_eq!((lease.execution.as_str(), lease.admitted), ("arn:ada", Some(1_767_323_046_000)));
    let wait = lease.wait.unwrap();
    assert_eq!((wait.kind, wait.request.as_str()), (WaitKind::Health, r#"{"stack":"QA"}"#));
    assert_eq!(wait.token.expose(), "AAAA-secret");
    assert_eq!(state.queue[0].token.expose(), "BBBB-secret");
    assert_eq!(state.past[0].superseded_by.as_deref(), Some("deploy v2 by ada"));
    let live = state.live.unwrap();
    assert_eq!(
        (live.version.as_deref(), live.previous, live.drained),
        (Some("v1"), None, 1_767_323_165)
    );
}

#[tokio::test]
async fn reads_an_item_of_an_older_format() {
    let state = state(OLDER).await.unwrap();
    let lease = state.lease.as_ref().unwrap();
    assert_eq!((lease.execution.as_str(), lease.phase), ("arn:ada", Phase::Swapping));
    assert_eq!((lease.admitted, lease.wait.as_ref()), (None, None));
    assert!(state.queue.is_empty() && state.past.is_empty(), "{state:?}");
    assert_eq!(state.live.as_ref().unwrap().version.as_deref(), Some("v1"));
    let next = StackState { revision: 8, ..state.clone() };
    let item = written(&state, &next).await;
    let lease = item["lease"].as_m().unwrap();
    assert!(lease.contains_key("execution") && !lease.contains_key("run"), "{lease:?}");
    assert!(!item.contains_key("waiting") && !item.contains_key("superseded"), "{item:?}");
}

#[tokio::test]
async fn a_token_is_never_shown() {
    let state = state(HELD).await.unwrap();
    let (short, long) = (format!("{state:?}"), format!("{state:#?}"));
    assert!(short.contains("arn:bob") && long.contains("arn:bob"), "{long}");
    assert!(!short.contains("secret") && !long.contains("secret"), "{long}");
}

#[tokio::test]
async fn a_stack_that_was_never_released_to_has_the_default_state() {
    assert_eq!(state("{}").await.unwrap(), StackState::default());
}

#[tokio::test]
async fn an_error_names_the_invalid_item() {
    let error = state(r#"{"Item": {"stack": {"S": "QA"}, "lease": {"S": "mine"}}}"#).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "Mist.InvalidItem");
    assert!(error.to_string().starts_with("item `mist-stacks/QA` cannot be read: "), "{error}");
}

#[tokio::test]
async fn a_state_is_written_as_it_is_read() {
    let seen = state(HELD).await.unwrap();
    let next = StackState { revision: 8, fence: 4, ..seen.clone() };
    let item = written(&seen, &next).await;
    assert_eq!(item["stack"], text("QA"));
    let read: StackState = crate::tables::read("QA", item).unwrap();
    assert_eq!(read, next);
}

#[tokio::test]
async fn a_write_is_refused_if_the_revision_has_changed() {
    assert!(!write(changed).await.unwrap());
    assert!(write(|| ok("{}")).await.unwrap());
}

#[tokio::test]
async fn an_unavailable_table_is_an_error() {
    let down = write(|| json_error(500, "InternalServerError", "Sorry.")).await.unwrap_err();
    assert_eq!(down.code(), "Mist.ServiceUnavailable");
    let denied = write(|| json_error(400, "AccessDeniedException", "no")).await.unwrap_err();
    assert_eq!(denied.code(), "Mist.AccessDenied");
}

#[tokio::test]
async fn the_capacity_of_a_stopped_environment_is_written_under_the_name_that_is_read() {
    let next = with_stopped_b(1);
    let item = written(&StackState::default(), &next).await;
    assert!(item.contains_key("stoppedB") && !item.contains_key("stoppedA"), "{item:?}");
    let read = r#"{"Item": {"stoppedB": {"M": {"environment": {"S": "Demo-QA-B"}, "sizes": {"M":
        {"min": {"N": "1"}, "max": {"N": "4"}, "desired": {"N": "2"}}}}}}}"#;
    let capacity = state(read).await.unwrap().stopped(Side::B, &"Demo-QA-B".parse().unwrap());
    assert_eq!(capacity, Some(Capacity { min: 1, max: 4, desired: 2 }));
}

#[tokio::test]
async fn a_stack_is_deleted_only_if_its_revision_is_the_same() {
    let forget = async |response: fn() -> HttpResponse| {
        let rule = mock!(Client::delete_item)
            .match_requests(|input| {
                let seen = input.expression_attribute_values().and_then(|it| it.get(":seen"));
                input.table_name() == Some(STACKS)
                    && input.condition_expression() == Some(UNCHANGED)
                    && seen == Some(&number(7))
            })
            .then_http_response(response);
        let seen = StackState { revision: 7, ..StackState::default() };
        locks(&[&rule]).forget(&qa(), &seen).await.unwrap()
    };
    assert!(forget(|| ok("{}")).await);
    assert!(!forget(changed).await);
}

#[tokio::test]
async fn the_capacity_of_a_stopped_environment_is_not_deleted() {
    let rule = mock!(Client::put_item)
        .match_requests(|input| {
            let item = input.item().unwrap();
            let values = input.expression_attribute_values().unwrap();
            values[":seen"] == number(7)
                && item.contains_key("stoppedB")
                && !item.contains_key("lease")
                && !item.contains_key("live")
                && item["fence"] == number(0)
        })
        .then_http_response(|| ok("{}"));
    let seen = StackState { fence: 3, ..with_stopped_b(7) };
    assert!(locks(&[&rule]).forget(&qa(), &seen).await.unwrap());
}

#[tokio::test]
async fn lists_all_stacks_across_pages_without_other_items() {
    let pages = [
        r##"{"Items": [{"stack": {"S": "UAT"}}, {"stack": {"S": "#admissions"}}],
            "LastEvaluatedKey": {"stack": {"S": "#admissions"}}}"##,
        r##"{"Items": [{"stack": {"S": "QA"}}, {"stack": {"S": "#look-health"}}]}"##,
    ];
    let rules = pages.map(|page| mock!(Client::scan).then_http_response(move || ok(page)));
    assert_eq!(locks(&[&rules[0], &rules[1]]).stacks().await.unwrap(), ["QA", "UAT"]);
}

#[tokio::test]
async fn reads_all_stacks_although_one_item_is_invalid() {
    let pages = [
        r##"{"Items": [{"stack": {"S": "UAT"}, "revision": {"N": "2"}},
            {"stack": {"S": "#look-bake"}, "at": {"N": "1767323045000"}}],
            "LastEvaluatedKey": {"stack": {"S": "#look-bake"}}}"##,
        r#"{"Items": [{"stack": {"S": "PROD"}, "revision": {"S": "two"}},
            {"stack": {"S": "QA"}, "revision": {"N": "7"}}]}"#,
    ];
    let rules = pages.map(|page| {
        mock!(Client::scan)
            .match_requests(|input| input.consistent_read() == Some(true))
            .then_http_response(move || ok(page))
    });
    let all = locks(&[&rules[0], &rules[1]]).all().await.unwrap();
    let read = all.into_iter().map(|found| match found {
        Ok((stack, state)) => format!("{stack} {}", state.revision),
        Err(error) => error.code().to_owned(),
    });
    assert_eq!(read.collect::<Vec<_>>(), ["UAT 2", "Mist.InvalidItem", "QA 7"]);
}
