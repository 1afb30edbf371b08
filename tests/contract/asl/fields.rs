//! The fields of the states: known ones only, for `JSONata`, with times that are numbers.

use serde_json::Value;

use super::definition::{Definition, INVOKE, State, WAIT_FOR_TOKEN, text};

const MACHINE: &[&str] = &["Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds"];
const PASS: &[&str] = &["Assign", "Comment", "End", "Next", "Output", "Type"];
const TASK: &[&str] = &[
    "Arguments",
    "Assign",
    "Catch",
    "Comment",
    "End",
    "HeartbeatSeconds",
    "Next",
    "Output",
    "Resource",
    "Retry",
    "TimeoutSeconds",
    "Type",
];
const CHOICE: &[&str] = &["Assign", "Choices", "Comment", "Default", "Output", "Type"];
const WAIT: &[&str] =
    &["Assign", "Comment", "End", "Next", "Output", "Seconds", "Timestamp", "Type"];
const SUCCEED: &[&str] = &["Comment", "Output", "Type"];
const FAIL: &[&str] = &["Cause", "Comment", "Error", "Type"];
const RULE: &[&str] = &["Assign", "Comment", "Condition", "Next", "Output"];
const RETRIER: &[&str] = &[
    "BackoffRate",
    "Comment",
    "ErrorEquals",
    "IntervalSeconds",
    "JitterStrategy",
    "MaxAttempts",
    "MaxDelaySeconds",
];
const CATCHER: &[&str] = &["Assign", "Comment", "ErrorEquals", "Next", "Output"];
const LAMBDA: &[&str] = &["FunctionName", "Payload"];
const PARKED: &[&str] = &["request", "token"];

/// Fields of the other query language, which Step Functions refuses in a `JSONata` state.
const JSON_PATH: &[&str] = &[
    "InputPath",
    "OutputPath",
    "Parameters",
    "ResultPath",
    "ResultSelector",
    "ItemsPath",
    "Result",
    "SecondsPath",
    "TimestampPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "ErrorPath",
    "CausePath",
    "Variable",
];

/// The problems of the fields.
pub(crate) fn check(definition: &Definition) -> Vec<String> {
    let machine = definition.value();
    let mut problems = known("the machine", machine, MACHINE);
    if machine.get("QueryLanguage") != Some(&Value::from("JSONata")) {
        problems.push("the machine: QueryLanguage must be JSONata".to_owned());
    }
    problems.extend(seconds("the machine", machine, "TimeoutSeconds", true));
    for state in definition.states() {
        problems.extend(state_fields(state));
    }
    problems
}

fn state_fields(state: State<'_>) -> Vec<String> {
    let place = format!("`{}`", state.name);
    let fields = match state.kind() {
        "Task" => TASK,
        "Choice" => CHOICE,
        "Pass" => PASS,
        "Wait" => WAIT,
        "Succeed" => SUCCEED,
        "Fail" => FAIL,
        "Parallel" | "Map" => {
            return vec![format!(
                "{place}: {} is not for this machine, whose steps follow one another",
                state.kind()
            )];
        }
        other => return vec![format!("{place}: there is no Type `{other}`")],
    };
    let mut problems = known(&place, state.fields, fields);
    if state.comment().is_empty() {
        problems.push(format!("{place}: has no Comment; describe it in a sentence"));
    }
    for (list, fields) in [("Choices", RULE), ("Retry", RETRIER), ("Catch", CATCHER)] {
        for (index, entry) in state.list(list).iter().enumerate() {
            problems.extend(known(&format!("{place} {list}[{index}]"), entry, fields));
        }
    }
    match state.kind() {
        "Task" => problems.extend(task(&place, state)),
        "Wait" => problems.extend(wait(&place, state)),
        _ => {}
    }
    problems.extend(old_language(&place, state.fields));
    problems
}

fn known(place: &str, entry: &Value, fields: &[&str]) -> Vec<String> {
    let found = entry.as_object().into_iter().flat_map(|entry| entry.keys());
    let unknown = found.filter(|field| !fields.contains(&field.as_str()));
    unknown
        .map(|field| {
            if JSON_PATH.contains(&field.as_str()) {
                format!("{place}: {field} is a field of JSONPath, and this machine speaks JSONata")
            } else {
                format!("{place}: there is no field {field} here; is it misspelt?")
            }
        })
        .collect()
}

fn task(place: &str, state: State<'_>) -> Vec<String> {
    let mut problems = seconds(place, state.fields, "TimeoutSeconds", true);
    problems.extend(seconds(place, state.fields, "HeartbeatSeconds", false));
    let number = |field: &str| state.fields.get(field).and_then(Value::as_u64);
    if let (Some(heartbeat), Some(timeout)) = (number("HeartbeatSeconds"), number("TimeoutSeconds"))
        && heartbeat >= timeout
    {
        problems.push(format!(
            "{place}: HeartbeatSeconds {heartbeat} is not less than TimeoutSeconds {timeout}"
        ));
    }
    if ![INVOKE, WAIT_FOR_TOKEN].contains(&text(state.fields, "Resource")) {
        problems.push(format!(
            "{place}: Resource must be {INVOKE}, with or without .waitForTaskToken: only functions write"
        ));
    }
    if state.function().is_none() {
        problems.push(format!(
            "{place}: Arguments.FunctionName must be `${{NameFunctionArn}}` of one of our functions"
        ));
    }
    let none = Value::Null;
    let arguments = state.fields.get("Arguments").unwrap_or(&none);
    problems.extend(known(&format!("{place} Arguments"), arguments, LAMBDA));
    if state.waits() {
        problems.extend(parked(place, arguments.get("Payload").unwrap_or(&none)));
    }
    problems
}

/// The payload of a task that waits: a request, and the token that ends the wait.
fn parked(place: &str, payload: &Value) -> Vec<String> {
    let mut problems = known(&format!("{place} Arguments.Payload"), payload, PARKED);
    if payload.get("token") != Some(&Value::from("{% $states.context.Task.Token %}")) {
        problems.push(format!(
            "{place}: Arguments.Payload.token must be the token of the task, or nothing ends its wait"
        ));
    }
    if payload.get("request").is_none() {
        problems.push(format!("{place}: Arguments.Payload has no request"));
    }
    problems
}

// Without a time of its own, a Wait would take any text: the old `$.wait` too.
fn wait(place: &str, state: State<'_>) -> Vec<String> {
    let has = |field: &str| state.fields.get(field).is_some();
    let mut problems = seconds(place, state.fields, "Seconds", false);
    if has("Seconds") == has("Timestamp") {
        problems.push(format!("{place}: needs either Seconds or Timestamp"));
    }
    problems
}

/// Times are whole numbers: one engine of the local cloud fails on an expression here.
fn seconds(place: &str, entry: &Value, field: &str, required: bool) -> Vec<String> {
    match entry.get(field) {
        None if required => {
            vec![format!("{place}: has no {field}; without it, it may hang for a year")]
        }
        None => Vec::new(),
        Some(time) if time.as_u64().is_some_and(|time| time > 0) => Vec::new(),
        Some(time) => {
            vec![format!("{place}: {field} is {time}, and must be a whole number above 0")]
        }
    }
}

/// Keys like `version.$` and values like `$.version` look right and would be sent as they stand.
fn old_language(place: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(key, inner)| {
                let mut problems = old_language(&format!("{place} {key}"), inner);
                if key.ends_with(".$") {
                    problems.push(format!("{place}: the key `{key}` is JSONPath; drop its `.$`"));
                }
                problems
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| old_language(place, item)).collect(),
        Value::String(text)
            if ["$.", "$$.", "States."].iter().any(|start| text.starts_with(start))
                && !place.contains("ErrorEquals") =>
        {
            vec![format!("{place}: `{text}` is JSONPath; write it as an expression of JSONata")]
        }
        _ => Vec::new(),
    }
}
