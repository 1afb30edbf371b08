//! Texts for the steps of an execution, which are states of the state machine.

use serde_json::Value;

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

/// Whether `error` of an attempt of `state` is printed. The workflow waits and branches with some errors.
pub(crate) fn is_news(state: &str, error: &str) -> bool {
    match error {
        "Mist.NotReady" | "Mist.EnvironmentBusy" | "Mist.SourceNotFetched" | "Mist.Duplicate" => {
            false
        }
        "States.Timeout" | "States.HeartbeatTimeout" => !waits(state),
        _ => true,
    }
}

/// Whether `output` is the output of a state whose error was caught.
pub(crate) fn is_caught(output: &Value) -> bool {
    let fields = output.as_object();
    fields
        .is_some_and(|it| it.is_empty() || it.contains_key("Error") || it.contains_key("duplicate"))
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

/// The result of a step in a few words; empty if the name of the step is enough.
pub(crate) fn detail(state: &str, output: &Value) -> String {
    let text = |pointer: &str| output.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
    match state {
        "Plan" => plan(&output["summary"]),
        "Fetch source" => {
            let commit: String = text("/commit").chars().take(8).collect();
            let there = if output["alreadyThere"] == true { ", fetched already" } else { "" };
            format!("commit {commit}{there}")
        }
        "Deploy" if output["alreadyRunning"] == true => "already running".to_owned(),
        "Deploy" if output["started"] == true => "environment started, deployment begun".to_owned(),
        "Deploy" => "deployment begun".to_owned(),
        "Wait until healthy" => format!("health {}", text("/health")),
        "Match capacity" | "Scale environment" => capacity(output),
        "Warm up" => format!(
            "{} requests, half in {} ms, 99 % in {} ms",
            output["requests"], output["p50Ms"], output["p99Ms"]
        ),
        "Swap" | "Swap back" if output["change"].is_null() => "already points there".to_owned(),
        "Swap" | "Swap back" => format!("{} → {}", text("/from"), text("/to")),
        "Bake" => with_reason(output, "verdict"),
        "Mark" => with_reason(output, "outcome"),
        _ => String::new(),
    }
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
    format!("{version} on side {side} ({environment})")
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
            format!("{instances} instances, {live} in the live environment")
        }
        (_, Some(instances), None) => format!("{instances} instances"),
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
    }

    #[test]
    fn the_capacity_is_shown_beside_that_of_the_live_environment() {
        let matched = json!({ "action": "match", "instances": 3, "liveInstances": 2 });
        let shown = detail("Match capacity", &matched);
        assert_eq!(shown, "3 instances, 2 in the live environment");
        assert_eq!(detail("Match capacity", &json!({ "action": "none" })), "nothing to do");
        let problem = json!({ "action": "match", "problem": "no group" });
        assert_eq!(detail("Match capacity", &problem), "no group");
        let started = json!({ "action": "start", "instances": 2, "health": "Green (Ok)" });
        assert_eq!(detail("Scale environment", &started), "2 instances");
        let stopped = json!({ "action": "stop", "remembered": { "desired": 2 } });
        assert_eq!(detail("Scale environment", &stopped), "no instances");
    }

    #[test]
    fn a_step_shows_the_details_of_its_output() {
        let moved = json!({ "from": "demo-b", "to": "demo-a", "change": { "id": "1" } });
        assert_eq!(detail("Swap back", &moved), "demo-b → demo-a");
        let unknown = json!({ "verdict": "inconclusive", "reason": "no requests for 300 s" });
        assert_eq!(detail("Bake", &unknown), "inconclusive: no requests for 300 s");
        assert_eq!(detail("Bake", &json!(null)), "");
        let started = json!({ "requestId": "1", "alreadyRunning": false, "started": true });
        assert_eq!(detail("Deploy", &started), "environment started, deployment begun");
    }
}
