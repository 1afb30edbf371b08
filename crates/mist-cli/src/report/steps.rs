//! Texts for the steps of an execution, which are states of the state machine.

use mist_core::release::failure::Failure;
use serde_json::Value;

use crate::output::counted;

/// The first step. It waits for the lock of the stack, and for its slot to call Beanstalk.
pub(crate) const FIRST: &str = "Begin release";

/// The states that only branch or end.
const SILENT: [&str; 4] = ["Choose operation", "Goes live?", "Already released", "Failed"];

/// The steps that wait for an event. A timeout only repeats them.
const WAITING: [&str; 3] = [FIRST, "Wait until healthy", "Bake"];

/// Whether `state` is a step. The other states only branch or end.
pub(crate) fn is_step(state: &str) -> bool {
    !SILENT.contains(&state)
}

/// Whether the step `state` waits for an event.
pub(crate) fn waits(state: &str) -> bool {
    WAITING.contains(&state)
}

/// Whether `error` of an attempt of `state`, which was tried again, is printed. The workflow waits with some errors.
pub(crate) fn is_news(state: &str, error: &str) -> bool {
    match error {
        "Mist.NotReady" | "Mist.EnvironmentBusy" => false,
        "States.Timeout" | "States.HeartbeatTimeout" => !waits(state),
        error => !is_branch(error),
    }
}

/// The steps in the order of the workflow. A step that is not here comes last.
const ORDER: [&str; 16] = [
    "Begin release",
    "Plan",
    "Fetch source",
    "Scale environment",
    "Deploy",
    "Wait until healthy",
    "Match capacity",
    "Warm up",
    "Swap",
    "Verify",
    "Bake",
    "Swap back",
    "Verify swap back",
    "Mark",
    "Finish release",
    "Report failure",
];

/// The place of the step `state` in the workflow.
pub(crate) fn place(state: &str) -> usize {
    ORDER.iter().position(|it| *it == state).unwrap_or(ORDER.len())
}

/// Whether the step `state`, which ended with `failure`, only branched.
pub(crate) fn only_branched(state: &str, failure: Option<&Failure>) -> bool {
    failure.map_or_else(|| may_branch(state), |failure| is_branch(&failure.error))
}

/// The name and the message of `failure`; that of Lambda or Step Functions is in the message.
pub(crate) fn reason(failure: &Failure) -> String {
    let message = failure.message();
    if failure.error.starts_with("Mist.") {
        return format!("{}: {message}", failure.error);
    }
    message
}

/// Whether the workflow only branches with `error`, so that the step did not fail.
fn is_branch(error: &str) -> bool {
    ["Mist.SourceNotFetched", "Mist.Duplicate"].contains(&error)
}

/// Whether `state` can branch with an error.
fn may_branch(state: &str) -> bool {
    [FIRST, "Plan"].contains(&state)
}

/// Whether `output` is the output of the step `state` whose error was caught.
pub(crate) fn is_caught(state: &str, output: &Value) -> bool {
    let Some(fields) = output.as_object() else { return false };
    if state == "Report failure" {
        // The report of a failure is the cause of a failed execution. Without one, that cause is the failure itself.
        let cause = output["cause"].as_str().and_then(|it| serde_json::from_str::<Value>(it).ok());
        return cause.is_some_and(|cause| cause.get("Error").is_some());
    }
    fields.is_empty() || fields.contains_key("Error") || fields.contains_key("duplicate")
}

/// The failure in the `output` of the step `state`, if the state machine left it there.
pub(crate) fn caught(state: &str, output: &Value) -> Option<Failure> {
    let text = |name: &str| output[name].as_str().map(str::to_owned);
    Some(Failure { step: state.to_owned(), error: text("Error")?, cause: text("Cause") })
}

/// The condition that the step `state` waits for, if the plan has one.
pub(crate) fn waits_for(state: &str, plan: &Value) -> Option<String> {
    let steps = &plan["steps"];
    match state {
        "Wait until healthy" => {
            let request = &steps["waitReady"];
            let (environment, version) =
                (request["environment"].as_str()?, request["version"].as_str()?);
            let stable = request["healthStableSeconds"].as_u64()?;
            Some(format!("{version} on {environment}, for {stable} s"))
        }
        "Bake" => Some(format!("{} s", steps["bake"]["bake"]["seconds"].as_u64()?)),
        _ => None,
    }
}

/// The result of a step in a few words; empty if the name of the step is enough, or a part of them is missing.
pub(crate) fn detail(state: &str, output: &Value) -> String {
    match state {
        "Plan" => plan(&output["summary"]),
        "Fetch source" => fetched(output).unwrap_or_default(),
        "Deploy" if output["alreadyRunning"] == true => "already running".to_owned(),
        "Deploy" if output["started"] == true => "environment started, deployment begun".to_owned(),
        "Deploy" => "deployment begun".to_owned(),
        "Wait until healthy" => {
            output["health"].as_str().map(|health| format!("health {health}")).unwrap_or_default()
        }
        "Match capacity" | "Scale environment" => capacity(output),
        "Warm up" => warmed(output).unwrap_or_default(),
        "Swap" | "Swap back" => swapped(output).unwrap_or_default(),
        "Verify" | "Verify swap back" => verified(output).unwrap_or_default(),
        "Bake" => with_reason(output, "verdict"),
        "Mark" => with_reason(output, "outcome"),
        _ => String::new(),
    }
}

fn fetched(output: &Value) -> Option<String> {
    let commit: String = output["commit"].as_str()?.chars().take(8).collect();
    let there = if output["alreadyThere"] == true { ", fetched already" } else { "" };
    Some(format!("commit {commit}{there}"))
}

fn warmed(output: &Value) -> Option<String> {
    let number = output["requests"].as_u64()?;
    let requests = counted(number, "request");
    let (half, most) = (output["p50Ms"].as_f64()?, output["p99Ms"].as_f64()?);
    if number == 1 {
        return Some(format!("{requests}, {most} ms"));
    }
    Some(format!("{requests}, half in {half} ms, 99 % in {most} ms"))
}

/// The environments by the first labels of their addresses, whose other labels are the same.
fn swapped(output: &Value) -> Option<String> {
    let label = |name: &str| output[name].as_str().and_then(|address| address.split('.').next());
    let (from, to) = (label("from")?, label("to")?);
    if output["change"].is_null() {
        return Some(format!("already points to {to}"));
    }
    match output["records"].as_array().map_or(1, Vec::len) {
        0 | 1 => Some(format!("{from} → {to}")),
        many => Some(format!("{from} → {to}, {many} records")),
    }
}

fn verified(output: &Value) -> Option<String> {
    Some(counted(output["servers"].as_u64()?, "name server"))
}

fn plan(summary: &Value) -> String {
    let text = |name: &str| summary[name].as_str();
    let (Some(side), Some(environment)) = (text("side"), text("environment")) else {
        return String::new();
    };
    let version = text("version").unwrap_or("no version");
    if summary["alreadyLive"] == true {
        return format!("{version} is already live");
    }
    let names: Vec<_> =
        summary["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    // One name is that of the stack.
    let names = if names.len() > 1 { format!(", for {}", names.join(", ")) } else { String::new() };
    format!("{version} on side {side} ({environment}){names}")
}

fn capacity(output: &Value) -> String {
    if let Some(problem) = output["problem"].as_str() {
        return problem.to_owned();
    }
    let (instances, live) = (output["instances"].as_u64(), output["liveInstances"].as_u64());
    match (output["action"].as_str(), instances, live) {
        (Some("none"), _, _) => "nothing to do".to_owned(),
        (Some("stop"), _, _) => "no instances".to_owned(),
        (_, Some(instances), Some(live)) => {
            format!("{}, {live} in the live environment", counted(instances, "instance"))
        }
        (_, Some(instances), None) => counted(instances, "instance"),
        (_, None, _) => String::new(),
    }
}

/// The value of `field`, and the reason if the output has one.
fn with_reason(output: &Value, field: &str) -> String {
    match (output[field].as_str(), output["reason"].as_str()) {
        (Some(word), Some(reason)) => format!("{word}: {reason}"),
        (Some(word), None) => word.to_owned(),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_task_of_the_workflow_has_a_place() {
        let definition = include_str!("../../../../statemachine/blue-green.asl.json");
        let definition: Value = serde_json::from_str(definition).unwrap();
        for (state, body) in definition["States"].as_object().unwrap() {
            // A request for the versions has no release in the history.
            let is_placed = place(state) < ORDER.len() || state == "Show versions";
            assert_eq!(is_placed, body["Type"] == "Task", "{state}");
        }
    }

    #[test]
    fn states_that_only_branch_or_end_are_no_steps() {
        for state in [FIRST, "Plan", "Deploy", "Bake", "Verify swap back", "Report failure"] {
            assert!(is_step(state), "{state}");
        }
        for state in ["Choose operation", "Goes live?", "Already released", "Failed"] {
            assert!(!is_step(state), "{state}");
        }
    }

    #[test]
    fn only_errors_that_do_not_wait_or_branch_are_printed() {
        assert!(!is_news("Bake", "States.Timeout"));
        assert!(is_news("Deploy", "States.Timeout"));
        assert!(!is_news("Deploy", "Mist.NotReady"));
        assert!(!is_news("Plan", "Mist.SourceNotFetched"));
        assert!(is_branch("Mist.Duplicate") && !is_branch("Mist.NotReady"));
        assert!(is_news("Plan", "Mist.Throttled"));
    }

    #[test]
    fn the_plan_has_the_condition_that_a_step_waits_for() {
        let plan = json!({ "steps": {
            "waitReady": { "environment": "Demo-QA-B", "version": "v2", "healthStableSeconds": 20 },
            "bake": { "bake": { "seconds": 300 } },
        }});
        let healthy = waits_for("Wait until healthy", &plan).unwrap();
        assert_eq!(healthy, "v2 on Demo-QA-B, for 20 s");
        assert_eq!(waits_for("Bake", &plan).unwrap(), "300 s");
        assert_eq!(waits_for("Bake", &Value::Null), None);
        assert_eq!(waits_for("Swap", &plan), None);
    }

    #[test]
    fn a_plan_names_version_and_environment() {
        let summary = |already: bool| {
            json!({ "summary": {
                "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
                "version": "v2", "live": true, "alreadyLive": already,
            }})
        };
        assert_eq!(detail("Plan", &summary(false)), "v2 on side B (Demo-QA-B)");
        assert_eq!(detail("Plan", &summary(true)), "v2 is already live");
        let mut named = summary(false);
        named["summary"]["names"] = json!(["mist.test", "www.mist.test"]);
        let expected = "v2 on side B (Demo-QA-B), for mist.test, www.mist.test";
        assert_eq!(detail("Plan", &named), expected);
    }

    #[test]
    fn the_capacity_is_shown_beside_that_of_the_live_environment() {
        let matched = json!({ "action": "match", "instances": 3, "liveInstances": 2 });
        let shown = detail("Match capacity", &matched);
        assert_eq!(shown, "3 instances, 2 in the live environment");
        let one = json!({ "action": "match", "instances": 1, "liveInstances": 1 });
        assert_eq!(detail("Match capacity", &one), "1 instance, 1 in the live environment");
        assert_eq!(detail("Match capacity", &json!({ "action": "none" })), "nothing to do");
        let problem = json!({ "action": "match", "problem": "no group" });
        assert_eq!(detail("Match capacity", &problem), "no group");
        let started = json!({ "action": "start", "instances": 2, "health": "Green (Ok)" });
        assert_eq!(detail("Scale environment", &started), "2 instances");
        let stopped = json!({ "action": "stop", "remembered": { "desired": 2 } });
        assert_eq!(detail("Scale environment", &stopped), "no instances");
    }

    #[test]
    fn the_times_of_a_single_request_are_one() {
        let warmed = |requests: u64| {
            detail("Warm up", &json!({ "requests": requests, "p50Ms": 6.8, "p99Ms": 7.1 }))
        };
        assert_eq!(warmed(1), "1 request, 7.1 ms");
        assert_eq!(warmed(20), "20 requests, half in 6.8 ms, 99 % in 7.1 ms");
    }

    #[test]
    fn a_step_shows_the_details_of_its_output() {
        let mut moved = json!({ "from": "demo-b.example.com", "to": "demo-a.example.com", "change": { "id": "1" } });
        assert_eq!(detail("Swap back", &moved), "demo-b → demo-a");
        moved["records"] = json!([{}, {}]);
        assert_eq!(detail("Swap", &moved), "demo-b → demo-a, 2 records");
        moved["change"] = Value::Null;
        assert_eq!(detail("Swap", &moved), "already points to demo-a");
        assert_eq!(detail("Verify", &json!({ "servers": 1 })), "1 name server");
        let unknown = json!({ "verdict": "inconclusive", "reason": "no requests for 300 s" });
        assert_eq!(detail("Bake", &unknown), "inconclusive: no requests for 300 s");
        assert_eq!(detail("Bake", &json!(null)), "");
        let started = json!({ "requestId": "1", "alreadyRunning": false, "started": true });
        assert_eq!(detail("Deploy", &started), "environment started, deployment begun");
    }
}
