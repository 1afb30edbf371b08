//! The check of every answer to a client against the service model of botocore.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::{Result, clients};

/// The report of `answers.py` on the records of all clients.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// The operations of the model.
    pub(crate) operations: BTreeSet<String>,
    /// The codes of the errors of the model.
    pub(crate) errors: BTreeSet<String>,
    /// The answers to each client, by its name.
    pub(crate) clients: BTreeMap<String, Seen>,
    /// The answers that do not fit the model.
    findings: Vec<String>,
}

/// The answers to a client.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    /// The operations that were carried out.
    pub(crate) operations: BTreeSet<String>,
    /// The codes of the refusals.
    pub(crate) errors: BTreeSet<String>,
}

/// Waits for all clients.
pub(crate) fn report() -> Result<&'static Report> {
    static REPORT: LazyLock<Result<Report, String>> =
        LazyLock::new(|| read().map_err(|error| error.to_string()));
    REPORT.as_ref().map_err(|error| error.as_str().into())
}

fn read() -> Result<Report> {
    let records = clients::all().map(|run| format!("{}={}", run.client, run.records.display()));
    let mut arguments = vec!["-m", "answers"];
    arguments.extend(records.iter().map(String::as_str));
    let output = python(&arguments)?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn python(arguments: &[&str]) -> Result<Output> {
    let output = Command::new(clients::python()?)
        .args(arguments)
        .current_dir(clients::here())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()?;
    Ok(output)
}

#[test]
fn answers_that_do_not_fit_are_found() -> Result {
    let checked = python(&["-m", "unittest", "check_answers"])?;
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    Ok(())
}

#[test]
fn every_answer_fits_the_service_model() -> Result {
    let findings = &report()?.findings;
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    Ok(())
}
