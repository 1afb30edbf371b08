//! What happens after an error: who tries again, how often, and where it ends.

use std::collections::BTreeSet;

use serde_json::Value;

use super::definition::{Definition, State, strings};

/// Faults of Lambda itself that are over in a moment; AWS advises to try again after each of them.
const PASSING: &[&str] = &[
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];

const LAMBDA: &[&str] = &[
    "Lambda.Unknown",
    "Lambda.InvalidParameterValueException",
    "Lambda.RequestTooLargeException",
    "Lambda.ResourceConflictException",
    "Lambda.ResourceNotFoundException",
    "Lambda.ResourceNotReadyException",
    // What a function that took too long answers; seen in payloads, in no list of AWS.
    "Sandbox.Timedout",
    // A function whose process ended; the same.
    "Runtime.ExitError",
];

// `States.Runtime` is not here: no Retry or Catch ever sees it.
/// What a table answers when the condition of a write does not hold.
const TABLE: &[&str] = &["DynamoDB.ConditionalCheckFailedException"];

const STATES: &[&str] = &[
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.TaskFailed",
    "States.Timeout",
];

/// What is wrong with the retriers and catchers; `ours` are the names that our functions raise.
pub(crate) fn check(definition: &Definition, ours: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for state in definition.states() {
        for list in ["Retry", "Catch"] {
            problems.extend(names(state, list, ours));
        }
        for (index, retrier) in state.list("Retry").iter().enumerate() {
            let place = format!("`{}` Retry[{index}]", state.name);
            problems.extend(bounds(retrier).into_iter().map(|it| format!("{place}: {it}")));
        }
        if state.kind() == "Task" {
            problems.extend(task(state));
        }
    }
    problems
}

fn names(state: State<'_>, list: &str, ours: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let entries = state.list(list);
    for (index, entry) in entries.iter().enumerate() {
        let place = format!("`{}` {list}[{index}]", state.name);
        let found = strings(entry, "ErrorEquals");
        if found.is_empty() {
            problems.push(format!("{place}: ErrorEquals is empty or missing"));
        }
        for name in &found {
            let known = ours.contains(name)
                || STATES.contains(name)
                || PASSING.contains(name)
                || LAMBDA.contains(name)
                || TABLE.contains(name);
            if !known {
                problems.push(format!("{place}: nothing raises `{name}`; is it misspelt?"));
            }
            if !seen.insert(*name) {
                problems.push(format!("{place}: `{name}` is matched before; it never gets here"));
            }
        }
        let last = index + 1 == entries.len();
        if found.contains(&"States.ALL") && (found.len() > 1 || !last) {
            problems.push(format!("{place}: States.ALL must stand alone, in the last entry"));
        }
    }
    problems
}

fn bounds(retrier: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let number = |field: &str| retrier.get(field).and_then(Value::as_u64);
    if number("MaxAttempts").is_none() {
        problems.push("has no MaxAttempts; say when to give up".to_owned());
    }
    if number("IntervalSeconds").is_none_or(|interval| interval == 0) {
        problems.push("IntervalSeconds must be a whole number above 0".to_owned());
    }
    if rate(retrier).is_none_or(|rate| rate < 1.0) {
        problems.push("BackoffRate must be a number from 1".to_owned());
    }
    if retrier.get("MaxDelaySeconds").is_some()
        && number("MaxDelaySeconds") <= number("IntervalSeconds")
    {
        problems.push("MaxDelaySeconds must be above IntervalSeconds".to_owned());
    }
    let jitter = retrier.get("JitterStrategy");
    if jitter.is_some_and(|jitter| jitter != "FULL" && jitter != "NONE") {
        problems.push("JitterStrategy must be FULL or NONE".to_owned());
    }
    problems
}

fn task(state: State<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    // What a table refuses for good is its condition; everything else may be over in a moment.
    let passing = match state.table() {
        Some(_) => vec!["States.TaskFailed"],
        None => [PASSING, &["Mist.Throttled"]].concat(),
    };
    for name in passing {
        if !backs_off(state, name) {
            problems.push(format!(
                "`{}` Retry: does not try again after `{name}` with a rising, jittered pause",
                state.name
            ));
        }
    }
    let last = state.list("Catch").last();
    if last.is_none_or(|last| strings(last, "ErrorEquals") != ["States.ALL"]) {
        problems.push(format!(
            "`{}` Catch: the last entry must be States.ALL, or an error ends the run unexplained",
            state.name
        ));
    }
    problems
}

fn backs_off(state: State<'_>, name: &str) -> bool {
    state.list("Retry").iter().any(|retrier| {
        strings(retrier, "ErrorEquals").contains(&name)
            && rate(retrier).is_some_and(|rate| rate > 1.0)
            && retrier.get("JitterStrategy").is_some_and(|jitter| jitter == "FULL")
    })
}

fn rate(retrier: &Value) -> Option<f64> {
    retrier.get("BackoffRate").and_then(Value::as_f64)
}
