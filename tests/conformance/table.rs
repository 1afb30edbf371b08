//! The table of operations in `docs/SIMULATOR.md`; `UPDATE=1` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use crate::Result;
use crate::answers::{self, Report};
use crate::clients;

/// The clients in the order of their columns.
const CLIENTS: [&str; 4] = ["eb", "aws", "boto3", "Rust SDK"];

/// The document `operations.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operations: BTreeMap<String, Operation>,
    /// The reason why no client gets one of these codes, by code.
    #[serde(rename = "errorsNeverSeen")]
    errors_never_seen: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    state: State,
    /// The differences from the real service.
    #[serde(default)]
    differs: String,
    /// The source of the behaviour.
    source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Implemented,
    Partly,
    Not,
}

#[test]
fn every_operation_of_the_model_has_a_row_and_each_implemented_one_was_used() -> Result {
    let problems = check(&written()?, answers::report()?);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    Ok(())
}

#[test]
fn the_table_of_operations_is_up_to_date() -> Result {
    let page = clients::here().join("../../docs/SIMULATOR.md");
    let text = render(&written()?, answers::report()?)?;
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        return Ok(fs::write(page, text)?);
    }
    assert!(
        fs::read_to_string(&page).unwrap_or_default() == text,
        "docs/SIMULATOR.md differs from what the clients found; if it is right now, run this again with UPDATE=1:\n{text}"
    );
    Ok(())
}

fn written() -> Result<Written> {
    let path: PathBuf = clients::here().join("operations.yaml");
    Ok(serde_saphyr::from_str(&fs::read_to_string(path)?)?)
}

/// The disagreements between the document, the model and the clients.
fn check(written: &Written, report: &Report) -> Vec<String> {
    let mut problems = Vec::new();
    for name in &report.operations {
        let used = !users(report, name).is_empty();
        match written.operations.get(name).map(|operation| operation.state) {
            None => problems.push(format!("{name}: has no row in operations.yaml")),
            Some(State::Implemented | State::Partly) if !used => {
                problems.push(format!("{name}: no client was answered"));
            }
            Some(State::Not) if used => {
                problems.push(format!("{name}: is not implemented, but a client was answered"));
            }
            Some(_) => {}
        }
    }
    for name in written.operations.keys().filter(|name| !report.operations.contains(*name)) {
        problems.push(format!("{name}: is no operation of the model"));
    }
    let seen = errors_seen(report);
    for code in &report.errors {
        match (seen.contains(code), written.errors_never_seen.contains_key(code)) {
            (false, false) => problems.push(format!("{code}: no client met this error")),
            (true, true) => problems.push(format!("{code}: is never seen, yet a client met it")),
            _ => {}
        }
    }
    problems
}

fn users<'a>(report: &'a Report, operation: &str) -> BTreeSet<&'a str> {
    let users = report.clients.iter().filter(|(_, seen)| seen.operations.contains(operation));
    users.map(|(client, _)| client.as_str()).collect()
}

fn errors_seen(report: &Report) -> BTreeSet<&String> {
    report.clients.values().flat_map(|seen| &seen.errors).collect()
}

fn render(written: &Written, report: &Report) -> Result<String> {
    let mut page = include_str!("page.md").to_owned();
    writeln!(page, "\n## Operations\n")?;
    writeln!(
        page,
        "| Operation | State | {} | Differs from the real service | Source |",
        CLIENTS.join(" | ")
    )?;
    writeln!(page, "| --- | --- | {}--- | --- |", "--- | ".repeat(CLIENTS.len()))?;
    for (name, operation) in &written.operations {
        let users = users(report, name);
        let used = CLIENTS.map(|client| if users.contains(client) { "x" } else { "" });
        let state = match operation.state {
            State::Implemented => "implemented",
            State::Partly => "partly",
            State::Not => "not",
        };
        let Operation { differs, source, .. } = operation;
        writeln!(page, "| {name} | {state} | {} | {differs} | {source} |", used.join(" | "))?;
    }
    writeln!(page, "\n## Errors\n")?;
    writeln!(page, "The errors of the service model, by their codes on the wire.\n")?;
    writeln!(page, "| Code | Met by a client |\n| --- | --- |")?;
    let seen = errors_seen(report);
    for code in &report.errors {
        let why = written.errors_never_seen.get(code).map_or("never", String::as_str);
        writeln!(page, "| `{code}` | {} |", if seen.contains(code) { "yes" } else { why })?;
    }
    Ok(page)
}

#[test]
fn a_missing_row_and_an_unused_operation_are_found() -> Result {
    let report: Report = serde_json::from_value(serde_json::json!({
        "operations": ["A", "B", "C"], "errors": ["E", "F"], "findings": [],
        "clients": {"eb": {"operations": ["A", "C"], "errors": ["F"]}},
    }))?;
    let written: Written = serde_saphyr::from_str(
        "operations:\n  B: {state: implemented, source: x}\n  C: {state: not, source: x}\n  D: {state: not, source: x}\n\
         errorsNeverSeen: {F: x}\n",
    )?;
    assert_eq!(check(&written, &report).len(), 6);
    Ok(())
}
