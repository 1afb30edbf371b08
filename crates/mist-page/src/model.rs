//! The views as plain data.

use jiff::Timestamp;
use mist_core::release::{
    failure::Cause,
    history::PastRelease,
    stack_status::{Running, StackStatus},
};

/// The steps of a deployment that succeeds, in their order.
pub const STEPS: [&str; 11] = [
    "Begin release",
    "Plan",
    "Deploy",
    "Wait until healthy",
    "Match capacity",
    "Warm up",
    "Swap",
    "Verify",
    "Bake",
    "Mark",
    "Finish release",
];

/// The fewest releases of the past that tell how long one usually takes.
const ENOUGH: usize = 3;

/// The account and the region that the views show.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Place {
    /// The account; `None` if it cannot be read.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The address of the local cloud; `None` in AWS.
    pub local: Option<String>,
}

/// All stacks.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// The stacks, by name.
    pub stacks: Vec<StackCard>,
    /// What could not be read, beside the problems of each stack.
    pub problems: Vec<String>,
}

/// One stack.
#[derive(Clone, Debug, Default)]
pub struct StackCard {
    /// Its state.
    pub status: StackStatus,
    /// Its newest releases, newest first.
    pub recent: Vec<Item>,
}

/// A release of the history, or its item that cannot be read.
pub type Item = Result<PastRelease, Unreadable>;

/// An item of the history that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unreadable {
    /// Its stack.
    pub stack: String,
    /// The reason.
    pub problem: String,
}

/// The releases of all stacks within a time.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The stacks that exist, by name.
    pub stacks: Vec<String>,
    /// The releases, newest first.
    pub items: Vec<Item>,
    /// What could not be read, and what was left out.
    pub problems: Vec<String>,
}

/// One release with its steps.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its item of the history.
    pub past: PastRelease,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
    /// What could not be read.
    pub problems: Vec<String>,
    /// The cause of its failure; `None` if it did not fail, or Step Functions no longer has it.
    pub cause: Option<Cause>,
    /// The entry of the runbook for its error.
    pub remedy: Option<Remedy>,
    /// The warnings of a release that succeeded.
    pub warnings: Vec<String>,
    /// The latencies of the warm-up.
    pub warm_up: Option<WarmUp>,
    /// The requests of users, where they are known.
    pub requests: Option<Requests>,
    /// The reason why it waits in its first step.
    pub waits_for: Option<String>,
    /// The usual duration of such a release in seconds; `None` if too few are known.
    pub usual: Option<f64>,
    /// The commits of the version.
    pub changelog: Option<String>,
    /// The page of its execution in the console of AWS.
    pub console: Option<String>,
}

/// A step of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The name of its state.
    pub name: String,
    /// The time of its start; `None` if only its duration is known.
    pub started: Option<Timestamp>,
    /// Its duration in seconds; `None` while it runs.
    pub seconds: Option<f64>,
    /// Its outcome.
    pub outcome: Outcome,
    /// Whether it waits for an event, rather than works.
    pub waits: bool,
    /// Its failed attempts that were followed by another one.
    pub retries: Vec<Retry>,
    /// Its result, or what it waits for, in a few words.
    pub detail: String,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It succeeded.
    Done,
    /// It runs.
    Running,
    /// It failed.
    Failed,
    /// The execution ended before it did.
    Stopped,
}

/// A failed attempt of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Its time.
    pub at: Timestamp,
    /// Its error, in a sentence.
    pub reason: String,
}

/// The entry of the runbook for an error, in Markdown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remedy {
    /// What the error means, what mist did, and what to do.
    pub text: String,
    /// The text that all errors of its section share.
    pub section: String,
}

/// The latencies of a warm-up, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// The number of requests.
    pub requests: u64,
    /// The number of tries until the first good answers; `None` if it is unknown.
    pub tries: Option<u64>,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// The requests of users during a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Requests {
    /// Whose requests these are.
    pub of: String,
    /// Their number.
    pub total: u64,
    /// The answers of each version.
    pub versions: Vec<Answers>,
    /// The failures by reason.
    pub failures: Vec<(String, u64)>,
}

/// The answers of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The version.
    pub version: String,
    /// Their number.
    pub count: u64,
    /// The seconds from the start of the requests to the first one.
    pub first: f64,
    /// The seconds from the start of the requests to the last one.
    pub last: f64,
}

impl StackCard {
    /// The release of the execution that holds the lock.
    pub fn running(&self) -> Option<&PastRelease> {
        let Running { execution, .. } = self.status.running.as_ref()?;
        self.releases().find(|release| release.execution == *execution)
    }

    /// The readable releases.
    pub fn releases(&self) -> impl Iterator<Item = &PastRelease> {
        self.recent.iter().flatten()
    }

    /// The reasons why a person should look at the stack, each in a sentence.
    pub fn remarks(&self) -> Vec<String> {
        let StackStatus { stack, drift, sides, .. } = &self.status;
        let records = self.status.record_remarks().into_iter();
        let mut remarks: Vec<_> = records.map(|remark| format!("{remark}.")).collect();
        if let Some(drift) = drift {
            remarks.push(format!(
                "Changed without mist: {drift}. The next release needs `--accept-drift`."
            ));
        }
        if let Some(side) = sides.iter().find(|side| side.live && side.desired == Some(0)) {
            let name = &side.environment;
            remarks.push(format!(
                "The live environment is stopped. `mist start -s {stack} -e {name}` starts it."
            ));
        }
        remarks
    }
}

/// The usual duration of a release of `operation` in seconds: the median of those among `releases` that succeeded.
/// `None` if they are fewer than three.
pub fn usual<'a>(releases: impl Iterator<Item = &'a PastRelease>, operation: &str) -> Option<f64> {
    let done = releases
        .filter(|release| release.operation == operation && release.verdict == PastRelease::DONE);
    let seconds: Vec<_> = done.filter_map(seconds).collect();
    (seconds.len() >= ENOUGH).then(|| median(seconds)).flatten()
}

/// The duration of `release` in seconds; `None` while it runs. It is never negative: clocks differ.
pub fn seconds(release: &PastRelease) -> Option<f64> {
    let ended = release.ended_at?;
    Some(ended.duration_since(release.started_at).as_secs_f64().max(0.0))
}

/// The median of `values`; `None` without any.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get(values.len() / 2 - 1)?;
    Some(f64::midpoint(*lower, upper))
}
