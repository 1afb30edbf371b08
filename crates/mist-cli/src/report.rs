//! Sentences and tables for the result of an operation.

pub(crate) mod steps;

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde_json::Value;

/// The request of an execution. The output of an execution that had nothing to do does not repeat it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requested<'a> {
    /// The stack.
    pub(crate) stack: &'a str,
    /// The version, if one was named.
    pub(crate) version: Option<&'a str>,
}

/// The warnings of a release that succeeded.
pub(crate) fn warnings(output: &Value) -> impl Iterator<Item = &str> {
    let mark = &output["mark"];
    let unmarked = mark["reason"].as_str().filter(|_| mark["outcome"] == "warning");
    output["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).chain(unmarked)
}

/// The result of the operation `requested` in one sentence, by the output of its execution.
pub(crate) fn summary(requested: Requested<'_>, output: &Value) -> String {
    if output["duplicate"] == true {
        let Requested { stack, version } = requested;
        let version = version.map(|version| format!(" of {version}")).unwrap_or_default();
        return format!(
            "Nothing to do on stack {stack}: another execution already releases this upload{version}."
        );
    }
    let text = |name: &str| output[name].as_str();
    let stack = text("stack").unwrap_or(requested.stack);
    let version = text("version").unwrap_or("no version");
    let place = match (text("side"), text("environment")) {
        (Some(side), Some(environment)) => format!(": side {side} ({environment})"),
        (Some(_) | None, _) => String::new(),
    };
    match text("operation").unwrap_or("the operation") {
        _ if output["alreadyLive"] == true => {
            format!("{version} is already live on stack {stack}.")
        }
        "deploy" | "swap" if output["live"] == true => {
            format!("{version} is live on stack {stack}{place}.")
        }
        "rollback" => format!("{version} is live on stack {stack} again{place}."),
        "deploy" => format!("{version} is ready on stack {stack}{place}. It is not live."),
        "start" => format!("Started on stack {stack}{place}, with {version}."),
        "stop" => format!("Stopped on stack {stack}{place}. {}", how_to_start(stack, output)),
        "warm" => format!("Warmed up on stack {stack}{place}, with {version}."),
        "mark" if output["mark"]["outcome"] != "done" => {
            let reason = output["mark"]["reason"].as_str().unwrap_or("no details");
            format!("Not marked on stack {stack}: {reason}.")
        }
        "mark" => {
            format!("Marked on stack {stack}: {version}{}.", place.replacen(':', " on", 1))
        }
        other => format!("{other}: succeeded on stack {stack}."),
    }
}

/// The command that starts the environment that was stopped.
fn how_to_start(stack: &str, output: &Value) -> String {
    if output["scale"]["remembered"].is_null() {
        return "Its previous capacity is unknown.".to_owned();
    }
    let environment = output["environment"].as_str();
    let environment = environment.map(|name| format!(" -e {name}")).unwrap_or_default();
    format!("`mist start -s {stack}{environment}` restores its capacity.")
}

/// The environments of a stack, as a table.
pub(crate) fn sides(output: &Value) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["side", "environment", "version", "status", "health", "role", "since"]);
    for side in output["sides"].as_array().map_or(&[][..], Vec::as_slice) {
        let text = |name: &str| side[name].as_str().unwrap_or("–").to_owned();
        let since = text("since").replace('T', " ").replace('Z', " UTC");
        table.add_row([
            text("side"),
            text("environment"),
            text("version"),
            text("status"),
            text("health"),
            text("role"),
            since,
        ]);
    }
    table
}

/// The records of a stack and their targets, a line each; then the other records that point to its environments.
pub(crate) fn records(output: &Value) -> Vec<String> {
    let list = |name: &str| output[name].as_array().map_or(&[][..], Vec::as_slice);
    let names = list("names");
    let mut lines: Vec<_> = names
        .iter()
        .map(|record| {
            let text = |name: &str| record[name].as_str().unwrap_or("–");
            // One record needs no type.
            let kind = if names.len() > 1 { format!(" {}", text("type")) } else { String::new() };
            format!("{}{kind} → {}", text("name"), text("leadsTo"))
        })
        .collect();
    if lines.is_empty() {
        let text = |name: &str| output[name].as_str().unwrap_or("–");
        lines.push(format!("{} → {}", text("domain"), text("leadsTo")));
    }
    let unlisted = list("unlisted").iter().filter_map(Value::as_str);
    lines.extend(unlisted.map(|record| format!("! not listed in mist.yaml: {record}")));
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summarized(output: &Value) -> String {
        summary(Requested { stack: "QA", version: Some("v2") }, output)
    }

    #[test]
    fn a_release_is_summarized_in_one_sentence() {
        let output = json!({
            "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "version": "v2", "live": true, "alreadyLive": false,
        });
        assert_eq!(summarized(&output), "v2 is live on stack QA: side B (Demo-QA-B).");
    }

    #[test]
    fn a_release_without_a_marker_names_the_reason() {
        let mut output = json!({
            "operation": "mark", "stack": "QA", "side": "B", "environment": "Demo-QA-B", "version": "v2",
            "warnings": ["slow"], "mark": {"outcome": "done", "id": "mark-1"},
        });
        assert_eq!(summarized(&output), "Marked on stack QA: v2 on side B (Demo-QA-B).");
        assert_eq!(warnings(&output).collect::<Vec<_>>(), ["slow"]);
        output["mark"] = json!({"outcome": "warning", "code": "NewRelic.Refused", "reason": "no"});
        assert_eq!(summarized(&output), "Not marked on stack QA: no.");
        assert_eq!(warnings(&output).collect::<Vec<_>>(), ["slow", "no"]);
    }

    #[test]
    fn a_deployment_to_one_environment_is_not_called_live() {
        let output = json!({
            "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "version": "v2", "live": false, "alreadyLive": false,
        });
        let expected = "v2 is ready on stack QA: side B (Demo-QA-B). It is not live.";
        assert_eq!(summarized(&output), expected);
    }

    #[test]
    fn a_rollback_is_summarized_in_one_sentence() {
        let output = json!({
            "operation": "rollback", "stack": "QA", "side": "A", "environment": "Demo-QA-A",
            "version": "v1", "live": true,
        });
        assert_eq!(summarized(&output), "v1 is live on stack QA again: side A (Demo-QA-A).");
    }

    #[test]
    fn a_duplicate_upload_is_summarized_by_its_request() {
        let expected =
            "Nothing to do on stack QA: another execution already releases this upload of v2.";
        assert_eq!(summarized(&json!({ "duplicate": true })), expected);
    }

    #[test]
    fn an_unknown_capacity_of_a_stopped_environment_is_stated() {
        let mut output = json!({
            "operation": "stop", "stack": "QA", "side": "B", "environment": "Demo-QA-B",
            "scale": { "action": "stop", "remembered": { "min": 1, "max": 4, "desired": 2 } },
        });
        let expected = "Stopped on stack QA: side B (Demo-QA-B). `mist start -s QA -e Demo-QA-B` restores its capacity.";
        assert_eq!(summarized(&output), expected);
        output["scale"] = json!({ "action": "stop" });
        let expected = "Stopped on stack QA: side B (Demo-QA-B). Its previous capacity is unknown.";
        assert_eq!(summarized(&output), expected);
    }

    #[test]
    fn a_missing_field_is_left_out() {
        for operation in ["deploy", "swap", "rollback", "start", "stop", "warm", "mark", "version"]
        {
            for output in [json!({ "operation": operation }), json!({ "live": true })] {
                let shown = summarized(&output);
                assert!(!shown.contains('?') && !shown.contains("null"), "{shown}");
                assert!(shown.contains("QA"), "{shown}");
            }
        }
        let shown = format!("{:?}\n{}", records(&json!({})), sides(&json!({ "sides": [{}] })));
        assert!(!shown.contains('?') && !shown.contains("null"), "{shown}");
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
                "role": if live { "live" } else { "idle" },
                "since": "2026-01-02T03:04:05Z",
            })
        };
        let output = json!({
            "domain": "qa.mist.test", "leadsTo": "demo-qa-a.example",
            "sides": [side("A", true), side("B", false)],
        });
        insta::assert_snapshot!(format!("{}\n{}", records(&output).join("\n"), sides(&output)));
    }

    #[test]
    fn all_records_have_a_line_if_there_is_more_than_one() {
        let record = |name: &str, kind: &str| json!({ "name": name, "type": kind, "leadsTo": "demo-qa-a.example", "side": "A" });
        let output = json!({
            "domain": "mist.test", "leadsTo": "demo-qa-a.example",
            "names": [record("mist.test", "A"), record("www.mist.test", "CNAME")],
            "unlisted": ["CNAME `shop.mist.test` to `demo-qa-b.example`"],
        });
        assert_eq!(
            records(&output),
            [
                "mist.test A → demo-qa-a.example",
                "www.mist.test CNAME → demo-qa-a.example",
                "! not listed in mist.yaml: CNAME `shop.mist.test` to `demo-qa-b.example`",
            ]
        );
    }
}
