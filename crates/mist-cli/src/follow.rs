//! Follows a run of the state machine: a line per step on standard error.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use mist_aws::{
    StepFunctions,
    executions::{Execution, Status, Step, What},
};
use mist_core::Error;
use serde_json::Value;
use tokio::time::MissedTickBehavior;

use crate::{
    failure::{Detached, Failure},
    output::note,
    report,
};

/// What is followed, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Following<'a> {
    /// The ARN of the run.
    pub(crate) execution: &'a str,
    /// How often to look.
    pub(crate) interval: Duration,
    /// When to stop looking.
    pub(crate) timeout: Duration,
}

/// A step that is over.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The state's name.
    pub(crate) state: String,
    /// How long it took.
    pub(crate) took: Duration,
}

/// How a run ended well.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// What it ended with.
    pub(crate) output: Value,
    /// Its steps.
    pub(crate) steps: Vec<Told>,
}

/// Follows a run to its end. Ctrl-C and `timeout` only end the following.
pub(crate) async fn follow(
    executions: &StepFunctions,
    following: Following<'_>,
) -> Result<Ended, Failure> {
    tokio::select! {
        ended = to_the_end(executions, following) => ended,
        _ = tokio::signal::ctrl_c() => Err(detached(Detached::Interrupted, following.execution)),
    }
}

async fn to_the_end(
    executions: &StepFunctions,
    Following { execution, interval, timeout }: Following<'_>,
) -> Result<Ended, Failure> {
    let started = Instant::now();
    let mut teller = Teller::new();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let look = look(executions, execution, teller.seen).await;
        if started.elapsed() >= timeout
            && look.as_ref().map_or(true, |(described, _)| described.status == Status::Running)
        {
            return Err(detached(Detached::TimedOut, execution));
        }
        // A look that failed says nothing about the run: the network, a throttle, an expired sign-in.
        let (described, steps) = match look {
            Ok(look) => look,
            Err(error) => {
                teller.print(&format!("! cannot look at the run, trying again: {error}"));
                continue;
            }
        };
        for step in steps {
            teller.tell(step);
        }
        match described.status {
            Status::Running => {}
            Status::Succeeded => {
                let output = described.output.unwrap_or_default();
                return Ok(Ended { output, steps: teller.finish() });
            }
            Status::Failed { error, cause } => {
                teller.finish();
                return Err(Failure::Operation { name: error, cause });
            }
            Status::Stopped { status } => {
                teller.finish();
                let cause =
                    format!("the run was {}; {}", status.to_lowercase(), where_to_look(execution));
                return Err(Failure::Operation { name: status, cause });
            }
        }
    }
}

// The run is described first: what it did until then is in its history afterwards.
async fn look(
    executions: &StepFunctions,
    execution: &str,
    seen: i64,
) -> Result<(Execution, Vec<Step>), Error> {
    let described = executions.describe(execution).await?;
    Ok((described, executions.steps(execution, seen).await?))
}

fn detached(why: Detached, execution: &str) -> Failure {
    let message =
        format!("no longer followed; it goes on without you. {}", where_to_look(execution));
    Failure::Detached { why, message }
}

fn where_to_look(execution: &str) -> String {
    format!("`mist version -s STACK` shows the stack; the run is {execution}")
}

/// Tells the steps of a run as they come.
struct Teller {
    seen: i64,
    current: Option<(String, Timestamp)>,
    told: Vec<Told>,
    spinner: ProgressBar,
}

impl Teller {
    fn new() -> Self {
        // Without a terminal nothing moves: only the lines of finished steps are printed.
        let spinner = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self { seen: 0, current: None, told: Vec::new(), spinner }
    }

    fn tell(&mut self, Step { id, time, what }: Step) {
        self.seen = id;
        match what {
            What::Entered { state } => {
                if report::is_step(&state) {
                    self.spinner.set_message(state.clone());
                    self.spinner.reset_elapsed();
                }
                self.current = Some((state, time));
            }
            What::Exited { state, output } => self.exited(state, time, &output),
            What::Failed { error, cause } => self.failed(&error, &cause),
        }
    }

    fn exited(&mut self, state: String, time: Timestamp, output: &Value) {
        if !report::is_step(&state) {
            return;
        }
        let entered = self.current.as_ref().filter(|(current, _)| *current == state);
        let took = entered.map_or(Duration::ZERO, |(_, entered)| {
            Duration::try_from(time.duration_since(*entered)).unwrap_or_default()
        });
        let told = Told { state, took };
        self.line("✓", &told, &report::step(&told.state, output));
        self.told.push(told);
    }

    // A step that is only not ready yet is no news; anything else a person wants to see.
    fn failed(&mut self, error: &str, cause: &str) {
        let state = self.current.as_ref().map_or("", |(state, _)| state);
        let message = serde_json::from_str::<Value>(cause).ok();
        let message = message.as_ref().and_then(|cause| cause["errorMessage"].as_str());
        let message = message.unwrap_or(cause);
        if error == "Mist.NotReady" {
            self.spinner.set_message(format!("{state}: {message}"));
        } else if report::is_news(error) {
            let line = format!("! {state}: {error}: {message}");
            self.print(&line);
        }
    }

    fn line(&self, sign: &str, Told { state, took }: &Told, detail: &str) {
        self.print(&format!("{sign} {state:<32} {:>7.1} s  {detail}", took.as_secs_f64()));
    }

    fn print(&self, line: &str) {
        self.spinner.suspend(|| note(line.trim_end()));
    }

    fn finish(self) -> Vec<Told> {
        self.spinner.finish_and_clear();
        self.told
    }
}
