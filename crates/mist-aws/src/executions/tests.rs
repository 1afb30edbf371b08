//! What the answers of Step Functions mean.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use super::*;
use crate::wire::{answer, json_error};

const ARN: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:QA-1";

fn step_functions(rules: &[&Rule]) -> StepFunctions {
    let client = mock_client!(aws_sdk_sfn, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    StepFunctions::new(client)
}

async fn describe(fields: Value) -> Execution {
    let mut body = json!({
        "executionArn": ARN,
        "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:mist",
        "startDate": 1_767_323_045,
        "input": r#"{"operation":"deploy"}"#,
    });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    body.as_object_mut().unwrap().extend(fields);
    let rule = mock!(Client::describe_execution)
        .then_http_response(move || answer(200, &[], body.to_string()));
    step_functions(&[&rule]).describe(ARN).await.unwrap()
}

#[tokio::test]
async fn an_execution_is_started_under_its_name() {
    let rule = mock!(Client::start_execution)
        .match_requests(|input| {
            input.name() == Some("QA-1") && input.input() == Some(r#"{"stack":"QA"}"#)
        })
        .then_http_response(|| {
            let body = json!({"executionArn": ARN, "startDate": 1_767_323_045});
            answer(200, &[], body.to_string())
        });
    let started = step_functions(&[&rule]).start("machine", "QA-1", &json!({"stack": "QA"})).await;
    assert_eq!(started.unwrap(), ARN);
}

#[tokio::test]
async fn refuses_the_name_of_another_execution() {
    let rule = mock!(Client::start_execution).then_http_response(|| {
        json_error(400, "ExecutionAlreadyExists", "Execution Already Exists: QA-1")
    });
    let error = step_functions(&[&rule]).start("machine", "QA-1", &json!({})).await.unwrap_err();
    insta::assert_snapshot!(error, @"states failed: ExecutionAlreadyExists: Execution Already Exists: QA-1");
}

#[tokio::test]
async fn reads_the_status_of_an_execution() {
    let running = describe(json!({"status": "RUNNING"})).await;
    assert_eq!(running.status, Status::Running);
    assert_eq!(running.input, json!({"operation": "deploy"}));
    assert_eq!(running.output, None);
    assert_eq!(running.started, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(describe(json!({"status": "PENDING_REDRIVE"})).await.status, Status::Running);
}

#[tokio::test]
async fn reads_the_end_of_an_execution() {
    let done = describe(json!({"status": "SUCCEEDED", "output": r#"{"live":"B"}"#})).await;
    assert_eq!((done.status, done.output), (Status::Succeeded, Some(json!({"live": "B"}))));
    let failed =
        json!({"status": "FAILED", "error": "Mist.WarmFailed", "cause": "did not warm up"});
    assert_eq!(
        describe(failed).await.status,
        Status::Failed { error: "Mist.WarmFailed".to_owned(), cause: "did not warm up".to_owned() }
    );
    for status in ["ABORTED", "TIMED_OUT"] {
        let stopped = describe(json!({"status": status})).await.status;
        assert_eq!(stopped, Status::Stopped { status: status.to_owned() });
    }
}

#[tokio::test]
async fn reads_the_events_after_an_id_across_pages() {
    let first = mock!(Client::get_execution_history)
        .match_requests(|input| input.reverse_order() == Some(true) && input.next_token().is_none())
        .then_http_response(|| {
            let body = json!({
                "events": [
                    {"id": 5, "timestamp": 1_767_323_048, "type": "TaskStateExited",
                     "stateExitedEventDetails": {"name": "Plan", "output": r#"{"live":"A"}"#}},
                    {"id": 4, "timestamp": 1_767_323_047, "type": "TaskTimedOut",
                     "taskTimedOutEventDetails": {"resourceType": "lambda", "resource": "invoke",
                                                  "error": "States.Timeout"}}
                ],
                "nextToken": "more"
            });
            answer(200, &[], body.to_string())
        });
    // There would be more pages, but they hold only what was told already.
    let second = mock!(Client::get_execution_history)
        .match_requests(|input| input.next_token() == Some("more"))
        .then_http_response(|| {
            let body = json!({
                "events": [
                    {"id": 3, "timestamp": 1_767_323_046, "type": "TaskFailed",
                     "taskFailedEventDetails": {"resourceType": "lambda", "resource": "invoke",
                                                "error": "Mist.NotReady", "cause": "not yet"}},
                    {"id": 2, "timestamp": 1_767_323_045, "type": "TaskStateEntered",
                     "stateEnteredEventDetails": {"name": "Plan"}}
                ],
                "nextToken": "older"
            });
            answer(200, &[], body.to_string())
        });
    let steps = step_functions(&[&first, &second]).steps(ARN, 2).await.unwrap();
    let told: Vec<_> = steps.into_iter().map(|step| (step.id, step.what)).collect();
    let failed = |error: &str, cause: &str| What::Failed {
        error: error.to_owned(),
        cause: cause.to_owned(),
    };
    assert_eq!(
        told,
        [
            (3, failed("Mist.NotReady", "not yet")),
            (4, failed("States.Timeout", "")),
            (5, What::Exited { state: "Plan".to_owned(), output: json!({"live": "A"}) }),
        ]
    );
}

#[tokio::test]
async fn lists_the_newest_executions() {
    let rule = mock!(Client::list_executions).then_http_response(|| {
        let execution = |name: &str| {
            json!({
                "executionArn": name, "stateMachineArn": "machine", "name": name,
                "status": "RUNNING", "startDate": 1_767_323_045
            })
        };
        answer(
            200,
            &[],
            json!({"executions": [execution("second"), execution("first")]}).to_string(),
        )
    });
    let newest = step_functions(&[&rule]).newest("machine").await.unwrap();
    assert_eq!(newest, ["second", "first"]);
}

#[tokio::test]
async fn an_execution_that_cannot_be_read_is_read_again_by_the_next_call() {
    let listed = || {
        mock!(Client::list_executions).then_http_response(|| {
            let execution = json!({
                "executionArn": ARN, "stateMachineArn": "machine", "name": "QA-1",
                "status": "RUNNING", "startDate": 1_767_323_045
            });
            answer(200, &[], json!({"executions": [execution]}).to_string())
        })
    };
    let fails = mock!(Client::describe_execution)
        .then_http_response(|| json_error(400, "ThrottlingException", "Rate exceeded"));
    let succeeds = mock!(Client::describe_execution).then_http_response(|| {
        let input = json!({"detail": {"object": {"key": "releases/QA/v2.zip"}}}).to_string();
        let body = json!({
            "executionArn": ARN, "stateMachineArn": "machine", "status": "RUNNING",
            "startDate": 1_767_323_045, "input": input
        });
        answer(200, &[], body.to_string())
    });
    let executions = step_functions(&[&listed(), &fails, &listed(), &succeeds]);
    let (mut known, upload) = (HashSet::new(), UploadedObject::at("releases/QA/v2.zip"));
    let first = executions.started_by_upload("machine", &mut known, &upload).await;
    assert_eq!(first.unwrap_err().code(), "Mist.Throttled");
    let second = executions.started_by_upload("machine", &mut known, &upload).await;
    assert_eq!(second.unwrap().as_deref(), Some(ARN));
}

#[tokio::test]
async fn the_times_of_a_repeated_step_are_added() {
    let event = |id: i64, second: i64, kind: &str, details: &str, name: &str| json!({"id": id, "timestamp": 1_767_323_045 + second, "type": kind, details: {"name": name}});
    let entered =
        |id, second, name| event(id, second, "TaskStateEntered", "stateEnteredEventDetails", name);
    let exited =
        |id, second, name| event(id, second, "TaskStateExited", "stateExitedEventDetails", name);
    let waits = json!({
        "id": 3, "timestamp": 1_767_323_047, "type": "TaskSubmitted",
        "taskSubmittedEventDetails": {"resourceType": "lambda", "resource": "invoke.waitForTaskToken"}
    });
    let body = json!({"events": [
        exited(9, 20, "Goes live?"), entered(8, 20, "Goes live?"), exited(7, 20, "Plan"),
        entered(6, 15, "Plan"), exited(5, 12, "Fetch source"), entered(4, 3, "Fetch source"), waits,
        exited(2, 2, "Plan"), entered(1, 0, "Plan"),
    ]});
    let rule = mock!(Client::get_execution_history)
        .then_http_response(move || answer(200, &[], body.to_string()));
    let seconds = step_functions(&[&rule]).seconds_of_steps(ARN).await.unwrap();
    let expected = [("Fetch source".to_owned(), 9.0), ("Plan".to_owned(), 7.0)];
    assert_eq!(seconds, BTreeMap::from(expected));
}

#[tokio::test]
async fn an_upload_finds_the_execution_of_its_own_version() {
    let listed = mock!(Client::list_executions).then_http_response(|| {
        let execution = |name: &str| {
            json!({
                "executionArn": name, "stateMachineArn": "machine", "name": name,
                "status": "RUNNING", "startDate": 1_767_323_045
            })
        };
        let all = ["again", "second", "first", "known"].map(execution);
        answer(200, &[], json!({"executions": all}).to_string())
    });
    let described = |name: &'static str, version: &'static str| {
        let object = json!({"key": "releases/QA/v2.zip", "etag": "e", "version-id": version});
        let input = json!({"detail": {"object": object}}).to_string();
        let body = json!({
            "executionArn": name, "stateMachineArn": "machine", "status": "RUNNING",
            "startDate": 1_767_323_045, "input": input
        });
        mock!(Client::describe_execution)
            .match_requests(move |input| input.execution_arn() == Some(name))
            .then_http_response(move || answer(200, &[], body.to_string()))
    };
    let (first, second) = (described("first", "one"), described("second", "two"));
    let upload = UploadedObject {
        version_id: Some("two".to_owned()),
        ..UploadedObject::at("releases/QA/v2.zip")
    };
    let mut known = HashSet::from(["known".to_owned()]);
    let found = step_functions(&[&listed, &first, &second])
        .started_by_upload("machine", &mut known, &upload)
        .await
        .unwrap();
    assert_eq!(found.as_deref(), Some("second"));
}

#[tokio::test]
async fn an_execution_is_stopped_with_a_cause_that_can_be_read() {
    let stop = mock!(Client::stop_execution)
        .match_requests(|input| input.cause() == Some("aborted by ada"))
        .then_http_response(|| answer(200, &[], json!({"stopDate": 1_767_323_045}).to_string()));
    step_functions(&[&stop]).stop(ARN, "aborted by ada").await.unwrap();
    for (details, expected) in [
        (json!({"cause": "aborted by ada"}), Some("aborted by ada")),
        (json!({"cause": ""}), None),
        (json!({}), None),
    ] {
        let event = json!({
            "id": 9, "timestamp": 1_767_323_045, "type": "ExecutionAborted",
            "executionAbortedEventDetails": details,
        });
        let last = mock!(Client::get_execution_history)
            .match_requests(|input| input.reverse_order() == Some(true))
            .then_http_response(move || answer(200, &[], json!({"events": [event]}).to_string()));
        let why = step_functions(&[&last]).why_stopped(ARN).await.unwrap();
        assert_eq!(why.as_deref(), expected);
    }
}
