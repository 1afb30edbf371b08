//! Words and tables for what an operation did.

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;

/// The steps that people care about, by the names of their states.
const STEPS: &[&str] = &[
    "Accept",
    "Wait for the lock",
    "Fetch the version",
    "Plan",
    "Start the side",
    "Stop the side",
    "Wait until it runs",
    "Deploy the version",
    "Wait until ready",
    "Match the size",
    "Warm up",
    "Swap",
    "Wait until the name leads there",
    "Verify",
    "Bake",
    "Swap back",
    "Verify the way back",
    "Mark",
];

/// What a step did, in a few words; nothing where the step's name says it all.
pub(crate) fn step(state: &str, output: &Value) -> String {
    let text = |pointer: &str| output.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
    match state {
        "Fetch the version" => {
            let commit: String = text("/commit").chars().take(8).collect();
            let there = if output["alreadyThere"] == true { ", there already" } else { "" };
            format!("commit {commit}{there}")
        }
        "Plan" => plan(output),
        "Deploy the version" if output["alreadyRunning"] == true => "runs it already".to_owned(),
        "Deploy the version" => "Beanstalk began".to_owned(),
        "Start the side" => format!("{} instances", output["sizes"]["desired"]),
        "Match the size" => {
            format!(
                "{} instances, the live side has {}",
                output["instances"], output["liveInstances"]
            )
        }
        "Wait until ready" | "Wait until it runs" => format!("health {}", text("/health")),
        "Warm up" => format!(
            "{} requests, half in {} ms, 99 % in {} ms",
            output["requests"], output["p50Ms"], output["p99Ms"]
        ),
        "Swap" | "Swap back" if output["change"].is_null() => "led there already".to_owned(),
        "Swap" | "Swap back" => format!("{} → {}", text("/from"), text("/to")),
        "Bake" => with_reason(output, "verdict"),
        "Mark" => with_reason(output, "outcome"),
        _ => String::new(),
    }
}

/// A field in one word, and the reason where there is one.
fn with_reason(output: &Value, field: &str) -> String {
    match (output[field].as_str(), output["reason"].as_str()) {
        (Some(word), Some(reason)) => format!("{word}: {reason}"),
        (Some(word), None) => word.to_owned(),
        (None, _) => String::new(),
    }
}

fn plan(plan: &Value) -> String {
    let target = &plan["decision"]["target"];
    let (Some(side), Some(environment)) = (target["side"].as_str(), target["environment"].as_str())
    else {
        return String::new();
    };
    let version = plan["decision"]["version"].as_str().unwrap_or("no version");
    if plan["alreadyLive"] == true {
        return format!("{version} is live already");
    }
    format!("{version} on side {side} ({environment})")
}

/// Whether a state is a step that people care about; the others only steer, or keep the books.
pub(crate) fn is_step(state: &str) -> bool {
    STEPS.contains(&state)
}

/// Whether an error within a step is worth a line. Asking again is how steps wait, and a condition that
/// does not hold is how the lock says no.
pub(crate) fn is_news(error: &str) -> bool {
    error != "Mist.NotReady" && !error.ends_with(".ConditionalCheckFailedException")
}

/// What a person should know about a release that went well.
pub(crate) fn warnings(output: &Value) -> impl Iterator<Item = &str> {
    let mark = &output["mark"];
    let unmarked = mark["reason"].as_str().filter(|_| mark["outcome"] == "warning");
    output["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).chain(unmarked)
}

/// One sentence about what the operation `output` belongs to did.
pub(crate) fn summary(output: &Value) -> String {
    let text = |name: &str| output[name].as_str().unwrap_or("?");
    let (stack, side, environment) = (text("stack"), text("side"), text("environment"));
    let version = output["version"].as_str().unwrap_or("no version");
    let place = format!("side {side} ({environment})");
    match text("operation") {
        _ if output["duplicate"] == true => {
            format!("Nothing to do on stack {stack}: that upload was released already.")
        }
        _ if output["alreadyLive"] == true => {
            format!("{version} is live on stack {stack} already.")
        }
        "deploy" | "swap" if output["live"] == true => {
            format!("{version} is live on stack {stack}: {place}.")
        }
        "rollback" => format!("{version} is live on stack {stack} again: {place}."),
        "deploy" => format!("{version} is ready on stack {stack}: {place}. It is not live."),
        "start" => format!("Started on stack {stack}: {place}, with {version}."),
        "stop" if output["size"]["remembered"].is_null() => {
            format!("Stopped on stack {stack}: {place}. Nobody knows how many instances it had.")
        }
        "stop" => {
            format!("Stopped on stack {stack}: {place}. `mist start` gives it its instances back.")
        }
        "warm" => format!("Stack {stack} is warm: {place} with {version}."),
        "mark" if output["mark"]["outcome"] != "done" => {
            let reason = output["mark"]["reason"].as_str().unwrap_or("no reason was given");
            format!("Not marked on stack {stack}: {reason}.")
        }
        "mark" => format!("Marked on stack {stack}: {version} on {place}."),
        other => format!("{other}: done on stack {stack}."),
    }
}

/// Both sides of a stack.
pub(crate) fn sides(output: &Value) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["side", "environment", "version", "status", "health", "role", "since"]);
    for side in output["sides"].as_array().map_or(&[][..], Vec::as_slice) {
        let text = |name: &str| side[name].as_str().unwrap_or("–").to_owned();
        let role = if side["live"] == true { "live" } else { "idle" };
        let since = text("since").replace('T', " ").replace('Z', " UTC");
        table.add_row([
            text("side"),
            text("environment"),
            text("version"),
            text("status"),
            text("health"),
            role.to_owned(),
            since,
        ]);
    }
    let leads = output["leadsTo"].as_str().unwrap_or("?");
    let domain = output["domain"].as_str().unwrap_or("?");
    format!("{domain} → {leads}\n{table}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_release_is_told_in_one_sentence() {
        let output = json!({
            "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "version": "v2", "live": true, "alreadyLive": false,
        });
        assert_eq!(summary(&output), "v2 is live on stack QA: side B (Demo-QA-B).");
    }

    #[test]
    fn a_release_without_a_mark_says_why() {
        let mut output = json!({
            "operation": "mark", "stack": "QA", "side": "B", "environment": "Demo-QA-B", "version": "v2",
            "warnings": ["slow"], "mark": {"outcome": "done", "id": "mark-1"},
        });
        assert_eq!(summary(&output), "Marked on stack QA: v2 on side B (Demo-QA-B).");
        assert_eq!(warnings(&output).collect::<Vec<_>>(), ["slow"]);
        output["mark"] = json!({"outcome": "warning", "code": "NewRelic.Refused", "reason": "no"});
        assert_eq!(summary(&output), "Not marked on stack QA: no.");
        assert_eq!(warnings(&output).collect::<Vec<_>>(), ["slow", "no"]);
    }

    #[test]
    fn one_environment_is_told_not_to_be_live() {
        let output = json!({
            "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "version": "v2", "live": false, "alreadyLive": false,
        });
        let told = "v2 is ready on stack QA: side B (Demo-QA-B). It is not live.";
        assert_eq!(summary(&output), told);
    }

    #[test]
    fn a_rollback_is_told_in_one_sentence() {
        let output = json!({
            "operation": "rollback", "stack": "QA", "side": "A", "environment": "Demo-QA-A",
            "version": "v1", "live": true,
        });
        assert_eq!(summary(&output), "v1 is live on stack QA again: side A (Demo-QA-A).");
    }

    #[test]
    fn an_upload_that_is_told_of_twice_is_released_once() {
        let told = "Nothing to do on stack QA: that upload was released already.";
        assert_eq!(summary(&json!({ "duplicate": true, "stack": "QA" })), told);
    }

    #[test]
    fn only_steps_that_people_care_about_are_told() {
        for state in ["Wait for the lock", "Swap", "Bake", "Swap back", "Verify the way back"] {
            assert!(is_step(state), "{state}");
        }
        for state in ["Take the lock", "Renew the lock", "Note what is live", "Release the lock"] {
            assert!(!is_step(state), "{state}");
        }
    }

    #[test]
    fn a_lock_that_somebody_else_holds_is_no_news_and_a_throttle_is() {
        assert!(!is_news("DynamoDB.ConditionalCheckFailedException"));
        assert!(!is_news("Mist.NotReady"));
        assert!(is_news("Mist.Throttled"));
    }

    #[test]
    fn a_step_is_told_as_far_as_it_tells_itself() {
        let moved = json!({ "from": "demo-b", "to": "demo-a", "change": { "id": "1" } });
        assert_eq!(step("Swap back", &moved), "demo-b → demo-a");
        let bad = json!({ "verdict": "bad", "reason": "7 % of answers are 5xx" });
        assert_eq!(step("Bake", &bad), "bad: 7 % of answers are 5xx");
        assert_eq!(step("Bake", &json!(null)), "");
    }

    #[test]
    fn warnings_are_read_from_the_output() {
        let output = json!({ "warnings": ["the platforms differ", 1] });
        assert_eq!(warnings(&output).collect::<Vec<_>>(), ["the platforms differ"]);
        assert_eq!(warnings(&json!({})).count(), 0);
    }

    #[test]
    fn sides_are_a_table() {
        let side = |side: &str, live: bool| {
            json!({
                "side": side, "environment": format!("Demo-QA-{side}"), "version": "v1",
                "status": "Ready", "health": "Green (Ok)", "live": live,
                "since": "2026-01-02T03:04:05Z",
            })
        };
        let output = json!({
            "domain": "qa.mist.test", "leadsTo": "demo-qa-a.example",
            "sides": [side("A", true), side("B", false)],
        });
        insta::assert_snapshot!(sides(&output));
    }
}
