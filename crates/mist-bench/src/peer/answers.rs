//! What AWS and the others answer, as it comes over the wire; for Elastic Beanstalk see its own file.

use axum::{
    http::{HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{ALARM, DOMAIN, SIDE_A, Scene, beanstalk, ledger};
use crate::Result;

const XML: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/xml")];

/// How many states the run has been in whose history is asked for.
const STATES: i64 = 30;

/// A page of the application.
pub(crate) fn page() -> Response {
    "<h1>v2</h1>".into_response()
}

/// The answer of AWS to `operation`, whichever of its services has it; `None` for one that no function needs.
pub(crate) fn aws(operation: &str, scene: &Scene) -> Result<Option<Response>> {
    let answer = match operation {
        "GetParameter" => json!({ "Parameter": { "Value": stack(&scene.github).to_string() } }),
        "GetSecretValue" => json!({ "SecretString": scene.token.unwrap_or("NRAK-TEST") }),
        "GetItem" => ledger::stack(scene.locked)?,
        "Query" => ledger::releases()?,
        "UpdateItem" => json!({}),
        "GetExecutionHistory" => history(),
        "DescribeAlarms" => return Ok(Some(alarms())),
        "ListResourceRecordSets" | "ChangeResourceRecordSets" | "GetChange" => {
            return Ok(Some(route53(operation)));
        }
        _ => return Ok(beanstalk::answer(operation, scene)),
    };
    let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    Ok(Some((headers, answer.to_string()).into_response()))
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

/// Step Functions: what happened in the run, newest first.
fn history() -> Value {
    let event = |id: i64, kind: &str, details: &str, told: &Value| json!({ "id": id, "timestamp": ledger::BEGAN + id, "type": kind, (details): told });
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

/// `CloudWatch`, which speaks CBOR: the one alarm is quiet.
fn alarms() -> Response {
    let mut body = b"\xa1\x6cMetricAlarms\x81\xa2".to_vec();
    for text in ["AlarmName", ALARM, "StateValue", "OK"] {
        // Of a text of less than 24 bytes, its length is in the first.
        body.push(0x60 | u8::try_from(text.len()).unwrap_or_default());
        body.extend(text.bytes());
    }
    let protocol = HeaderName::from_static("smithy-protocol");
    let headers = [(header::CONTENT_TYPE, "application/cbor"), (protocol, "rpc-v2-cbor")];
    (headers, body).into_response()
}

/// Route 53: the name leads to side A, and can be changed.
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

/// S3: the bundle is there, and no copy of it yet, but one can be made.
pub(crate) fn s3(method: &Method, path: &str) -> Response {
    let tag = (header::ETAG, "\"4-162\"");
    match *method {
        Method::HEAD if path.contains("/versions/") => StatusCode::NOT_FOUND.into_response(),
        Method::HEAD => ([tag, (header::CONTENT_LENGTH, "4")], ()).into_response(),
        Method::GET => (StatusCode::PARTIAL_CONTENT, [tag], "PK\u{3}\u{4}").into_response(),
        _ => {
            let body = "<CopyObjectResult><ETag>\"4-162\"</ETag></CopyObjectResult>";
            (XML, body).into_response()
        }
    }
}

/// New Relic: there is one application of any name, and it can be marked.
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
    use mist_core::StackDocument;

    use super::*;

    #[test]
    fn the_stack_is_one_that_mist_reads() {
        let document: StackDocument = serde_json::from_value(stack("https://localhost")).unwrap();
        assert_eq!(document.stack.settings.bake.alarms, [ALARM]);
    }
}
