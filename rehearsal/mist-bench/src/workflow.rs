//! The cost of an execution, from its history.

use std::{fs, path::Path};

use jiff::Timestamp;
use mist_aws::executions::{Step, What};
use serde_json::Value;

use crate::error::Result;

/// The state that waits for the deployment.
const WAIT: &str = "Wait until healthy";

/// The definition of the state machine.
#[derive(Debug)]
pub(crate) struct Workflow {
    states: Value,
}

/// The time of a deployment of Beanstalk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The time of its request.
    pub(crate) begin: Timestamp,
    /// The time of the event that completes it.
    pub(crate) end: Timestamp,
}

/// The cost of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cost {
    /// The transitions that Step Functions bills: states entered, and retries.
    pub(crate) transitions: usize,
    /// The number of calls of functions by the state machine, except during the deployment.
    pub(crate) calls: usize,
    /// The time from the end of the deployment to the exit of *Wait until healthy*, in seconds: all of it is lag, as
    /// `healthStableSeconds` of the stack is 0.
    pub(crate) lag: f64,
    /// The waits before retries, except during the deployment, in seconds of the definition.
    pub(crate) waits: f64,
}

impl Workflow {
    /// Reads the definition at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut definition: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        Ok(Self { states: definition["States"].take() })
    }

    /// The cost of an execution that succeeded, from its `steps` and the `deployment` that it waited for.
    pub(crate) fn cost(&self, steps: &[Step], deployment: Window) -> Result<Cost> {
        let mut cost = Cost::default();
        let (mut current, mut lag) = ("", None);
        for step in steps {
            let counts = usize::from(!deployment.holds(step.time));
            match &step.what {
                What::Entered { state } => {
                    current = state;
                    cost.transitions += 1;
                    if self.states[state]["Type"] == "Task" {
                        cost.calls += counts;
                    }
                }
                // A failed step in an execution that succeeds is retried.
                What::Failed { error, .. } => {
                    cost.transitions += 1;
                    cost.calls += counts;
                    if counts > 0 {
                        cost.waits += self.wait(current, error);
                    }
                }
                What::Exited { state, .. } if state == WAIT => {
                    lag = Some(between(deployment.end, step.time));
                }
                What::Exited { .. } => {}
            }
        }
        cost.lag = lag.ok_or_else(|| format!("the execution has not left *{WAIT}*"))?;
        Ok(cost)
    }

    /// The wait of `state` before it is retried after `error`, in seconds.
    fn wait(&self, state: &str, error: &str) -> f64 {
        let rules = self.states[state]["Retry"].as_array().into_iter().flatten();
        let mut matching = rules.filter(|rule| {
            rule["ErrorEquals"].as_array().is_some_and(|names| names.iter().any(|it| it == error))
        });
        matching.next().and_then(|rule| rule["IntervalSeconds"].as_f64()).unwrap_or_default()
    }
}

impl Window {
    /// The duration of the deployment, in seconds.
    pub(crate) fn seconds(self) -> f64 {
        between(self.begin, self.end)
    }

    fn holds(self, time: Timestamp) -> bool {
        (self.begin..=self.end).contains(&time)
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

    fn exited(second: i64, state: &str) -> Step {
        step(second, What::Exited { state: state.to_owned(), output: Value::Null })
    }

    fn failed(second: i64, error: &str) -> Step {
        step(second, What::Failed { error: error.to_owned(), cause: String::new() })
    }

    fn workflow() -> Workflow {
        let task = |error: &str, seconds| {
            let rule = json!({ "ErrorEquals": [error], "IntervalSeconds": seconds });
            json!({ "Type": "Task", "Retry": [rule] })
        };
        let states = json!({
            "Deploy": task("Mist.NotReady", 15),
            WAIT: task("States.Timeout", 1),
            "Verify": task("Mist.NotReady", 5),
            "Goes live?": { "Type": "Choice" },
        });
        Workflow { states }
    }

    #[test]
    fn transitions_during_the_deployment_are_billed_and_take_no_time() {
        let steps = [
            entered(0, "Deploy"),
            failed(1, "Mist.NotReady"),
            entered(17, WAIT),
            failed(18, "States.Timeout"),
            exited(24, WAIT),
            entered(24, "Goes live?"),
            entered(25, "Verify"),
            failed(26, "Mist.NotReady"),
            exited(32, "Verify"),
        ];
        let cost = workflow().cost(&steps, Window { begin: at(16), end: at(22) }).unwrap();
        assert_eq!(cost, Cost { transitions: 7, calls: 4, lag: 2.0, waits: 20.0 });
    }

    #[test]
    fn an_execution_that_still_waits_has_no_lag() {
        let window = Window { begin: at(16), end: at(22) };
        let error = workflow().cost(&[entered(17, WAIT)], window).unwrap_err();
        assert_eq!(error.to_string(), "the execution has not left *Wait until healthy*");
    }

    #[test]
    fn the_definition_has_the_state_that_waits() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../statemachine/blue-green.asl.json");
        let workflow = Workflow::read(Path::new(path)).unwrap();
        assert_eq!(workflow.states[WAIT]["Type"], "Task");
        assert!(workflow.wait("Deploy", "Mist.EnvironmentBusy") > 0.0);
    }
}
