//! Faults: the ways in which the simulated service can be told to misbehave.

mod bucket;
mod document;
mod scope;

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::ops::RangeInclusive;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use self::bucket::Bucket;
pub(crate) use self::document::{Members, read, read_scope, write};
pub use self::scope::Scope;
pub(crate) use self::scope::Target;
use crate::clock::Moment;
use crate::world::HealthStatus;

/// One way to misbehave.
///
/// A fault stays until it is cleared or, when it counts calls, used up. Those about deployments are looked at when a
/// deployment decides its outcome; setting the same kind of fault again replaces the earlier one.
/// Seconds are simulated ones, unless what is late or limited is an answer: a client's patience knows no time scale.
/// Values that make no sense, such as negative seconds, have no effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The application does not start: the deployment fails and the old version stays.
    FailDeploy,
    /// New settings cannot be applied: the update fails and the old settings stay.
    FailConfiguration,
    /// The deployment succeeds and the label moves, but health is Severe (red) for good.
    HealthNeverGood,
    /// The instances take the new version but never pass their health checks: the deployment fails.
    Unhealthy,
    /// The environment never gets ready, and aborting is refused, until the fault is cleared.
    StuckUpdating,
    /// The instances do not answer within the command timeout: the deployment fails.
    CommandTimeout,
    /// The update completes "with errors": the label moves though no instance took the new version.
    CompleteWithErrors,
    /// Every event says success, but one instance still runs the old version.
    SilentPartial,
    /// The deployment fails, and every instance ends with the old version again.
    RollBack,
    /// Health is as told.
    Health {
        /// What enhanced health reporting says; its colour is what basic reporting says.
        status: HealthStatus,
        /// For how long; until the fault is cleared when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// Health is good and bad by turns.
    Flap {
        /// How long it stays good, and then bad.
        seconds: f64,
    },
    /// Every operation takes this many times as long.
    Slow {
        /// How many times as long.
        factor: f64,
    },
    /// A deployment takes this long, instead of what the settings say.
    DeploySeconds {
        /// How long.
        seconds: f64,
    },
    /// The next calls are refused with `Throttling`.
    Throttle {
        /// How many.
        calls: u32,
    },
    /// More calls of one operation than this are refused with `Throttling`; every operation has a token bucket.
    RateLimit {
        /// How many tokens a bucket gets in a real second.
        per_second: f64,
        /// How many tokens a bucket holds.
        burst: u32,
    },
    /// The next calls fail with HTTP status 500.
    ServerError {
        /// How many.
        calls: u32,
    },
    /// The next calls are answered late.
    DelayCalls {
        /// How many.
        calls: u32,
        /// How late, in real seconds.
        seconds: f64,
    },
    /// The connections of the next calls break before anything is done.
    ResetCalls {
        /// How many.
        calls: u32,
    },
    /// The next calls do their work, but the connection breaks before the answer has arrived.
    LoseAnswers {
        /// How many.
        calls: u32,
    },
    /// The next `DescribeEnvironments` find nothing.
    EmptyDescribe {
        /// How many.
        calls: u32,
    },
    /// `UpdateEnvironment` does not find a version; exactly one of the members says for how long.
    VersionInvisible {
        /// For so many calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calls: Option<u32>,
        /// For so long after the version was created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// `DescribeEvents` shows events late; their dates stay true.
    EventsLag {
        /// How late.
        seconds: f64,
    },
    /// The site answers every request with this HTTP status.
    AnswerWith {
        /// The status.
        status: u16,
    },
    /// The site answers late.
    AnswerAfter {
        /// How late, in real seconds.
        seconds: f64,
    },
    /// The site resets the connections of the next requests.
    ResetConnections {
        /// How many.
        calls: u32,
    },
    /// There are no instances: nothing to deploy to, nothing to serve.
    ZeroInstances,
}

/// The statuses that a site can be told to answer with: those below are no answers, as more has to follow.
const ANSWERS: RangeInclusive<u16> = 200..=599;

/// The faults that are set, the most specific scopes first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    entries: Vec<Entry>,
    last_number: u64,
}

/// A fault that is set, as it is kept from one run to the next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) scope: Scope,
    pub(crate) fault: Fault,
    /// When it ends by itself.
    pub(crate) until: Option<Moment>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    scope: Scope,
    fault: Fault,
    until: Option<Moment>,
    /// By operation.
    buckets: BTreeMap<String, Bucket>,
}

impl Fault {
    /// How long it lasts by itself, in simulated seconds.
    pub(crate) fn lifetime(&self) -> Option<f64> {
        if let Self::Health { seconds, .. } = self { *seconds } else { None }
    }

    /// Does it concern calls of the API, rather than environments and their sites?
    pub(crate) fn is_about_calls(&self) -> bool {
        matches!(
            self,
            Self::Throttle { .. }
                | Self::RateLimit { .. }
                | Self::ServerError { .. }
                | Self::DelayCalls { .. }
                | Self::ResetCalls { .. }
                | Self::LoseAnswers { .. }
                | Self::EmptyDescribe { .. }
                | Self::VersionInvisible { .. }
                | Self::EventsLag { .. }
        )
    }

    /// Refuses values that make no sense, and says which member holds them.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Self::Throttle { calls }
            | Self::ServerError { calls }
            | Self::ResetCalls { calls }
            | Self::LoseAnswers { calls }
            | Self::EmptyDescribe { calls }
            | Self::ResetConnections { calls } => at_least_one("calls", *calls),
            Self::DelayCalls { calls, seconds } => {
                at_least_one("calls", *calls)?;
                not_negative("seconds", *seconds)
            }
            Self::DeploySeconds { seconds }
            | Self::EventsLag { seconds }
            | Self::AnswerAfter { seconds }
            | Self::Health { seconds: Some(seconds), .. } => not_negative("seconds", *seconds),
            Self::Flap { seconds } => positive("seconds", *seconds),
            Self::Slow { factor } => positive("factor", *factor),
            Self::RateLimit { per_second, burst } => {
                positive("per_second", *per_second)?;
                at_least_one("burst", *burst)
            }
            Self::VersionInvisible { calls: Some(calls), seconds: None } => {
                at_least_one("calls", *calls)
            }
            Self::VersionInvisible { calls: None, seconds: Some(seconds) } => {
                not_negative("seconds", *seconds)
            }
            Self::VersionInvisible { .. } => {
                Err("exactly one of `calls` and `seconds` must be given".to_owned())
            }
            Self::AnswerWith { status } if !ANSWERS.contains(status) => Err(format!(
                "`status`: {status} is not from {} to {}",
                ANSWERS.start(),
                ANSWERS.end()
            )),
            Self::AnswerWith { .. }
            | Self::FailDeploy
            | Self::FailConfiguration
            | Self::HealthNeverGood
            | Self::Unhealthy
            | Self::StuckUpdating
            | Self::CommandTimeout
            | Self::CompleteWithErrors
            | Self::SilentPartial
            | Self::RollBack
            | Self::Health { seconds: None, .. }
            | Self::ZeroInstances => Ok(()),
        }
    }

    /// How often it still applies, for those that count.
    fn remaining(&mut self) -> Option<&mut u32> {
        match self {
            Self::Throttle { calls }
            | Self::ServerError { calls }
            | Self::DelayCalls { calls, .. }
            | Self::ResetCalls { calls }
            | Self::LoseAnswers { calls }
            | Self::EmptyDescribe { calls }
            | Self::VersionInvisible { calls: Some(calls), .. }
            | Self::ResetConnections { calls } => Some(calls),
            Self::FailDeploy
            | Self::FailConfiguration
            | Self::HealthNeverGood
            | Self::Unhealthy
            | Self::StuckUpdating
            | Self::CommandTimeout
            | Self::CompleteWithErrors
            | Self::SilentPartial
            | Self::RollBack
            | Self::Health { .. }
            | Self::Flap { .. }
            | Self::Slow { .. }
            | Self::DeploySeconds { .. }
            | Self::RateLimit { .. }
            | Self::VersionInvisible { calls: None, .. }
            | Self::EventsLag { .. }
            | Self::AnswerWith { .. }
            | Self::AnswerAfter { .. }
            | Self::ZeroInstances => None,
        }
    }
}

impl Faults {
    /// Sets a fault, in place of one of its kind in the same scope, and returns its number. Whoever sets it has to end
    /// it at the moment `until` which it lasts.
    pub(crate) fn set(&mut self, scope: Scope, fault: Fault, until: Option<Moment>) -> u64 {
        self.entries.retain(|entry| {
            entry.scope != scope || discriminant(&entry.fault) != discriminant(&fault)
        });
        self.last_number += 1;
        let number = self.last_number;
        let place = self.entries.partition_point(|entry| entry.scope.rank() <= scope.rank());
        self.entries.insert(place, Entry { number, scope, fault, until, buckets: BTreeMap::new() });
        number
    }

    /// Ends the fault with this number, unless it has ended already.
    pub(crate) fn end(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
    }

    /// Ends the faults that were set for this scope or for a part of it.
    pub(crate) fn clear(&mut self, scope: &Scope) {
        self.entries.retain(|entry| !entry.scope.is_within(scope));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All faults with their scopes, the most specific first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Scope, &Fault)> {
        self.entries.iter().map(|entry| (&entry.scope, &entry.fault))
    }

    /// All faults with all that there is to keep of them.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Kept> {
        self.entries.iter().map(|entry| Kept {
            scope: entry.scope.clone(),
            fault: entry.fault.clone(),
            until: entry.until,
        })
    }

    /// The first thing that `wanted` sees in the faults that apply, the most specific ones first.
    pub(crate) fn find<T>(
        &self,
        target: &Target<'_>,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        self.entries
            .iter()
            .filter(|entry| entry.scope.covers(target))
            .find_map(|entry| wanted(&entry.fault))
    }

    pub(crate) fn has(&self, target: &Target<'_>, fault: &Fault) -> bool {
        self.find(target, |other| (other == fault).then_some(())).is_some()
    }

    /// Uses up one of a fault that counts, when `wanted` sees something in it; the last one ends the fault.
    pub(crate) fn take<T>(
        &mut self,
        target: &Target<'_>,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        for place in 0..self.entries.len() {
            let entry = &mut self.entries[place];
            if !entry.scope.covers(target) {
                continue;
            }
            let Some(found) = wanted(&entry.fault) else { continue };
            let Some(remaining) = entry.fault.remaining().filter(|remaining| **remaining > 0)
            else {
                continue;
            };
            *remaining -= 1;
            if *remaining == 0 {
                self.entries.remove(place);
            }
            return Some(found);
        }
        None
    }

    /// Does the rate of calls allow one more?
    pub(crate) fn admits(&mut self, target: &Target<'_>, now: Instant) -> bool {
        for entry in self.entries.iter_mut().filter(|entry| entry.scope.covers(target)) {
            let Fault::RateLimit { per_second, burst } = entry.fault else { continue };
            let operation = target.operation.unwrap_or_default().to_owned();
            let bucket = entry.buckets.entry(operation).or_insert_with(|| Bucket::full(burst, now));
            return bucket.take(per_second, burst, now);
        }
        true
    }

    pub(crate) fn zero_instances(&self, target: &Target<'_>) -> bool {
        self.has(target, &Fault::ZeroInstances)
    }

    pub(crate) fn stuck(&self, target: &Target<'_>) -> bool {
        self.has(target, &Fault::StuckUpdating)
    }

    /// The health that is told, which ends by itself when its time is over.
    pub(crate) fn health(&self, target: &Target<'_>) -> Option<HealthStatus> {
        self.find(target, |fault| {
            if let Fault::Health { status, .. } = fault { Some(*status) } else { None }
        })
    }

    /// How long health stays good, and then bad, when it flaps.
    pub(crate) fn flap(&self, target: &Target<'_>) -> Option<f64> {
        self.find(
            target,
            |fault| {
                if let Fault::Flap { seconds } = fault { Some(*seconds) } else { None }
            },
        )
    }

    /// How many times as long everything takes.
    pub(crate) fn slowness(&self, target: &Target<'_>) -> f64 {
        self.find(
            target,
            |fault| {
                if let Fault::Slow { factor } = fault { Some(*factor) } else { None }
            },
        )
        .unwrap_or(1.0)
    }

    /// How long a deployment takes, when it is not what the settings say.
    pub(crate) fn deploy_seconds(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::DeploySeconds { seconds } = fault { Some(*seconds) } else { None }
        })
    }

    /// How late events can be seen.
    pub(crate) fn events_lag(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::EventsLag { seconds } = fault { Some(*seconds) } else { None }
        })
    }

    /// How long after its creation a version cannot be seen.
    pub(crate) fn version_invisible(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::VersionInvisible { seconds, .. } = fault { *seconds } else { None }
        })
    }
}

fn at_least_one(member: &str, value: u32) -> Result<(), String> {
    if value >= 1 { Ok(()) } else { Err(format!("`{member}`: {value} is less than 1")) }
}

fn not_negative(member: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(format!("`{member}`: {value} is not a finite number from 0"))
}

fn positive(member: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(format!("`{member}`: {value} is not a finite number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Target<'_> = Target {
        environment: Some("shop"),
        version: Some("v2"),
        operation: Some("UpdateEnvironment"),
    };
    const OTHER: Target<'_> = Target { environment: Some("other"), ..SHOP };

    fn throttled(fault: &Fault) -> Option<()> {
        matches!(fault, Fault::Throttle { .. }).then_some(())
    }

    #[test]
    fn a_counted_fault_is_used_up() {
        let mut faults = Faults::default();
        faults.set(Scope::from("shop"), Fault::Throttle { calls: 2 }, None);
        let taken: Vec<_> = (0..3).map(|_| faults.take(&SHOP, throttled).is_some()).collect();
        assert_eq!(taken, [true, true, false]);
        assert_eq!(faults.all().count(), 0);
    }

    #[test]
    fn the_most_specific_scope_wins() {
        let mut faults = Faults::default();
        let everywhere = Scope::everywhere();
        for (scope, factor) in [
            (everywhere.clone(), 2.0),
            (everywhere.clone().operation("UpdateEnvironment"), 3.0),
            (Scope::from("shop").version("v2"), 6.0),
            (everywhere.clone().version("v2"), 4.0),
            (Scope::from("shop"), 5.0),
        ] {
            faults.set(scope, Fault::Slow { factor }, None);
        }
        let found = [
            SHOP,
            Target::environment("shop"),
            OTHER,
            Target { version: None, ..OTHER },
            Target::default(),
        ]
        .map(|target| faults.find(&target, |fault| Some(fault.clone())));
        assert_eq!(found, [6.0, 5.0, 4.0, 3.0, 2.0].map(|factor| Some(Fault::Slow { factor })));
    }

    #[test]
    fn clearing_a_scope_clears_what_lies_in_it() {
        let mut faults = Faults::default();
        let throttle = Fault::Throttle { calls: 1 };
        faults.set(Scope::everywhere(), throttle.clone(), None);
        faults.set(Scope::from("shop"), throttle.clone(), None);
        faults.set(Scope::from("shop").version("v2"), throttle.clone(), None);
        faults.set(Scope::everywhere().version("v2"), throttle, None);
        faults.clear(&Scope::from("shop"));
        assert_eq!(faults.all().count(), 2);
        faults.clear(&Scope::everywhere());
        assert_eq!(faults.all().count(), 0);
    }

    #[test]
    fn the_same_kind_is_replaced_and_the_end_of_the_old_one_means_nothing() {
        let mut faults = Faults::default();
        let old = faults.set(Scope::from("shop"), Fault::Slow { factor: 2.0 }, None);
        let new = faults.set(Scope::from("shop"), Fault::Slow { factor: 3.0 }, None);
        faults.end(old);
        assert!(faults.has(&SHOP, &Fault::Slow { factor: 3.0 }));
        faults.end(new);
        assert_eq!(faults.all().count(), 0);
    }

    #[test]
    fn every_operation_has_a_bucket() {
        let mut faults = Faults::default();
        faults.set(Scope::everywhere(), Fault::RateLimit { per_second: 1.0, burst: 1 }, None);
        let now = Instant::now();
        let describe = Target { operation: Some("DescribeEvents"), ..Target::default() };
        let admitted = [SHOP, SHOP, describe, describe].map(|target| faults.admits(&target, now));
        assert_eq!(admitted, [true, false, true, false]);
    }
}
