//! Prints the steps of an execution as they end, and shows the current one.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use mist_aws::executions::{Step, What};
use mist_core::release::failure;
use serde_json::Value;

use crate::{output::note, report::steps};

/// A step that succeeded.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "rehearsal"),
    expect(dead_code, reason = "only `mist demo` prints the fields")
)]
pub(crate) struct FinishedStep {
    /// The name of the state.
    pub(crate) state: String,
    /// The duration of the step.
    pub(crate) took: Duration,
}

/// The steps of an execution, up to the last poll.
pub(super) struct Progress {
    seen: i64,
    current: Option<Current>,
    plan: Value,
    waits_for: Option<String>,
    finished: Vec<FinishedStep>,
    spinner: ProgressBar,
}

/// The state that the execution is in.
struct Current {
    state: String,
    entered: Timestamp,
    /// The error of the last attempt that failed.
    error: Option<String>,
}

impl Progress {
    pub(super) fn new() -> Self {
        // Without a terminal the spinner is hidden: only lines are printed.
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self {
            seen: 0,
            current: None,
            plan: Value::Null,
            waits_for: None,
            finished: Vec::new(),
            spinner,
        }
    }

    /// The number of the last event that was added.
    pub(super) fn seen(&self) -> i64 {
        self.seen
    }

    /// Whether the execution is in its first step.
    pub(super) fn is_in_first_step(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.state == steps::FIRST)
    }

    /// Adds an event, and prints it if it ends a step or a person should see it.
    pub(super) fn add(&mut self, Step { id, time, what }: Step) {
        self.seen = id;
        match what {
            What::Entered { state } => self.entered(state, time),
            What::Exited { state, output } => self.exited(state, time, output),
            What::Failed { error, cause } => self.failed(error, cause),
        }
    }

    /// Shows the condition that the current state waits for. Without a terminal, it prints a line on each change.
    pub(super) fn waits(&mut self, reason: String) {
        if self.waits_for.as_ref() == Some(&reason) {
            return;
        }
        let state = self.current.as_ref().map_or("", |current| &current.state);
        let message = format!("{state}: {reason}");
        if self.spinner.is_hidden() {
            note(format!("… {message}"));
        } else {
            self.spinner.set_message(message);
        }
        self.waits_for = Some(reason);
    }

    /// Prints `line` above the spinner.
    pub(super) fn print(&self, line: &str) {
        self.spinner.suspend(|| note(line.trim_end()));
    }

    /// Ends the display, and returns the steps that succeeded.
    pub(super) fn finish(self) -> Vec<FinishedStep> {
        self.spinner.finish_and_clear();
        self.finished
    }

    fn entered(&mut self, state: String, time: Timestamp) {
        self.waits_for = None;
        if steps::is_step(&state) {
            let message = steps::waits_for(&state, &self.plan)
                .map_or_else(|| state.clone(), |what| format!("{state}: {what}"));
            self.spinner.set_message(message);
            self.spinner.reset_elapsed();
        }
        self.current = Some(Current { state, entered: time, error: None });
    }

    fn exited(&mut self, state: String, time: Timestamp, output: Value) {
        let current = self.current.take_if(|current| current.state == state);
        if !steps::is_step(&state) {
            return;
        }
        let took = current.as_ref().map_or(Duration::ZERO, |current| {
            Duration::try_from(time.duration_since(current.entered)).unwrap_or_default()
        });
        let error = current.and_then(|current| current.error);
        if let Some(error) = error.filter(|_| steps::is_caught(&output)) {
            if steps::is_news(&state, &error) {
                self.line("✗", &state, took, "");
            }
            return;
        }
        self.line("✓", &state, took, &steps::detail(&state, &output));
        if state == "Plan" {
            self.plan = output;
        }
        self.finished.push(FinishedStep { state, took });
    }

    // A step that is not ready yet only waits; every other error is printed.
    fn failed(&mut self, error: String, cause: String) {
        let Some(current) = &mut self.current else { return };
        let state = current.state.clone();
        current.error = Some(error.clone());
        let news = steps::is_news(&state, &error);
        let failure = failure::Failure { step: state.clone(), error, cause: Some(cause) };
        let message = failure.message();
        match failure.error.as_str() {
            "Mist.EnvironmentBusy" => self.waits(message),
            "Mist.NotReady" if !steps::waits(&state) => {
                self.spinner.set_message(format!("{state}: {message}"));
            }
            _ if !news => {}
            error if error.starts_with("Mist.") => {
                self.print(&format!("! {state}: {error}: {message}"));
            }
            _ => self.print(&format!("! {state}: {message}")),
        }
    }

    fn line(&self, sign: &str, state: &str, took: Duration, detail: &str) {
        self.print(&format!("{sign} {state:<18} {:>7.1} s  {detail}", took.as_secs_f64()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The steps that succeeded, from a list of states with their failures and their outputs.
    fn finished(states: &[(&str, &[&str], Value)]) -> Vec<String> {
        let mut progress = Progress::new();
        let mut id = 0;
        let mut add = |what| {
            id += 1;
            progress.add(Step { id, time: Timestamp::UNIX_EPOCH, what });
        };
        for (state, failures, output) in states {
            let state = (*state).to_owned();
            add(What::Entered { state: state.clone() });
            for error in *failures {
                add(What::Failed { error: (*error).to_owned(), cause: String::new() });
            }
            add(What::Exited { state, output: output.clone() });
        }
        assert_eq!(progress.seen(), id);
        progress.finish().into_iter().map(|step| step.state).collect()
    }

    #[test]
    fn a_step_that_is_retried_is_listed_once() {
        let health = json!({ "health": "Green (Ok)" });
        let states: &[(&str, &[&str], Value)] = &[
            ("Begin release", &["States.Timeout", "Mist.NotReady"], json!({ "stack": "QA" })),
            ("Choose operation", &[], json!({})),
            ("Wait until healthy", &["Mist.Throttled"], health),
        ];
        assert_eq!(finished(states), ["Begin release", "Wait until healthy"]);
    }

    #[test]
    fn a_step_whose_error_is_caught_is_not_listed() {
        let states: &[(&str, &[&str], Value)] = &[
            ("Plan", &["Mist.SourceNotFetched"], json!({})),
            ("Fetch source", &[], json!({ "commit": "0123456789" })),
            ("Plan", &[], json!({ "start": "deploy" })),
            ("Deploy", &["Mist.Drift"], json!({ "Error": "Mist.Drift", "Cause": "{}" })),
            ("Report failure", &[], json!({ "error": "Mist.Drift", "cause": "{}" })),
            ("Failed", &[], Value::Null),
        ];
        assert_eq!(finished(states), ["Fetch source", "Plan", "Report failure"]);
    }
}
