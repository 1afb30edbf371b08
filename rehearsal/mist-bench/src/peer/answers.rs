//! The answers of AWS, New Relic and the application. Elastic Beanstalk has a file of its own.

use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    beanstalk,
    scene::{ALARM, DOMAIN, SIDE_A, Scene},
    tables,
};
use crate::error::Result;

const XML: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/xml")];

/// The MD5 of the body of a wake-up, `{"wake":"timer"}`.
const WAKE_UP: &str = "02f60d08c0cefe1e5568cbc9dd1fe6f1";

/// The number of states in the history of the execution.
const STATES: i64 = 13;

/// A page of the application.
pub(crate) fn page() -> Response {
    "<h1>v2</h1>".into_response()
}

/// The answer of AWS to a call of `operation` with this body; `None` if no function calls the operation.
pub(crate) fn aws(operation: &str, body: &str, scene: &mut Scene) -> Result<Option<Response>> {
    let answer = match operation {
        "GetParameter" => json!({ "Parameter": { "Value": stack(&scene.github).to_string() } }),
        "GetSecretValue" => json!({ "SecretString": scene.token.unwrap_or("NRAK-TEST") }),
        "GetItem" | "PutItem" | "Query" | "Scan" | "UpdateItem" => {
            scene.tables.answer(operation, serde_json::from_str(body)?).unwrap_or_default()
        }
        "GetExecutionHistory" => history(),
        "SendTaskSuccess" => {
            scene.ended = Some(Ok(()));
            json!({})
        }
        "SendTaskFailure" => {
            scene.ended = Some(Err(failure(&serde_json::from_str(body)?)));
            json!({})
        }
        "SendMessage" => {
            let id = "219f8380-5770-4cc2-8c3e-5c715e145f5e";
            json!({ "MessageId": id, "MD5OfMessageBody": WAKE_UP })
        }
        "DescribeAlarms" => return Ok(Some(alarms())),
        "ListResourceRecordSets" | "ChangeResourceRecordSets" => {
            return Ok(Some(route53(operation)));
        }
        _ => return Ok(beanstalk::answer(operation, scene)),
    };
    let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    Ok(Some((headers, answer.to_string()).into_response()))
}

/// The error with which a function ended the wait of its task.
fn failure(body: &Value) -> String {
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    format!("{}: {}", text("error"), text("cause"))
}

/// Systems Manager: the stack.
fn stack(github: &str) -> Value {
    json!({
        "format": 1,
        "stack": {
            "name": "QA",
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": { "bucket": "artifacts" },
            "settings": {
                "domain": DOMAIN,
                "hostedZoneId": "Z1",
                "environments": { "a": "Demo-QA-A", "b": "Demo-QA-B" },
                "bake": { "alarms": [ALARM] },
                "github": { "repository": "demo/shop", "apiUrl": github },
            },
        },
    })
}

/// Step Functions: the history of the execution, newest first.
fn history() -> Value {
    let event = |id: i64, kind: &str, details: &str, value: &Value| {
        let timestamp = tables::BEGAN + id;
        json!({ "id": id, "timestamp": timestamp, "type": kind, (details): value })
    };
    let mut events = Vec::new();
    for number in 0..STATES {
        let id = 5 * number + 1;
        let state = json!({ "name": format!("State {number}"), "input": "{}", "output": "{}" });
        let task = json!({
            "resourceType": "lambda",
            "resource": "invoke",
            "region": "us-east-1",
            "parameters": "{}",
            "output": "{}",
        });
        events.extend([
            event(id, "TaskStateEntered", "stateEnteredEventDetails", &state),
            event(id + 1, "TaskScheduled", "taskScheduledEventDetails", &task),
            event(id + 2, "TaskStarted", "taskStartedEventDetails", &task),
            event(id + 3, "TaskSucceeded", "taskSucceededEventDetails", &task),
            event(id + 4, "TaskStateExited", "stateExitedEventDetails", &state),
        ]);
    }
    events.reverse();
    json!({ "events": events })
}

/// `CloudWatch`, whose protocol is CBOR: the alarm is OK.
fn alarms() -> Response {
    let mut body = b"\xa1\x6cMetricAlarms\x81\xa2".to_vec();
    for text in ["AlarmName", ALARM, "StateValue", "OK"] {
        // The first byte of a text below 24 bytes has its length.
        body.push(0x60 | u8::try_from(text.len()).unwrap_or_default());
        body.extend(text.bytes());
    }
    let protocol = HeaderName::from_static("smithy-protocol");
    let headers = [(header::CONTENT_TYPE, "application/cbor"), (protocol, "rpc-v2-cbor")];
    (headers, body).into_response()
}

/// Route 53: the record points to environment A, and can be changed.
fn route53(operation: &str) -> Response {
    let result = match operation {
        "ListResourceRecordSets" => format!(
            "<ResourceRecordSets><ResourceRecordSet><Name>{DOMAIN}.</Name><Type>CNAME</Type>\
             <TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{SIDE_A}</Value>\
             </ResourceRecord></ResourceRecords></ResourceRecordSet></ResourceRecordSets>\
             <IsTruncated>false</IsTruncated><MaxItems>2</MaxItems>"
        ),
        _ => "<ChangeInfo><Id>/change/C2682N5HXP0BZ4</Id><Status>PENDING</Status>\
              <SubmittedAt>2026-01-02T03:04:05Z</SubmittedAt></ChangeInfo>"
            .to_owned(),
    };
    (XML, format!("<{operation}Response>{result}</{operation}Response>")).into_response()
}

/// New Relic: the application exists, and accepts markers.
pub(crate) fn new_relic(question: &str) -> Response {
    let data = if question.contains("entitySearch") {
        let entities = json!([{ "guid": "MXxBUE18QVBQTElDQVRJT058MQ", "name": "Demo QA" }]);
        json!({ "actor": { "entitySearch": { "results": { "entities": entities } } } })
    } else if question.contains("deploymentSearch") {
        json!({ "actor": { "entity": { "deploymentSearch": { "results": [] } } } })
    } else {
        json!({ "changeTrackingCreateDeployment": { "deploymentId": "mark-1" } })
    };
    let answer = json!({ "data": data }).to_string();
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}

#[cfg(test)]
mod tests {
    use mist_core::stack::document::StackDocument;

    use super::*;

    #[test]
    fn the_stack_is_one_that_mist_reads() {
        let document: StackDocument = serde_json::from_value(stack("https://localhost")).unwrap();
        assert_eq!(document.stack.settings.bake.alarms, [ALARM]);
    }
}
