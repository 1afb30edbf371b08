//! A release as the picture shows it: steps with their times, and answers in bins, in seconds since the upload.

use std::{collections::HashSet, iter::Sum, ops::AddAssign};

use jiff::Timestamp;
use mist_aws::executions::{Step, What};

use crate::workflow::between;

/// The width of a bin, in seconds.
pub(crate) const BIN: f64 = 0.25;

/// The time before the upload that is shown, in seconds.
const LEAD: f64 = 2.0;

/// The circumstances of a release.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conditions {
    /// The name that clients request.
    pub(crate) name: String,
    /// The labels of the version before and of the new one.
    pub(crate) versions: [String; 2],
    /// The names of the environments that run them.
    pub(crate) environments: [String; 2],
    /// The number of clients.
    pub(crate) clients: u32,
    /// The requests per second of all clients together.
    pub(crate) rate: u32,
    /// The TTL of the record.
    pub(crate) ttl_seconds: u32,
    /// How many times faster than on AWS Beanstalk and the waits of the state machine were.
    pub(crate) time_scale: f64,
    /// The day, such as 2026-11-30, UTC.
    pub(crate) date: String,
}

/// A release as it was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The circumstances.
    pub(crate) conditions: Conditions,
    /// When the upload began.
    pub(crate) uploaded: Timestamp,
    /// What the clients got so far, at several times; oldest first.
    pub(crate) samples: Vec<Sample>,
    /// The history of the execution.
    pub(crate) events: Vec<Step>,
    /// The states that do something.
    pub(crate) tasks: HashSet<String>,
}

/// What the clients got up to a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// The moment.
    pub(crate) at: Timestamp,
    /// The answers so far.
    pub(crate) counts: Counts,
}

/// Numbers of answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Those of the version that was live before.
    pub(crate) old: u32,
    /// Those of the new version.
    pub(crate) new: u32,
    /// Requests that failed, or that neither version answered.
    pub(crate) failed: u32,
}

/// A release as the picture shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    /// The circumstances.
    pub(crate) conditions: Conditions,
    /// The steps, in the order in which they began.
    pub(crate) steps: Vec<Span>,
    /// The bins without gaps, from before the upload until after the release.
    pub(crate) bins: Vec<Bin>,
}

/// A step of the execution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    /// The name of its state.
    pub(crate) state: String,
    /// When it was entered.
    pub(crate) from: f64,
    /// When it was left.
    pub(crate) until: f64,
}

/// The answers in a part of the time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bin {
    /// When it begins; it ends after [`BIN`].
    pub(crate) from: f64,
    /// The answers.
    pub(crate) counts: Counts,
}

impl Timeline {
    /// What the picture shows of `recorded`.
    pub(crate) fn new(recorded: Recorded) -> Self {
        let Recorded { conditions, uploaded, samples, events, tasks } = recorded;
        let seconds = |at| between(uploaded, at);
        let samples: Vec<_> = samples.iter().map(|it| (seconds(it.at), it.counts)).collect();
        Self { conditions, steps: spans(&events, &tasks, seconds), bins: bins(&samples) }
    }

    /// The times of the first and the last moment that are shown.
    pub(crate) fn range(&self) -> (f64, f64) {
        (-LEAD, self.bins.last().map_or(0.0, |bin| bin.from + BIN))
    }

    /// The answers in all bins.
    pub(crate) fn total(&self) -> Counts {
        self.bins.iter().map(|bin| bin.counts).sum()
    }

    /// The most answers of a bin.
    pub(crate) fn most(&self) -> u32 {
        self.bins.iter().map(|bin| bin.counts.all()).max().unwrap_or_default()
    }

    /// The step that moved the record.
    pub(crate) fn swap(&self) -> Option<&Span> {
        self.steps.iter().find(|step| step.state == "Swap")
    }
}

impl Counts {
    /// All answers and failures.
    pub(crate) fn all(self) -> u32 {
        self.old + self.new + self.failed
    }

    /// The difference from an earlier count.
    fn since(self, earlier: Self) -> Self {
        Self {
            old: self.old.saturating_sub(earlier.old),
            new: self.new.saturating_sub(earlier.new),
            failed: self.failed.saturating_sub(earlier.failed),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.old += other.old;
        self.new += other.new;
        self.failed += other.failed;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}

impl Span {
    /// The duration, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.until - self.from
    }
}

/// The steps that were left again. One that is retried is one step, from its first attempt on.
fn spans(
    events: &[Step],
    tasks: &HashSet<String>,
    seconds: impl Fn(Timestamp) -> f64,
) -> Vec<Span> {
    let mut entered = None;
    let mut spans = Vec::new();
    for Step { time, what, .. } in events {
        match what {
            What::Entered { state } => entered = Some((state, *time)),
            What::Exited { state, .. } => {
                let began = entered.take_if(|(current, _)| *current == state);
                if let Some((_, began)) = began.filter(|_| tasks.contains(state)) {
                    let (from, until) = (seconds(began), seconds(*time));
                    spans.push(Span { state: state.clone(), from, until });
                }
            }
            What::Failed { .. } => {}
        }
    }
    spans
}

/// The bins of `samples`, each a time and the answers so far. The answers since a sample belong to the bin of the
/// next one. The last bin is one that the samples cover.
fn bins(samples: &[(f64, Counts)]) -> Vec<Bin> {
    let end = samples.last().map_or(-LEAD, |(last, _)| *last);
    let starts = std::iter::successors(Some(-LEAD), |from| Some(from + BIN));
    let starts = starts.take_while(|from| from + BIN <= end);
    let mut bins: Vec<_> = starts.map(|from| Bin { from, counts: Counts::default() }).collect();
    for (earlier, later) in samples.iter().zip(samples.iter().skip(1)) {
        let bin = bins.iter_mut().find(|bin| (bin.from..bin.from + BIN).contains(&later.0));
        if let Some(bin) = bin {
            bin.counts += later.1.since(earlier.1);
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn counts(old: u32, new: u32, failed: u32) -> Counts {
        Counts { old, new, failed }
    }

    #[test]
    fn answers_are_in_the_bin_in_which_they_came() {
        let samples = [
            (-2.3, counts(5, 0, 0)),
            (-2.1, counts(7, 0, 0)),
            (-1.9, counts(8, 0, 0)),
            (-1.8, counts(10, 0, 0)),
            (-1.75, counts(12, 1, 1)),
            (-1.5, counts(12, 4, 1)),
            (-1.4, counts(12, 9, 1)),
        ];
        let bins = bins(&samples);
        let expected = [
            Bin { from: -2.0, counts: counts(3, 0, 0) },
            Bin { from: -1.75, counts: counts(2, 1, 1) },
        ];
        assert_eq!(bins, expected);
        let timeline = Timeline { bins, ..Timeline::default() };
        assert_eq!((timeline.total(), timeline.most()), (counts(5, 1, 1), 4));
        assert_eq!(timeline.range(), (-2.0, -1.5));
    }

    #[test]
    fn without_samples_there_are_no_bins() {
        assert!(bins(&[]).is_empty());
    }

    #[test]
    fn a_step_lasts_from_its_first_attempt_to_its_exit() {
        let event = |second, what| Step {
            id: second,
            time: Timestamp::from_second(100 + second).unwrap(),
            what,
        };
        let entered =
            |second, state: &str| event(second, What::Entered { state: state.to_owned() });
        let exited = |second, state: &str| {
            event(second, What::Exited { state: state.to_owned(), output: Value::Null })
        };
        let error = What::Failed { error: "Mist.NotReady".to_owned(), cause: String::new() };
        let events = [
            entered(1, "Deploy"),
            event(2, error),
            exited(5, "Deploy"),
            entered(5, "Goes live?"),
            exited(5, "Goes live?"),
            entered(6, "Swap"),
            exited(7, "Swap"),
            entered(7, "Bake"),
        ];
        let tasks = ["Deploy", "Swap", "Bake"].map(str::to_owned).into();
        let spans =
            spans(&events, &tasks, |time| between(Timestamp::from_second(100).unwrap(), time));
        let span = |state: &str, from, until| Span { state: state.to_owned(), from, until };
        assert_eq!(spans, [span("Deploy", 1.0, 5.0), span("Swap", 6.0, 7.0)]);
        let timeline = Timeline { steps: spans, ..Timeline::default() };
        assert_eq!(timeline.swap().map(Span::seconds), Some(1.0));
    }
}
