//! Stories of an execution that is followed.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::testing;

const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:mist:QA-1";

/// An AWS that answers each poll with the next of `descriptions`, and the names of the calls to it. The execution
/// has entered its first step.
async fn aws(descriptions: Vec<Value>) -> (Aws, Arc<Mutex<Vec<String>>>) {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let (noted, left) = (Arc::clone(&calls), Arc::new(Mutex::new(descriptions)));
    let aws = testing::aws(move |call, _| {
        noted.lock().unwrap().push(call.to_owned());
        Ok(match call {
            "DescribeExecution" => left.lock().unwrap().remove(0),
            "GetExecutionHistory" => json!({ "events": [{
                "id": 2, "timestamp": 1_767_323_045, "type": "TaskStateEntered",
                "stateEnteredEventDetails": { "name": "Begin release" },
            }]}),
            "GetItem" => json!({ "Item": {} }),
            other => panic!("{other}"),
        })
    });
    (aws.await, calls)
}

fn described(status: &str, more: &Value) -> Value {
    let mut description = json!({
        "executionArn": EXECUTION, "stateMachineArn": "arn", "startDate": 1_767_323_045,
        "status": status,
    });
    for (name, value) in more.as_object().unwrap() {
        description[name] = value.clone();
    }
    description
}

async fn followed(aws: &Aws, timeout: Duration) -> Result<Ended, Failure> {
    let stack = "QA".parse().unwrap();
    let interval = Duration::from_millis(20);
    let options = FollowOptions { timeout, interval };
    follow(aws, Following { execution: EXECUTION, stack: &stack, options }).await
}

#[test]
fn the_first_polls_come_within_a_second() {
    let mut after = Duration::ZERO;
    let polls = FIRST_POLLS.map(|gap| {
        after += gap;
        after.as_millis()
    });
    assert_eq!(polls, [100, 300, 1000]);
}

#[tokio::test]
async fn following_a_successful_execution_returns_its_output() {
    let running = described("RUNNING", &json!({}));
    let output = json!({ "output": "{\"operation\":\"deploy\"}" });
    let (aws, calls) = aws(vec![running.clone(), running, described("SUCCEEDED", &output)]).await;
    let ended = followed(&aws, Duration::from_mins(1)).await.unwrap();
    assert_eq!(ended.output, json!({ "operation": "deploy" }));
    assert!(ended.steps.is_empty());
    let calls = calls.lock().unwrap();
    // The first poll reads an event. The second reads none, and only then the lock is read.
    assert_eq!(calls.iter().filter(|call| *call == "GetItem").count(), 1, "{calls:?}");
}

#[tokio::test]
async fn following_a_failed_execution_returns_the_fields_of_its_cause() {
    let cause = Cause {
        step: "Wait until healthy".to_owned(),
        error: "Mist.Unhealthy".to_owned(),
        message: "its health is Severe".to_owned(),
        log: vec!["no such module: shop".to_owned()],
        ..Cause::default()
    };
    let failed = json!({ "error": "Mist.Unhealthy", "cause": cause.to_text() });
    let (aws, _) = aws(vec![described("FAILED", &failed)]).await;
    match followed(&aws, Duration::from_mins(1)).await.unwrap_err() {
        Failure::Operation { name, cause: found, told } => {
            assert_eq!((name.as_str(), *found), ("Mist.Unhealthy", cause));
            assert!(!told, "no step was seen");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn following_a_stopped_execution_returns_its_status() {
    let (aws, _) = aws(vec![described("ABORTED", &json!({}))]).await;
    match followed(&aws, Duration::from_mins(1)).await.unwrap_err() {
        Failure::Operation { name, cause, .. } => {
            assert_eq!(name, "ABORTED");
            assert!(cause.message.starts_with("the execution was aborted. "), "{cause:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_follows_a_stopped_execution_sees_who_stopped_it() {
    let aws = testing::aws(|call, _| match call {
        "DescribeExecution" => Ok(described("ABORTED", &json!({}))),
        "GetExecutionHistory" => Ok(json!({ "events": [{
            "id": 9, "timestamp": 1_767_323_045, "type": "ExecutionAborted",
            "executionAbortedEventDetails": { "cause": "aborted by bob: wrong branch" },
        }]})),
        _ => Err("NotExpected"),
    })
    .await;
    let failure = followed(&aws, Duration::from_mins(1)).await.unwrap_err();
    let message = failure.message();
    let expected = "the execution was aborted: aborted by bob: wrong branch. ";
    assert!(message.starts_with(expected), "{message}");
}

#[tokio::test]
async fn a_timeout_ends_only_the_following() {
    let (aws, _) = aws(vec![described("RUNNING", &json!({}))]).await;
    match followed(&aws, Duration::from_millis(1)).await.unwrap_err() {
        Failure::Detached { why, message } => {
            assert_eq!(why, Detached::TimedOut);
            assert!(message.contains(EXECUTION), "{message}");
        }
        other => panic!("{other:?}"),
    }
}
