//! The releases that are shown.

use mist_testkit::{START, held, opened, queued};
use serde_json::Value;

use super::*;
use crate::testing;

fn list_of(stack: Option<&str>) -> HistoryList {
    HistoryList {
        stack: stack.map(|stack| stack.parse().unwrap()),
        all: stack.is_none(),
        most: 20,
        since: None,
        verdict: None,
        by: None,
        refused: false,
    }
}

fn release(id: &str, verdict: &str) -> PastRelease {
    let execution = format!("arn:aws:states:eu-west-1:123456789012:execution:mist:release-{id}");
    PastRelease {
        verdict: verdict.to_owned(),
        version: Some("v2".to_owned()),
        ..opened(id, &execution)
    }
}

#[tokio::test]
async fn a_stack_that_does_not_exist_has_no_empty_history() {
    let aws = testing::aws(testing::parameters(&[("QA", "{}")])).await;
    list(&aws, &list_of(Some("QA")), Format::Json).await.unwrap();
    let failure = list(&aws, &list_of(Some("qa")), Format::Json).await.unwrap_err();
    assert_eq!((failure.name(), failure.code()), (Some("Mist.UnknownStack"), 2));
}

/// An AWS with the stacks QA and UAT. Each has one release: that of UAT is a minute newer.
async fn two_stacks() -> Aws {
    testing::aws(|call, body| match call {
        "GetParametersByPath" => testing::parameters(&[("QA", "{}"), ("UAT", "{}")])(call, body),
        "Query" => {
            let stack = body["ExpressionAttributeValues"][":stack"]["S"].as_str().unwrap();
            let started = if stack == "QA" { START } else { START + 60 };
            let started = Timestamp::from_second(started).unwrap().to_string();
            Ok(json!({ "Count": 1, "Items": [{
                "formatVersion": { "N": PastRelease::FORMAT.to_string() },
                "stack": { "S": stack }, "id": { "S": format!("{started}/{stack}") },
                "execution": { "S": format!("arn:{stack}-1") }, "operation": { "S": "deploy" },
                "startedBy": { "S": "ada" }, "startedAt": { "S": started },
                "verdict": { "S": "done" },
            }]}))
        }
        _ => Err("NotExpected"),
    })
    .await
}

#[tokio::test]
async fn the_releases_of_all_stacks_are_in_one_order() {
    let found = read_of(&two_stacks().await, None, 20).await.unwrap();
    let stacks: Vec<_> = found.iter().map(|release| release.stack.as_str()).collect();
    assert_eq!(stacks, ["UAT", "QA"]);
    let found = read_of(&two_stacks().await, Some(&"QA".parse().unwrap()), 20).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn a_release_in_the_queue_says_for_whom_it_waits() {
    let mut state = held("arn:ada", 1);
    state.queue = vec![queued("arn:bob"), queued("arn:eve")];
    let bob = place_in_queue(&state, "arn:bob").unwrap();
    assert_eq!(bob, "waits for the lock: deploy v2 by arn:ada");
    let eve = place_in_queue(&state, "arn:eve").unwrap();
    assert_eq!(eve, "waits for the lock: deploy v2 by arn:ada; 1 ahead of it");
    assert_eq!(place_in_queue(&state, "arn:ada"), None);
}

#[test]
fn refused_releases_are_counted_and_left_out() {
    let found =
        || ["done", "Mist.Drift", "Mist.Locked", "Mist.WarmFailed"].map(|it| release(it, it));
    let (shown, left_out) = chosen(&list_of(None), found().into());
    let verdicts: Vec<_> = shown.iter().map(|release| release.verdict.as_str()).collect();
    assert_eq!((verdicts, left_out), (vec!["done", "Mist.WarmFailed"], 2));
    let (shown, left_out) = chosen(&HistoryList { refused: true, ..list_of(None) }, found().into());
    assert_eq!((shown.len(), left_out), (4, 0));
    let (shown, left_out) = chosen(&HistoryList { most: 1, ..list_of(None) }, found().into());
    assert_eq!((shown.len(), left_out), (1, 0));
}

#[test]
fn a_release_that_is_not_there_or_not_clear_is_refused_with_status_2() {
    let all = [release("21", "done"), release("22", "done")];
    assert_eq!(the_one("release-22", &all).unwrap().id, "22");
    assert_eq!(the_one("v2", &all).unwrap().id, "21", "the newest one of a version");
    for named in ["v9", "release-2"] {
        assert_eq!(the_one(named, &all).unwrap_err().code(), 2, "{named}");
    }
}

#[test]
fn json_output_has_the_items_unchanged() {
    let item = serde_json::to_value(release("1", "done")).unwrap();
    let fields = ["stack", "id", "execution", "operation", "startedBy", "startedAt", "verdict"];
    assert!(fields.iter().all(|field| item[field] != Value::Null), "{item}");
}
