//! Prints the steps of an execution as they end, and shows the current one.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use mist_aws::executions::{Step, What};
use mist_core::release::failure::{Cause, Failure};
use serde_json::Value;

use crate::{
    output::{note, one_line, wrapped},
    report::steps,
};

/// The time between two lines about the same step, if there is no terminal: systems end jobs that print nothing.
const SILENCE: Duration = Duration::from_mins(1);

/// The columns before the details of a step.
const DETAILS: usize = 32;

/// The columns before the further lines of a reason.
const INDENT: usize = 4;

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

/// What [`Progress`] leaves.
pub(super) struct Finished {
    /// The steps that succeeded.
    pub(super) steps: Vec<FinishedStep>,
    told: Option<Failure>,
}

impl Finished {
    /// Whether the line of the failed step has told the reason of `cause`.
    pub(super) fn has_told(&self, cause: &Cause) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.step == cause.step && told.message() == cause.message)
    }
}

/// The steps of an execution, up to the last poll.
pub(super) struct Progress {
    seen: i64,
    current: Option<Current>,
    plan: Value,
    waits_for: Option<String>,
    steps: Vec<FinishedStep>,
    told: Option<Failure>,
    spinner: ProgressBar,
    printed: Instant,
    print: Box<dyn FnMut(&str) + Send>,
}

/// The state that the execution is in.
struct Current {
    state: String,
    entered: Timestamp,
    /// The failure of its last attempt, which is not printed yet: what follows decides how.
    failure: Option<Failure>,
}

impl Progress {
    /// Prints each line to standard error.
    pub(super) fn new() -> Self {
        Self::printing(|line| note(line))
    }

    /// Prints each line with `print`.
    fn printing(print: impl FnMut(&str) + Send + 'static) -> Self {
        // Without a terminal the spinner is hidden: only lines are printed.
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        spinner.set_message(one_line("waiting for the first step"));
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self {
            seen: 0,
            current: None,
            plan: Value::Null,
            waits_for: None,
            steps: Vec::new(),
            told: None,
            spinner,
            printed: Instant::now(),
            print: Box::new(print),
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
            self.print(&format!("… {message}"));
        } else {
            self.spinner.set_message(one_line(&message));
        }
        self.waits_for = Some(reason);
    }

    /// Without a terminal, prints a line about the current step at `now` if none was printed for a minute.
    pub(super) fn stays(&mut self, now: Timestamp) {
        if !self.spinner.is_hidden() || self.printed.elapsed() < SILENCE {
            return;
        }
        let Some(Current { state, entered, .. }) = &self.current else { return };
        let seconds = now.duration_since(*entered).as_secs().max(0);
        let what = steps::waits_for(state, &self.plan);
        let what = what.map(|what| format!(": {what}")).unwrap_or_default();
        let line = format!("… {state}{what}, for {} min {} s", seconds / 60, seconds % 60);
        self.print(&line);
    }

    /// Prints `line` above the spinner.
    pub(super) fn print(&mut self, line: &str) {
        let Self { spinner, print, .. } = self;
        spinner.suspend(|| print(line.trim_end()));
        self.printed = Instant::now();
    }

    /// Ends the display.
    pub(super) fn finish(mut self) -> Finished {
        if let Some(failure) = self.current.take().and_then(|current| current.failure) {
            self.retried(&failure);
        }
        self.spinner.finish_and_clear();
        Finished { steps: self.steps, told: self.told }
    }

    fn entered(&mut self, state: String, time: Timestamp) {
        self.waits_for = None;
        if steps::is_step(&state) {
            let message = steps::waits_for(&state, &self.plan)
                .map_or_else(|| state.clone(), |what| format!("{state}: {what}"));
            self.spinner.set_message(one_line(&message));
            // The state may have been entered long before the command began to follow.
            let since = Timestamp::now().duration_since(time);
            self.spinner.set_elapsed(Duration::try_from(since).unwrap_or_default());
        }
        self.current = Some(Current { state, entered: time, failure: None });
    }

    fn exited(&mut self, state: String, time: Timestamp, output: Value) {
        let current = self.current.take_if(|current| current.state == state);
        if !steps::is_step(&state) {
            return;
        }
        let took = current.as_ref().map_or(Duration::ZERO, |current| {
            Duration::try_from(time.duration_since(current.entered)).unwrap_or_default()
        });
        let last = current.and_then(|current| current.failure);
        if steps::is_caught(&state, &output) {
            let failure = steps::caught(&state, &output).or(last);
            return self.caught(&state, took, failure);
        }
        if let Some(failure) = last {
            self.retried(&failure);
        }
        self.line("✓", &state, took, &steps::detail(&state, &output));
        if state == "Plan" {
            self.plan = output;
        }
        self.steps.push(FinishedStep { state, took });
    }

    /// Prints the step `state`, which ended with `failure`, unless the workflow only branched with it.
    fn caught(&mut self, state: &str, took: Duration, failure: Option<Failure>) {
        if steps::only_branched(state, failure.as_ref()) {
            return;
        }
        let reason = failure.as_ref().map(steps::reason).unwrap_or_default();
        self.line("✗", state, took, &wrapped(&reason, DETAILS, INDENT));
        self.told = failure;
    }

    // How the step goes on decides how an error is printed, so it is kept until then. A step that is not ready yet
    // only waits.
    fn failed(&mut self, error: String, cause: String) {
        let Some(current) = &mut self.current else { return };
        let state = current.state.clone();
        let failure = Failure { step: state.clone(), error, cause: Some(cause) };
        let before = current.failure.replace(failure.clone());
        match failure.error.as_str() {
            "Mist.EnvironmentBusy" => self.waits(failure.message()),
            _ if !steps::waits(&state) => {
                let message = format!("{state}: {}", failure.message());
                self.spinner.set_message(one_line(&message));
            }
            _ => {}
        }
        if let Some(before) =
            before.filter(|before| steps::reason(before) != steps::reason(&failure))
        {
            self.retried(&before);
        }
    }

    /// Prints the failure of an attempt after which the step was tried again, if a person should see it.
    fn retried(&mut self, failure: &Failure) {
        if steps::is_news(&failure.step, &failure.error) {
            let text = format!("! {}: {}", failure.step, steps::reason(failure));
            self.print(&wrapped(&text, 0, INDENT));
        }
    }

    fn line(&mut self, sign: &str, state: &str, took: Duration, detail: &str) {
        self.print(&format!("{sign} {state:<18} {:>7.1} s  {detail}", took.as_secs_f64()));
    }
}

#[cfg(test)]
mod tests;
