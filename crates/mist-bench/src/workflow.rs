//! What the history of a run tells of its cost.

use std::{fs, path::Path};

use jiff::Timestamp;
use mist_aws::executions::{Step, What};
use serde_json::Value;

use crate::Result;

/// The definition of the state machine.
#[derive(Debug)]
pub(crate) struct Workflow {
    states: Value,
}

/// From when to when Beanstalk worked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// When it was asked to.
    pub(crate) begin: Timestamp,
    /// When it said that it was done.
    pub(crate) end: Timestamp,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// States that were entered, and retries.
    pub(crate) transitions: usize,
    /// How many times a function was called while Beanstalk did not work.
    pub(crate) calls_outside: usize,
    /// How long Beanstalk was done when the next look began, in seconds of the definition.
    pub(crate) lag: f64,
    /// How long the state machine waited else while Beanstalk did not work, in seconds of the definition.
    pub(crate) waits_outside: f64,
}

impl Workflow {
    /// Reads the definition at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut definition: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        Ok(Self { states: definition["States"].take() })
    }

    /// What the run cost whose steps these are, when a second of the definition takes 1 / `scale` s.
    pub(crate) fn cost(&self, steps: &[Step], window: Window, scale: f64) -> Cost {
        let mut cost = Cost::default();
        let mut current = "";
        for step in steps {
            match &step.what {
                What::Entered { state } => {
                    current = state;
                    cost.transitions += 1;
                    cost.calls_outside += usize::from(self.states[state]["Type"] == "Task");
                }
                // A run that ends well tries again whatever failed.
                What::Failed { error, .. } => {
                    cost.transitions += 1;
                    cost.calls_outside += 1;
                    let wait = self.wait(current, error) / scale;
                    let (before, after) = window.outside(step.time, wait);
                    if window.holds(step.time) {
                        cost.calls_outside -= 1;
                        cost.lag += after * scale;
                    } else {
                        cost.waits_outside += (before + after) * scale;
                    }
                }
                What::Exited { .. } => {}
            }
        }
        cost
    }

    /// How long `state` waits after `error` until it tries again, in seconds.
    fn wait(&self, state: &str, error: &str) -> f64 {
        let rules = self.states[state]["Retry"].as_array().into_iter().flatten();
        let mut matching = rules.filter(|rule| {
            rule["ErrorEquals"].as_array().is_some_and(|names| names.iter().any(|it| it == error))
        });
        matching.next().and_then(|rule| rule["IntervalSeconds"].as_f64()).unwrap_or_default()
    }
}

impl Window {
    /// How long Beanstalk worked, in seconds.
    pub(crate) fn seconds(self) -> f64 {
        between(self.begin, self.end)
    }

    fn holds(self, time: Timestamp) -> bool {
        (self.begin..=self.end).contains(&time)
    }

    /// How much of a wait of `seconds` that begins at `time` is before the window, and how much after it.
    fn outside(self, time: Timestamp, seconds: f64) -> (f64, f64) {
        let before = between(time, self.begin).clamp(0.0, seconds);
        let until_end = between(time, self.end).max(0.0);
        (before, (seconds - until_end).clamp(0.0, seconds))
    }
}

/// The seconds from one time to another.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn step(second: i64, what: What) -> Step {
        Step { id: second, time: at(second), what }
    }

    fn entered(second: i64, state: &str) -> Step {
        step(second, What::Entered { state: state.to_owned() })
    }

    fn not_ready(second: i64) -> Step {
        step(second, What::Failed { error: "Mist.NotReady".to_owned(), cause: String::new() })
    }

    fn workflow() -> Workflow {
        let task = |seconds| {
            let rule = json!({ "ErrorEquals": ["Mist.NotReady"], "IntervalSeconds": seconds });
            json!({ "Type": "Task", "Retry": [rule] })
        };
        let choice = json!({ "Type": "Choice" });
        Workflow { states: json!({ "Deploy": task(5), "Wait": task(10), "Choose": choice }) }
    }

    #[test]
    fn waits_count_where_beanstalk_does_not_work() {
        let steps = [
            entered(0, "Deploy"),
            not_ready(1),
            entered(7, "Wait"),
            not_ready(8),
            not_ready(18),
            entered(29, "Choose"),
        ];
        let window = Window { begin: at(6), end: at(22) };
        let cost = workflow().cost(&steps, window, 1.0);
        // The third look begins at 28, 6 s after the end; the version was waited for from 1 to 6.
        let expected = Cost { transitions: 6, calls_outside: 3, lag: 6.0, waits_outside: 5.0 };
        assert_eq!(cost, expected);
    }

    #[test]
    fn time_that_runs_faster_is_told_in_seconds_of_the_definition() {
        let window = Window { begin: at(0), end: at(9) };
        let steps = [entered(0, "Wait"), not_ready(8), entered(12, "Wait"), not_ready(12)];
        let cost = workflow().cost(&steps, window, 5.0);
        assert_eq!(cost, Cost { transitions: 4, calls_outside: 3, lag: 5.0, waits_outside: 10.0 });
    }
}
