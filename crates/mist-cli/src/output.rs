//! Where words go: results to standard output, everything else to standard error.

use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Failure;

/// Prints a result.
// A reader that went away, such as `head`, is no failure of ours.
pub(crate) fn result(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints a result for programs.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => result(text),
        Err(error) => note(format!("the result is no JSON: {error}")),
    }
}

/// A moment, as it is written in tables and sentences.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Tells a person what goes on.
pub(crate) fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Tells a person what went wrong.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Operation { name, cause } => {
            note(format!("mist: {name}"));
            for line in cause.split(" | ") {
                note(format!("  {line}"));
            }
            if let Some(entry) = name.strip_prefix("Mist.") {
                let entry = entry.to_lowercase();
                note(format!("  What to do: docs/RUNBOOK.md#mist{entry}"));
            }
        }
        Failure::Setup(message) | Failure::Detached { message, .. } => {
            note(format!("mist: {message}"));
        }
    }
}
