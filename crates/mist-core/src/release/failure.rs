//! A failed step, as the state machine reports it, and the cause of a failed release.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::history::PastRelease;

/// The longest cause that Step Functions keeps, in characters.
const LONGEST_CAUSE: usize = 32_768;

/// The longest message of a step that is kept, in characters.
const LONGEST_MESSAGE: usize = 4000;

/// A step that failed: its name, and the error output of Step Functions.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Failure {
    /// The name of the state.
    pub step: String,
    /// The name of the error: of mist, of Lambda, or of Step Functions.
    #[serde(rename = "Error")]
    pub error: String,
    /// The cause: the JSON text of a function's error, or a text; absent after a timeout.
    #[serde(rename = "Cause", default)]
    pub cause: Option<String>,
}

impl Failure {
    /// The error as a name of mist.
    ///
    /// No execution ends under a name of Lambda or Step Functions. A task that timed out, or that was still not ready after
    /// all retries, is `Mist.StepTimedOut`; every other one is `Mist.StepFailed`.
    pub fn name(&self) -> &str {
        match self.error.as_str() {
            "Mist.NotReady" | "States.Timeout" | "States.HeartbeatTimeout" | "Sandbox.Timedout" => {
                "Mist.StepTimedOut"
            }
            name if name.starts_with("Mist.") => name,
            _ => "Mist.StepFailed",
        }
    }

    /// Whether a call of the failed step may still move the record: the step swaps, and its function gave no answer of its
    /// own.
    pub fn may_still_swap(&self) -> bool {
        matches!(self.step.as_str(), "Swap" | "Swap back") && !self.error.starts_with("Mist.")
    }

    /// The message, without the JSON around it.
    pub fn message(&self) -> String {
        let cause = self.cause.as_deref().unwrap_or_default();
        // A truncated cause is no JSON, and is shown unchanged.
        let parsed = serde_json::from_str::<Value>(cause).ok();
        let message = parsed.as_ref().and_then(|cause| cause.get("errorMessage"));
        let message = message.and_then(Value::as_str).unwrap_or(cause);
        let message = if message.is_empty() { "no details" } else { message };
        let message: String = message.chars().take(LONGEST_MESSAGE).collect();
        if self.error.starts_with("Mist.") {
            return message;
        }
        format!("{}: {message}", self.error)
    }
}

/// The cause of a failed release: JSON text with the fields that the command, the console and notices show.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The state that failed.
    pub step: String,
    /// The name of the error.
    pub error: String,
    /// The message of the error.
    pub message: String,
    /// The state of the stack afterwards, in a sentence; `None` if it is unknown.
    #[serde(default)]
    pub stack: Option<String>,
    /// The last lines of the instances' logs, if the application may be the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Whether the version that was live before is live again.
    #[serde(default)]
    pub swapped_back: bool,
}

impl Cause {
    /// The cause as JSON text, with as many of the last lines of the log as Step Functions keeps.
    pub fn to_text(&self) -> String {
        let mut cause = self.clone();
        loop {
            let text = serde_json::to_string(&cause).unwrap_or_default();
            if text.chars().count() <= LONGEST_CAUSE || cause.log.is_empty() {
                return text;
            }
            cause.log.remove(0);
        }
    }

    /// Parses `text`. Another text than a cause of mist becomes the message of one.
    pub fn read(error: &str, text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self {
            error: error.to_owned(),
            message: text.to_owned(),
            ..Self::default()
        })
    }

    /// Step and message in one line, for the history.
    pub fn reason(&self) -> String {
        if self.step.is_empty() {
            return self.message.clone();
        }
        format!("{}: {}", self.step, self.message)
    }
}

/// The verdict in the history on an execution with `status`: [`PastRelease::DONE`], the name of its `error`, or the status
/// of Step Functions.
pub fn verdict(status: &str, error: Option<&str>) -> String {
    match (status, error) {
        ("SUCCEEDED", _) => PastRelease::DONE.to_owned(),
        ("FAILED", Some(error)) => error.to_owned(),
        (status, _) => status.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: &str, cause: Option<&str>) -> Failure {
        let cause = cause.map(str::to_owned);
        Failure { step: "Deploy".to_owned(), error: error.to_owned(), cause }
    }

    #[test]
    fn an_error_of_mist_keeps_its_name_and_loses_its_wrapping() {
        let cause = r#"{"errorType":"Mist.Drift","errorMessage":"not as it was","trace":[]}"#;
        let failure = failure("Mist.Drift", Some(cause));
        assert_eq!((failure.name(), failure.message().as_str()), ("Mist.Drift", "not as it was"));
    }

    #[test]
    fn an_error_of_lambda_gets_a_name_of_mist_and_stays_in_the_message() {
        for (error, name) in [
            ("States.Timeout", "Mist.StepTimedOut"),
            ("Sandbox.Timedout", "Mist.StepTimedOut"),
            ("Runtime.ExitError", "Mist.StepFailed"),
            ("Lambda.Unknown", "Mist.StepFailed"),
            ("States.Runtime", "Mist.StepFailed"),
        ] {
            let failure = failure(error, None);
            assert_eq!(failure.name(), name, "{error}");
            assert_eq!(failure.message(), format!("{error}: no details"));
        }
    }

    #[test]
    fn a_swap_without_an_answer_may_go_on() {
        let swaps = |step: &str, error: &str| {
            Failure { step: step.to_owned(), ..failure(error, None) }.may_still_swap()
        };
        assert!(swaps("Swap", "States.Timeout") && swaps("Swap back", "Lambda.Unknown"));
        assert!(!swaps("Swap", "Mist.RecordChanged"), "its function answered");
        assert!(!swaps("Bake", "States.Timeout"), "it moves no record");
    }

    #[test]
    fn a_truncated_cause_is_shown_unchanged() {
        let cut = r#"{"errorType":"Mist.Drift","errorMess"#;
        assert_eq!(failure("Mist.Drift", Some(cut)).message(), cut);
    }

    #[test]
    fn a_cause_keeps_the_last_lines_of_a_log_that_is_too_long() {
        let lines: Vec<_> = (0..1000).map(|line| format!("{line:>4} {}", "x".repeat(95))).collect();
        let cause = Cause { log: lines, ..Cause::default() };
        let text = cause.to_text();
        assert!(text.chars().count() <= LONGEST_CAUSE);
        let read = Cause::read("Mist.Unhealthy", &text);
        assert!(read.log.last().unwrap().starts_with(" 999"), "{:?}", read.log.last());
    }

    #[test]
    fn a_text_that_is_no_cause_is_a_message() {
        let read = Cause::read("ABORTED", "stopped by hand");
        assert_eq!((read.error.as_str(), read.reason().as_str()), ("ABORTED", "stopped by hand"));
    }
}
