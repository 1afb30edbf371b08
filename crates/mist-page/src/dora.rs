//! The four DORA figures of the releases of a time, as far as the history knows them.

use jiff::{SignedDuration, Timestamp};
use mist_core::{error::Kind, release::history::PastRelease};

use crate::model::{median, seconds};

/// The most bars of a chart.
const MOST_BINS: i64 = 30;

/// The seconds of a day.
const DAY: i64 = 86_400;

/// The steps between a swap and its end, if mist swaps back.
const UNTIL_RESTORED: [&str; 4] = ["Verify", "Bake", "Swap back", "Verify swap back"];

/// The figures of the releases within a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The length of the time in days.
    pub days: f64,
    /// The number of deployments that users reached.
    pub deployments: usize,
    /// The median seconds from the request of a deployment to its end; `None` without deployments.
    pub lead: Option<f64>,
    /// The number of deployments that users reached and that failed.
    pub failed: usize,
    /// The number of deployments that failed before users reached them.
    pub stopped: usize,
    /// The median seconds from a failed deployment to the version before it; `None` if that is unknown.
    pub restore: Option<f64>,
    /// The same by time, oldest first.
    pub bins: Vec<Bin>,
    /// The days of a bin.
    pub bin_days: i64,
}

/// The figures of a part of the time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bin {
    /// Its start, in seconds since 1970.
    pub start: i64,
    /// The number of deployments that users reached and that stayed.
    pub good: usize,
    /// The number of those that failed.
    pub failed: usize,
    /// Their median lead time in seconds.
    pub lead: Option<f64>,
    /// The median time to restore in seconds.
    pub restore: Option<f64>,
}

/// The result of a deployment for users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// Users reached it, and it stayed.
    Good,
    /// Users reached it, and it failed.
    Failed {
        /// The seconds until the version before it was back, if they are known.
        restored: Option<f64>,
    },
    /// It failed before users reached it.
    Stopped,
    /// It runs, was not to go live, or is no deployment.
    None,
}

impl Figures {
    /// The figures of `releases`, newest first, from `since` to `now`.
    pub fn of(releases: &[&PastRelease], since: Timestamp, now: Timestamp) -> Self {
        let seconds_all = now.duration_since(since).as_secs().max(DAY);
        let bin_days = ((seconds_all + DAY - 1) / DAY + MOST_BINS - 1) / MOST_BINS;
        let width = bin_days * DAY;
        let count = (seconds_all + width - 1) / width;
        let first = now.as_second() - count * width;
        let mut parts: Vec<Parts> = (0..count).map(|_| Parts::default()).collect();
        let mut all = Parts::default();
        for (place, release) in releases.iter().enumerate() {
            let later = releases.get(..place).unwrap_or_default();
            let reach = reach(release, later);
            all.add(release, reach);
            // A release of this very moment belongs to the last bar.
            let bin = (release.started_at.as_second() - first).div_euclid(width).min(count - 1);
            if let Some(part) = usize::try_from(bin).ok().and_then(|bin| parts.get_mut(bin)) {
                part.add(release, reach);
            }
        }
        let bins = parts.into_iter().zip(0..).map(|(part, place)| Bin {
            start: first + place * width,
            good: part.good,
            failed: part.failed,
            lead: median(part.leads),
            restore: median(part.restores),
        });
        let days = SignedDuration::from_secs(seconds_all).as_secs_f64() / 86_400.0;
        Self {
            days,
            deployments: all.good + all.failed,
            lead: median(all.leads),
            failed: all.failed,
            stopped: all.stopped,
            restore: median(all.restores),
            bins: bins.collect(),
            bin_days,
        }
    }

    /// The share of deployments that failed; `None` without deployments.
    pub fn failure_share(&self) -> Option<f64> {
        share(self.failed, self.deployments)
    }

    /// The deployments per week.
    pub fn per_week(&self) -> f64 {
        number(self.deployments) * 7.0 / self.days
    }
}

/// `part` of `whole`; `None` if there is no whole.
pub(crate) fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| number(part) / number(whole))
}

/// `count` for a calculation.
pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[derive(Default)]
struct Parts {
    good: usize,
    failed: usize,
    stopped: usize,
    leads: Vec<f64>,
    restores: Vec<f64>,
}

impl Parts {
    fn add(&mut self, release: &PastRelease, reach: Reach) {
        match reach {
            Reach::Good => {
                self.good += 1;
                self.leads.extend(seconds(release));
            }
            Reach::Failed { restored } => {
                self.failed += 1;
                self.restores.extend(restored);
                // A version that a person rolled back later went live as any other.
                if release.verdict == PastRelease::DONE {
                    self.leads.extend(seconds(release));
                }
            }
            Reach::Stopped => self.stopped += 1,
            Reach::None => {}
        }
    }
}

/// The result of `release` for users. `later` are the releases after it, newest first.
pub fn reach(release: &PastRelease, later: &[&PastRelease]) -> Reach {
    if release.operation != "deploy" || release.verdict == PastRelease::RUNNING {
        return Reach::None;
    }
    let swapped = release.steps.contains_key("Swap");
    if release.verdict != PastRelease::DONE {
        return match Kind::of(&release.verdict) {
            Kind::RolledBack => Reach::Failed { restored: swapped_back(release) },
            Kind::BadRequest | Kind::StackNotReady if !swapped => Reach::None,
            _ if swapped => Reach::Failed { restored: rolled_back(release, later) },
            Kind::BadRequest
            | Kind::StackNotReady
            | Kind::Transient
            | Kind::FailedBeforeSwap
            | Kind::NeedsPerson => Reach::Stopped,
        };
    }
    let in_place = match (&release.from, &release.to) {
        (Some(from), Some(to)) => from.environment == to.environment,
        (Some(_) | None, _) => false,
    };
    // The durations of steps are stored some seconds after the end. A version that is live already has no swap.
    if !release.steps.is_empty() && !swapped && !in_place {
        return Reach::None;
    }
    match rolled_back(release, later) {
        restored @ Some(_) => Reach::Failed { restored },
        None => Reach::Good,
    }
}

/// The seconds from the swap of `release` to the end of its swap back.
fn swapped_back(release: &PastRelease) -> Option<f64> {
    let known = UNTIL_RESTORED.iter().filter_map(|step| release.steps.get(*step));
    let seconds: f64 = known.sum();
    release.steps.contains_key("Swap back").then_some(seconds)
}

/// The seconds from the end of `release` to that of the rollback that undid it; `None` if none did.
fn rolled_back(release: &PastRelease, later: &[&PastRelease]) -> Option<f64> {
    let next = later.iter().rev().find(|next| {
        next.stack == release.stack
            && next.verdict == PastRelease::DONE
            && ["deploy", "swap", "rollback"].contains(&next.operation.as_str())
    })?;
    let undone = next.from.as_ref().is_some_and(|from| from.version == release.version);
    if next.operation != "rollback" || !undone {
        return None;
    }
    let (from, to) = (release.ended_at?, next.ended_at?);
    Some(to.duration_since(from).as_secs_f64().max(0.0))
}
