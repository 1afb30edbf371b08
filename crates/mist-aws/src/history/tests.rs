//! Items as they are read and written.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{operation::update_item::UpdateItemInput, types::AttributeValue};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use mist_core::{
    checksum::Checksum,
    release::history::{ArtifactNote, SideVersion},
    stack::side::Side,
};

use super::*;
use crate::wire::{answer, json_error};

fn history(rules: &[&Rule]) -> DynamoHistory {
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    DynamoHistory::new(client)
}

fn qa() -> StackName {
    "QA".parse().unwrap()
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

/// The item of a release that runs, with `execution` under the name `field`.
fn running(field: &str, execution: &str) -> String {
    format!(
        r#"{{"formatVersion": {{"N": "1"}}, "stack": {{"S": "QA"}}, "id": {{"S": "2026-01-02"}},
        "{field}": {{"S": "{execution}"}}, "operation": {{"S": "deploy"}}, "startedBy": {{"S": "ada"}},
        "startedAt": {{"S": "2026-01-02T03:04:05.678Z"}}, "verdict": {{"S": "running"}}}}"#
    )
}

fn release() -> PastRelease {
    PastRelease {
        format_version: PastRelease::FORMAT,
        stack: "QA".to_owned(),
        id: "2026-01-02".to_owned(),
        execution: "arn:ada".to_owned(),
        operation: "deploy".to_owned(),
        started_by: "ada".to_owned(),
        message: None,
        started_at: "2026-01-02T03:04:05.678Z".parse().unwrap(),
        ended_at: None,
        verdict: PastRelease::RUNNING.to_owned(),
        reason: None,
        version: None,
        from: None,
        to: None,
        artifact: None,
        accepted_drift: None,
        steps: BTreeMap::new(),
    }
}

async fn releases(items: String) -> Result<Vec<PastRelease>, Error> {
    let body = format!(r#"{{"Items": [{items}]}}"#);
    let rule = mock!(Client::query)
        .match_requests(|input| {
            input.table_name() == Some(RELEASES)
                && input.scan_index_forward() == Some(false)
                && input.consistent_read() == Some(true)
                && input.limit() == Some(20)
        })
        .then_http_response(move || ok(body.clone()));
    history(&[&rule]).releases(&qa(), 20).await?.into_iter().collect()
}

/// What comes of opening [`release`] if the table answers that there is `item` already.
async fn open(item: &str) -> Result<bool, Error> {
    let put = mock!(Client::put_item)
        .match_requests(|input| input.condition_expression() == Some("attribute_not_exists(id)"))
        .then_http_response(refused);
    let body = if item.is_empty() { "{}".to_owned() } else { format!(r#"{{"Item": {item}}}"#) };
    let get = mock!(Client::get_item)
        .match_requests(|input| {
            let key = input.key().unwrap();
            (&key["stack"], &key["id"]) == (&text("QA"), &text("2026-01-02"))
                && input.consistent_read() == Some(true)
        })
        .then_http_response(move || ok(body.clone()));
    history(&[&put, &get]).open(&release()).await
}

fn planned() -> Planned {
    let side = |side, environment: &str, version: &str| SideVersion {
        side,
        environment: environment.to_owned(),
        version: Some(version.to_owned()),
    };
    let (key, etag) = ("releases/QA/v2.zip".to_owned(), "\"e1\"".to_owned());
    Planned {
        version: Some("v2".to_owned()),
        from: side(Side::A, "Demo-QA-A", "v1"),
        to: side(Side::B, "Demo-QA-B", "v2"),
        artifact: Some(ArtifactNote {
            key,
            etag,
            version_id: Some("version-1".to_owned()),
            size: 4,
            checksum: Some(Checksum::of(b"zip!")),
        }),
        accepted_drift: Some("`Demo-QA-A` runs `v7`, not `v1`".to_owned()),
    }
}

fn end() -> ReleaseEnd {
    ReleaseEnd {
        ended_at: "2026-01-02T03:14:05Z".parse().unwrap(),
        verdict: "Mist.WarmFailed".to_owned(),
        reason: Some("did not warm up".to_owned()),
    }
}

/// A table that makes an update, and the update.
fn updated() -> (Rule, Arc<Mutex<Option<UpdateItemInput>>>) {
    let update = Arc::new(Mutex::new(None));
    let made = Arc::clone(&update);
    let rule = mock!(Client::update_item).then_compute_response(move |input| {
        *made.lock().unwrap() = Some(input.clone());
        MockResponse::Http(ok("{}"))
    });
    (rule, update)
}

/// The item of a running release after `update`: each `SET` of it, made as the table makes it.
fn after(update: &UpdateItemInput) -> Item {
    assert_eq!(update.table_name(), Some(RELEASES));
    let key = update.key().unwrap();
    assert_eq!((&key["stack"], &key["id"]), (&text("QA"), &text("2026-01-02")));
    let mut found = item(&release()).unwrap();
    let names = update.expression_attribute_names().cloned().unwrap_or_default();
    let values = update.expression_attribute_values().unwrap();
    let sets = update.update_expression().unwrap().strip_prefix("SET ").unwrap();
    for set in sets.split(", ") {
        let (name, value) = set.split_once(" = ").unwrap();
        let name = names.get(name).map_or(name, String::as_str);
        found.insert(name.to_owned(), values[value].clone());
    }
    found
}

#[tokio::test]
async fn a_running_release_has_no_end() {
    let [release] = releases(running("execution", "arn:ada")).await.unwrap().try_into().unwrap();
    assert_eq!((release.verdict.as_str(), release.ended_at), (PastRelease::RUNNING, None));
    assert_eq!(release.execution, "arn:ada");
    assert!(release.steps.is_empty());
}

#[tokio::test]
async fn reads_a_release_of_an_older_mist() {
    let found = releases(running("run", "arn:ada")).await.unwrap();
    assert_eq!(found, [release()]);
}

#[tokio::test]
async fn an_error_names_the_release_of_another_format() {
    let error = releases(r#"{"stack": {"S": "QA"}, "id": {"S": "7"}}"#.to_owned()).await;
    insta::assert_snapshot!(error.unwrap_err(), @"item `mist-releases/QA/7` cannot be read: its format is none, not 1");
    let newer = running("execution", "arn:ada").replace(r#"{"N": "1"}"#, r#"{"N": "2"}"#);
    let error = releases(newer).await;
    insta::assert_snapshot!(error.unwrap_err(), @"item `mist-releases/QA/2026-01-02` cannot be read: its format is 2, not 1");
}

#[tokio::test]
async fn reads_other_releases_although_one_is_invalid() {
    let body = format!(r#"{{"Items": [{{}}, {}]}}"#, running("execution", "arn:ada"));
    let rule = mock!(Client::query).then_http_response(move || ok(body.clone()));
    let [broken, good] = history(&[&rule]).releases(&qa(), 20).await.unwrap().try_into().unwrap();
    assert_eq!(broken.unwrap_err().code(), "Mist.InvalidItem");
    assert_eq!(good.unwrap(), release());
}

#[tokio::test]
async fn reads_further_pages_until_there_are_enough() {
    let page = |more: &str| format!(r#"{{"Items": [{}]{more}}}"#, running("execution", "arn:ada"));
    let more = page(r#", "LastEvaluatedKey": {"stack": {"S": "QA"}, "id": {"S": "1"}}"#);
    let last = page("");
    let first = mock!(Client::query).then_http_response(move || ok(more.clone()));
    let second = mock!(Client::query)
        .match_requests(|input| input.exclusive_start_key().is_some())
        .then_http_response(move || ok(last.clone()));
    assert_eq!(history(&[&first, &second]).releases(&qa(), 20).await.unwrap().len(), 2);
    let more = page(r#", "LastEvaluatedKey": {"stack": {"S": "QA"}, "id": {"S": "1"}}"#);
    let first = mock!(Client::query).then_http_response(move || ok(more.clone()));
    assert_eq!(history(&[&first]).releases(&qa(), 1).await.unwrap().len(), 1, "no further call");
}

#[tokio::test]
async fn a_release_is_opened_once() {
    let put = Arc::new(Mutex::new(Item::default()));
    let seen = Arc::clone(&put);
    let rule = mock!(Client::put_item)
        .match_requests(|input| {
            input.table_name() == Some(RELEASES)
                && input.condition_expression() == Some("attribute_not_exists(id)")
        })
        .then_compute_response(move |input| {
            seen.lock().unwrap().clone_from(input.item().unwrap());
            MockResponse::Http(ok("{}"))
        });
    assert!(history(&[&rule]).open(&release()).await.unwrap());
    let item = put.lock().unwrap().clone();
    assert_eq!(past(item).unwrap(), release());
}

#[tokio::test]
async fn a_release_that_another_execution_opened_is_not_ours() {
    assert!(!open(&running("execution", "arn:bob")).await.unwrap());
    assert!(!open(&running("run", "arn:bob")).await.unwrap());
}

#[tokio::test]
async fn opening_our_own_release_again_succeeds() {
    assert!(open(&running("execution", "arn:ada")).await.unwrap());
    assert!(open(&running("run", "arn:ada")).await.unwrap());
}

#[tokio::test]
async fn an_invalid_release_is_not_opened() {
    let error = open(r#"{"stack": {"S": "QA"}, "id": {"S": "2026-01-02"}}"#).await.unwrap_err();
    assert_eq!(error.code(), "Mist.InvalidItem");
    assert!(!open("").await.unwrap());
}

#[tokio::test]
async fn what_is_planned_is_written_as_it_is_read() {
    let (rule, update) = updated();
    history(&[&rule]).plan(&qa(), "2026-01-02", &planned()).await.unwrap();
    let update = update.lock().unwrap().take().unwrap();
    let found = past(after(&update)).unwrap();
    let Planned { version, from, to, artifact, accepted_drift } = planned();
    let (from, to) = (Some(from), Some(to));
    let expected = PastRelease { version, from, to, artifact, accepted_drift, ..release() };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_plan_without_version_and_bundle_keeps_the_drift_that_was_accepted() {
    let (rule, update) = updated();
    let planned = Planned { version: None, artifact: None, accepted_drift: None, ..planned() };
    history(&[&rule]).plan(&qa(), "2026-01-02", &planned).await.unwrap();
    let update = update.lock().unwrap().take().unwrap();
    let item = after(&update);
    assert_eq!(item.get("acceptedDrift"), None, "{item:?}");
    assert!(!update.update_expression().unwrap().contains("acceptedDrift"));
    let found = past(item).unwrap();
    assert_eq!((found.version, found.artifact), (None, None));
}

#[tokio::test]
async fn an_end_is_written_as_it_is_read() {
    let (rule, update) = updated();
    history(&[&rule]).end(&qa(), "2026-01-02", &end()).await.unwrap();
    let update = update.lock().unwrap().take().unwrap();
    let found = past(after(&update)).unwrap();
    let ReleaseEnd { ended_at, verdict, reason } = end();
    let expected = PastRelease { ended_at: Some(ended_at), verdict, reason, ..release() };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_ended_release_keeps_its_plan_and_its_end() {
    let rule = || {
        mock!(Client::update_item)
            .match_requests(|input| {
                let values = input.expression_attribute_values().unwrap();
                input.condition_expression() == Some("attribute_exists(id) AND verdict = :running")
                    && values[":running"] == text("running")
            })
            .then_http_response(refused)
    };
    history(&[&rule()]).end(&qa(), "2026-01-02", &end()).await.unwrap();
    history(&[&rule()]).plan(&qa(), "2026-01-02", &planned()).await.unwrap();
}

#[tokio::test]
async fn steps_are_written_after_the_end_of_a_release() {
    let (rule, update) = updated();
    let steps = BTreeMap::from([("Plan".to_owned(), 1.5), ("Goes live?".to_owned(), 2.0)]);
    history(&[&rule]).note_steps(&qa(), "2026-01-02", &steps).await.unwrap();
    let update = update.lock().unwrap().take().unwrap();
    assert_eq!(update.condition_expression(), Some("attribute_exists(id)"));
    assert!(matches!(after(&update)["steps"], AttributeValue::M(_)));
    assert_eq!(past(after(&update)).unwrap().steps, steps);
}

#[tokio::test]
async fn steps_of_a_missing_release_are_no_error() {
    let rule = mock!(Client::update_item).then_http_response(refused);
    history(&[&rule]).note_steps(&qa(), "2026-01-02", &BTreeMap::new()).await.unwrap();
}

#[tokio::test]
async fn an_unavailable_table_is_an_error() {
    let sorry = || json_error(500, "InternalServerError", "Sorry.");
    let rule = mock!(Client::update_item).then_http_response(sorry);
    let error = history(&[&rule]).end(&qa(), "2026-01-02", &end()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
    let rule = mock!(Client::put_item).then_http_response(sorry);
    let error = history(&[&rule]).open(&release()).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
}
