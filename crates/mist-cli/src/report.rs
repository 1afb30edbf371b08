//! Words and tables for what an operation did.

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;

/// What a step did, in a few words; nothing where the step's name says it all.
pub(crate) fn step(state: &str, output: &Value) -> String {
    let text = |pointer: &str| output.pointer(pointer).and_then(Value::as_str).unwrap_or("?");
    match state {
        "Plan" => plan(output),
        "Deploy the version" if output["alreadyRunning"] == true => "runs it already".to_owned(),
        "Deploy the version" => "Beanstalk began".to_owned(),
        "Wait until ready" => format!("health {}", text("/health")),
        "Warm up" => format!(
            "{} requests, half in {} ms, 99 % in {} ms",
            output["requests"], output["p50Ms"], output["p99Ms"]
        ),
        "Swap" if output["change"].is_null() => "led there already".to_owned(),
        "Swap" => format!("{} → {}", text("/from"), text("/to")),
        "Mark" => match output["reason"].as_str() {
            Some(reason) => format!("{}: {reason}", text("/outcome")),
            None => text("/outcome").to_owned(),
        },
        _ => String::new(),
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

/// Whether a state is a step that people care about; the others only steer.
pub(crate) fn is_step(state: &str) -> bool {
    !matches!(state, "Choose the operation" | "Choose whether to go live" | "Done" | "Failed")
}

/// One sentence about what the operation `output` belongs to did.
pub(crate) fn summary(output: &Value) -> String {
    let text = |name: &str| output[name].as_str().unwrap_or("?");
    let (stack, side, environment) = (text("stack"), text("side"), text("environment"));
    let version = output["version"].as_str().unwrap_or("no version");
    let place = format!("side {side} ({environment})");
    match text("operation") {
        _ if output["alreadyLive"] == true => {
            format!("{version} is live on stack {stack} already.")
        }
        "deploy" | "swap" if output["live"] == true => {
            format!("{version} is live on stack {stack}: {place}.")
        }
        "deploy" => format!("{version} is ready on stack {stack}: {place}. It is not live."),
        "warm" => format!("Stack {stack} is warm: {place} with {version}."),
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
    fn one_environment_is_told_not_to_be_live() {
        let output = json!({
            "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "version": "v2", "live": false, "alreadyLive": false,
        });
        let told = "v2 is ready on stack QA: side B (Demo-QA-B). It is not live.";
        assert_eq!(summary(&output), told);
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
