//! Output: results to standard output, everything else to standard error.

use std::io::Write as _;

use clap::ValueEnum;
use jiff::Timestamp;
use mist_core::release::failure::Cause;
use serde::Serialize;

use crate::failure::Failure;

/// The number of lines of the instances' logs that are shown: the last ones.
const LOG_LINES: usize = 12;

/// The output format.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Prints a result.
// A reader that closed the pipe, such as `head`, is no failure of the command.
pub(crate) fn result(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints a result for programs.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => result(text),
        Err(error) => note(format!("cannot print the result as JSON: {error}")),
    }
}

/// The text of a time in tables and sentences.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Prints progress or a hint for a person.
pub(crate) fn note(text: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Prints a failure for a person.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Operation { name, cause } => {
            note(format!("mist: {name}"));
            for line in lines(cause) {
                note(format!("  {line}"));
            }
            if let Some(entry) = name.strip_prefix("Mist.") {
                let entry = entry.to_lowercase();
                note(format!("  Remedy: docs/RUNBOOK.md#mist{entry}"));
            }
        }
        Failure::Setup(message) | Failure::Detached { message, .. } => {
            note(format!("mist: {message}"));
        }
    }
}

/// The fields of `cause`, one a line: the message, the state of the stack, and the end of the log.
fn lines(cause: &Cause) -> Vec<String> {
    let mut lines = vec![plain(&cause.reason())];
    lines.extend(cause.stack.as_ref().map(|stack| format!("stack: {}", plain(stack))));
    let hidden = cause.log.len().saturating_sub(LOG_LINES);
    lines.extend(cause.log.iter().skip(hidden).map(|line| plain(line)));
    lines
}

/// `text` on one line, without control characters, which could move the cursor: instances may write any.
fn plain(text: &str) -> String {
    let plain = text.trim_end().chars();
    plain.map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_printed_field_by_field() {
        let text = r#"{
            "step": "Wait until healthy", "error": "Mist.Unhealthy", "swappedBack": false,
            "message": "environment `Demo-QA-B` runs `v2`, but its health is Red | Severe after 60 s",
            "stack": "v1 is live on side A", "log": ["i-1: web.stdout.log: no such module: shop"]
        }"#;
        let shown = [
            "Wait until healthy: environment `Demo-QA-B` runs `v2`, but its health is Red | Severe after 60 s",
            "stack: v1 is live on side A",
            "i-1: web.stdout.log: no such module: shop",
        ];
        assert_eq!(lines(&Cause::read("Mist.Unhealthy", text)), shown);
    }

    #[test]
    fn a_text_that_is_no_cause_is_printed_unchanged() {
        let text = "the state was not found | {\"step\": 1}";
        assert_eq!(lines(&Cause::read("States.Runtime", text)), [text]);
    }

    #[test]
    fn the_last_lines_of_a_long_log_are_printed() {
        let log = (1..=20).map(|line| format!("line {line}")).collect();
        let cause = Cause { log, ..Cause::default() };
        let shown = lines(&cause);
        assert_eq!(shown.len(), 1 + LOG_LINES);
        let (first, last) = (shown[1].as_str(), shown.last().map(String::as_str));
        assert_eq!((first, last), ("line 9", Some("line 20")));
    }

    #[test]
    fn a_log_cannot_move_the_cursor() {
        assert_eq!(plain("one\u{1b}[2J two\n"), "one [2J two");
    }
}
