//! The steps of a release, from the events of its execution, or from its item of the history.

use jiff::Timestamp;
use mist_aws::executions::{Status, Step as Event, What};
use mist_core::release::{failure::Failure, history::PastRelease};
use mist_page::model::{Outcome, Retry, Step, WarmUp};
use serde_json::Value;

use crate::report::steps;

/// What the events of an execution tell.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// The steps, in their order.
    pub(super) steps: Vec<Step>,
    /// The latencies of the warm-up.
    pub(super) warm_up: Option<WarmUp>,
    /// The commits of the version.
    pub(super) changelog: Option<String>,
    plan: Value,
}

/// A step that has not ended.
struct Open {
    state: String,
    entered: Timestamp,
    failures: Vec<(Timestamp, Failure)>,
}

impl Timeline {
    /// The steps of `events`, oldest first, of an execution with `status`.
    pub(super) fn of(events: Vec<Event>, status: &Status) -> Self {
        let mut timeline = Self::default();
        let mut open: Option<Open> = None;
        let mut last = None;
        for Event { time, what, .. } in events {
            last = Some(time);
            match what {
                What::Entered { state } => {
                    open = steps::is_step(&state).then(|| Open {
                        state,
                        entered: time,
                        failures: Vec::new(),
                    });
                }
                What::Failed { error, cause } => {
                    if let Some(open) = &mut open {
                        let (step, cause) = (open.state.clone(), Some(cause));
                        open.failures.push((time, Failure { step, error, cause }));
                    }
                }
                What::Exited { state, output } => {
                    if let Some(open) = open.take_if(|open| open.state == state) {
                        timeline.exited(open, time, output);
                    }
                }
            }
        }
        if let Some(open) = open {
            timeline.left_open(open, last, status);
        }
        timeline
    }

    fn exited(&mut self, open: Open, time: Timestamp, output: Value) {
        let Open { state, entered, mut failures } = open;
        let seconds = Some(time.duration_since(entered).as_secs_f64().max(0.0));
        let (outcome, detail) = if steps::is_caught(&state, &output) {
            let last = failures.pop().map(|(_, failure)| failure);
            ended_with(&state, steps::caught(&state, &output).or(last).as_ref())
        } else {
            (Outcome::Done, steps::detail(&state, &output))
        };
        match state.as_str() {
            "Warm up" if outcome == Outcome::Done => self.warm_up = warm_up(&output),
            "Fetch source" => self.changelog = changelog(&output),
            _ => {}
        }
        let retries = retries(&failures);
        self.push(&state, entered, seconds, (outcome, detail), retries);
        if state == "Plan" {
            self.plan = output;
        }
    }

    fn left_open(&mut self, open: Open, last: Option<Timestamp>, status: &Status) {
        let Open { state, entered, failures } = open;
        let took = last.map(|last| last.duration_since(entered).as_secs_f64().max(0.0));
        let (seconds, outcome, detail) = match status {
            Status::Running => {
                let waits_for = steps::waits_for(&state, &self.plan);
                (None, Outcome::Running, waits_for.unwrap_or_default())
            }
            Status::Succeeded => (took, Outcome::Done, String::new()),
            Status::Failed { .. } => (took, Outcome::Failed, String::new()),
            Status::Stopped { .. } => (took, Outcome::Stopped, String::new()),
        };
        let retries = retries(&failures);
        self.push(&state, entered, seconds, (outcome, detail), retries);
    }

    fn push(
        &mut self,
        state: &str,
        entered: Timestamp,
        seconds: Option<f64>,
        (outcome, detail): (Outcome, String),
        retries: Vec<Retry>,
    ) {
        self.steps.push(Step {
            name: state.to_owned(),
            started: Some(entered),
            seconds,
            outcome,
            waits: steps::waits(state),
            retries,
            detail,
        });
    }
}

/// The outcome of the step `state` whose error was caught: the workflow only branches with some of them.
fn ended_with(state: &str, failure: Option<&Failure>) -> (Outcome, String) {
    if steps::only_branched(state, failure) {
        return (Outcome::Done, String::new());
    }
    (Outcome::Failed, failure.map(steps::reason).unwrap_or_default())
}

/// The failed attempts that a person should see.
fn retries(failures: &[(Timestamp, Failure)]) -> Vec<Retry> {
    let news = failures.iter().filter(|(_, failure)| steps::is_news(&failure.step, &failure.error));
    news.map(|(at, failure)| Retry { at: *at, reason: steps::reason(failure) }).collect()
}

fn warm_up(output: &Value) -> Option<WarmUp> {
    let number = |name: &str| output[name].as_f64();
    Some(WarmUp {
        requests: output["requests"].as_u64()?,
        tries: output["tries"].as_u64(),
        p50: number("p50Ms")?,
        p90: number("p90Ms")?,
        p99: number("p99Ms")?,
        max: number("maxMs")?,
    })
}

fn changelog(output: &Value) -> Option<String> {
    let text = output["release"]["fetched"]["changelog"].as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The steps of `past`, whose execution is gone: their durations, in the order of the workflow.
pub(super) fn of_history(past: &PastRelease) -> Vec<Step> {
    let failed = past.reason.as_deref().and_then(|reason| reason.split_once(": ")).map(|it| it.0);
    let mut known: Vec<_> = past.steps.iter().collect();
    known.sort_by_key(|(name, _)| steps::place(name));
    let step = |(name, seconds): (&String, &f64)| Step {
        name: name.clone(),
        started: None,
        seconds: Some(*seconds),
        outcome: if failed == Some(name) { Outcome::Failed } else { Outcome::Done },
        waits: steps::waits(name),
        retries: Vec::new(),
        detail: String::new(),
    };
    known.into_iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_323_045 + seconds).unwrap()
    }

    fn events(all: Vec<(i64, What)>) -> Vec<Event> {
        let event = |(id, (seconds, what))| Event { id, time: at(seconds), what };
        (1..).zip(all).map(event).collect()
    }

    fn entered(state: &str) -> What {
        What::Entered { state: state.to_owned() }
    }

    fn exited(state: &str, output: Value) -> What {
        What::Exited { state: state.to_owned(), output }
    }

    fn failed(error: &str, message: &str) -> What {
        let cause = json!({ "errorMessage": message }).to_string();
        What::Failed { error: error.to_owned(), cause }
    }

    #[test]
    fn a_step_has_its_duration_its_result_and_the_attempts_before_it() {
        let warmed = json!({"requests": 20, "tries": 3, "p50Ms": 12.4, "p90Ms": 18.9, "p99Ms": 41.2, "maxMs": 41.2});
        let events = events(vec![
            (0, entered("Plan")),
            (1, failed("Mist.Throttled", "ssm throttled the request")),
            (
                4,
                exited(
                    "Plan",
                    json!({"summary": {"version": "v2", "side": "B", "environment": "b"}}),
                ),
            ),
            (4, entered("Choose operation")),
            (4, exited("Choose operation", json!({}))),
            (5, entered("Warm up")),
            (35, exited("Warm up", warmed)),
        ]);
        let timeline = Timeline::of(events, &Status::Succeeded);
        let [plan, warm] = &timeline.steps[..] else { panic!("{:?}", timeline.steps) };
        assert_eq!(
            (plan.seconds, plan.outcome, &*plan.detail),
            (Some(4.0), Outcome::Done, "v2 on side B (b)")
        );
        assert_eq!(
            plan.retries,
            [Retry { at: at(1), reason: "Mist.Throttled: ssm throttled the request".to_owned() }]
        );
        assert_eq!((warm.started, warm.seconds, warm.waits), (Some(at(5)), Some(30.0), false));
        assert_eq!(timeline.warm_up.map(|it| (it.requests, it.tries)), Some((20, Some(3))));
    }

    #[test]
    fn a_wait_that_timed_out_was_no_failed_attempt() {
        let events = events(vec![
            (0, entered("Bake")),
            (300, failed("States.Timeout", "")),
            (420, exited("Bake", json!({"verdict": "good"}))),
        ]);
        let timeline = Timeline::of(events, &Status::Succeeded);
        let [bake] = &timeline.steps[..] else { panic!("{:?}", timeline.steps) };
        assert!(bake.waits && bake.retries.is_empty(), "{bake:?}");
        assert_eq!(bake.detail, "good");
    }

    #[test]
    fn the_last_attempt_is_why_a_step_failed_and_a_branch_is_no_failure() {
        let events = events(vec![
            (0, entered("Plan")),
            (1, failed("Mist.SourceNotFetched", "")),
            (1, exited("Plan", json!({}))),
            (2, entered("Warm up")),
            (9, failed("Mist.WarmFailed", "answered 503")),
            (
                9,
                exited(
                    "Warm up",
                    json!({"Error": "Mist.WarmFailed", "Cause": "{\"errorMessage\":\"answered 503\"}"}),
                ),
            ),
        ]);
        let status = Status::Failed { error: "Mist.WarmFailed".to_owned(), cause: String::new() };
        let timeline = Timeline::of(events, &status);
        let [plan, warm] = &timeline.steps[..] else { panic!("{:?}", timeline.steps) };
        assert_eq!((plan.outcome, plan.retries.len()), (Outcome::Done, 0));
        assert_eq!(
            (warm.outcome, &*warm.detail),
            (Outcome::Failed, "Mist.WarmFailed: answered 503")
        );
        assert!(warm.retries.is_empty(), "{warm:?}");
    }

    #[test]
    fn a_step_that_has_not_ended_runs_or_was_stopped() {
        let open = || {
            events(vec![
                (0, entered("Plan")),
                (1, exited("Plan", json!({"steps": {"bake": {"bake": {"seconds": 300}}}}))),
                (2, entered("Bake")),
            ])
        };
        let runs = Timeline::of(open(), &Status::Running).steps.pop().unwrap();
        assert_eq!((runs.outcome, runs.seconds, &*runs.detail), (Outcome::Running, None, "300 s"));
        let status = Status::Stopped { status: "ABORTED".to_owned() };
        let stopped = Timeline::of(open(), &status).steps.pop().unwrap();
        assert_eq!((stopped.outcome, stopped.seconds), (Outcome::Stopped, Some(0.0)));
    }
}
