//! Small definitions, each with one mistake, and what the checks must say of it.

mod list;

use serde_json::{Value, json};

use self::list::seeds;
use super::{Definition, lint};
use crate::project::Result;

/// The error names of the functions that these definitions call.
const OURS: &[&str] = &["Mist.NotReady", "Mist.Throttled"];

/// A definition without a mistake: the ground in which the seeds are sown.
pub(super) fn good() -> Value {
    let canonical = json!({
        "ErrorEquals": [
            "Mist.Throttled", "Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException",
            "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
        ],
        "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 2, "MaxDelaySeconds": 30,
        "JitterStrategy": "FULL",
    });
    let retry = json!([
        {"ErrorEquals": ["Mist.NotReady"], "IntervalSeconds": 10, "MaxAttempts": 60, "BackoffRate": 1},
        canonical,
    ]);
    let parked = json!([
        {
            "ErrorEquals": ["States.Timeout", "States.HeartbeatTimeout"],
            "IntervalSeconds": 1, "MaxAttempts": 9, "BackoffRate": 1,
        },
        canonical,
    ]);
    let catch = json!([{
        "ErrorEquals": ["States.ALL"],
        "Assign": {"failure": "{% $states.errorOutput.Error %}"},
        "Output": {},
        "Next": "Failed",
    }]);
    json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Look",
        "TimeoutSeconds": 900,
        "States": {
            "Look": {
                "Comment": "Looks.", "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {
                    "FunctionName": "${LookFunctionArn}", "Payload": "{% $states.input %}",
                },
                "TimeoutSeconds": 60, "Retry": retry, "Catch": catch,
                "Assign": {"found": "{% $states.result.Payload %}"},
                "Output": "{% $states.result.Payload %}",
                "Next": "Choose",
            },
            "Choose": {
                "Comment": "Chooses.", "Type": "Choice",
                "Choices": [{"Condition": "{% $found.good %}", "Next": "Done"}],
                "Default": "Rest",
            },
            "Rest": {"Comment": "Rests.", "Type": "Wait", "Seconds": 5, "Next": "Park"},
            "Park": {
                "Comment": "Waits.", "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                "Arguments": {
                    "FunctionName": "${ParkFunctionArn}",
                    "Payload": {
                        "token": "{% $states.context.Task.Token %}",
                        "request": "{% $found %}",
                    },
                },
                "TimeoutSeconds": 60, "Retry": parked, "Catch": catch,
                "Assign": {"found": "{% $merge([$found, $states.result.more]) %}"},
                "Next": "Work",
            },
            "Work": {
                "Comment": "Works.", "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {
                    "FunctionName": "${WorkFunctionArn}",
                    "Payload": {"version": "{% $found.version %}"},
                },
                "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "Retry": retry, "Catch": catch,
                "Assign": {"found": "{% $states.result.Payload %}"},
                "Next": "Done",
            },
            "Done": {"Comment": "Ends.", "Type": "Pass", "Output": "{% $found %}", "End": true},
            "Failed": {
                "Comment": "Fails.", "Type": "Fail", "Error": "{% $failure %}",
                "Cause": "{% $join(['It is ', $failure]) %}",
            },
        },
    })
}

#[test]
fn a_definition_without_a_mistake_is_left_alone() {
    let problems = lint(&Definition::new(good()), OURS);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_seeded_mistake_is_found() -> Result {
    let mut missed = Vec::new();
    for (place, value, expected) in seeds() {
        let mut seeded = good();
        sow(&mut seeded, place, value.clone())?;
        let problems = lint(&Definition::new(seeded), OURS);
        if !problems.iter().any(|problem| problem.contains(expected)) {
            missed.push(format!("{place} = {value}: expected `{expected}`, found {problems:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    Ok(())
}

/// Puts `value` at `place`; `null` takes out what is there.
pub(crate) fn sow(ground: &mut Value, place: &str, value: Value) -> Result {
    let (parent, key) = place.rsplit_once('/').ok_or("a place begins with a slash")?;
    let parent = ground.pointer_mut(parent).ok_or_else(|| format!("there is no `{parent}`"))?;
    match parent {
        Value::Object(fields) if value.is_null() => _ = fields.remove(key).ok_or(place)?,
        Value::Object(fields) => _ = fields.insert(key.to_owned(), value),
        Value::Array(items) => *items.get_mut(key.parse::<usize>()?).ok_or(place)? = value,
        other => return Err(format!("`{place}` would be in {other}").into()),
    }
    Ok(())
}
