//! Retriers and catchers: which errors are retried, how often, and what follows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::definition::{Definition, State, strings};

/// Faults of Lambda itself that pass in a moment; AWS advises to retry each of them.
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
    // The answer of a function that took too long; seen in payloads, in no list of AWS.
    "Sandbox.Timedout",
    // A function whose process ended; the same.
    "Runtime.ExitError",
];

/// The end of a task that waits and whose time is over. A heartbeat that is missing may have either name.
const TIMEOUTS: &[&str] = &["States.Timeout", "States.HeartbeatTimeout"];

// `States.Runtime` is not here: no Retry or Catch ever sees it.
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

/// The problems of the retriers and catchers; `ours` are the names that our functions raise.
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
    problems.extend(canonical(definition));
    problems
}

/// Every task retries faults of the machinery in the same way: its last retrier is the same everywhere.
fn canonical(definition: &Definition) -> Vec<String> {
    let tasks = || definition.states().filter(|state| state.kind() == "Task");
    let last = |state: State<'_>| state.list("Retry").last().cloned();
    let first = tasks().next().and_then(last);
    let differing = tasks().filter(|state| last(*state) != first);
    differing
        .map(|state| {
            format!("`{}` Retry: its last entry differs from that of other tasks", state.name)
        })
        .collect()
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
                || LAMBDA.contains(name);
            if !known {
                problems.push(format!("{place}: nothing raises `{name}`; is it misspelt?"));
            }
            if !seen.insert(*name) {
                problems.push(format!(
                    "{place}: `{name}` is matched before; this entry never matches it"
                ));
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
        problems.push("has no MaxAttempts, and must give up some time".to_owned());
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
    for name in PASSING.iter().chain(&["Mist.Throttled"]) {
        if !backs_off(state, name) {
            problems.push(format!(
                "`{}` Retry: does not retry `{name}` with a growing, jittered interval",
                state.name
            ));
        }
    }
    for name in TIMEOUTS {
        let retries = |retrier: &Value| strings(retrier, "ErrorEquals").contains(name);
        if state.waits() && !state.list("Retry").iter().any(retries) {
            problems.push(format!(
                "`{}` Retry: does not retry `{name}`, so a wait whose wake-up is lost fails",
                state.name
            ));
        }
    }
    let last = state.list("Catch").last();
    if last.is_none_or(|last| strings(last, "ErrorEquals") != ["States.ALL"]) {
        problems.push(format!(
            "`{}` Catch: the last entry must be States.ALL, or an error ends the execution unexplained",
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
