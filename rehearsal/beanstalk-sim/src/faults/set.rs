//! The set of faults, and their selection for a target.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::time::Instant;

use super::bucket::Bucket;
use super::fault::Fault;
use super::scope::{Scope, Target};
use crate::clock::Moment;
use crate::health_status::HealthStatus;

/// The set of faults, most specific scopes first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    entries: Vec<Entry>,
    last_number: u64,
}

/// A fault with its scope and end, as the state file keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) scope: Scope,
    pub(crate) fault: Fault,
    /// The moment at which the fault expires.
    pub(crate) until: Option<Moment>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    scope: Scope,
    fault: Fault,
    until: Option<Moment>,
    /// The token buckets by operation.
    buckets: BTreeMap<String, Bucket>,
}

impl Faults {
    /// Sets a fault, replaces one of its kind in the same scope, and returns its number. The caller must end it at
    /// `until`.
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

    /// Ends the fault with this number, if it is still set.
    pub(crate) fn end(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
    }

    /// Clears the faults of this scope and of all narrower scopes.
    pub(crate) fn clear(&mut self, scope: &Scope) {
        self.entries.retain(|entry| !entry.scope.is_within(scope));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All faults with their scopes, most specific first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Scope, &Fault)> {
        self.entries.iter().map(|entry| (&entry.scope, &entry.fault))
    }

    /// All faults in the form of the state file.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Kept> {
        self.entries.iter().map(|entry| Kept {
            scope: entry.scope.clone(),
            fault: entry.fault.clone(),
            until: entry.until,
        })
    }

    /// The first result of `wanted` for the faults that apply, most specific first.
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

    /// The first result of `wanted`, as with `find`. A fault that counts loses one call and ends after the last.
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

    /// Whether the rate limits allow one more call.
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

    /// The forced health, if any.
    pub(crate) fn health(&self, target: &Target<'_>) -> Option<HealthStatus> {
        self.find(target, |fault| {
            if let Fault::Health { status, .. } = fault { Some(*status) } else { None }
        })
    }

    /// The duration of each phase of flapping health, if any.
    pub(crate) fn flap(&self, target: &Target<'_>) -> Option<f64> {
        self.find(
            target,
            |fault| {
                if let Fault::Flap { seconds } = fault { Some(*seconds) } else { None }
            },
        )
    }

    /// The factor of all durations.
    pub(crate) fn slowness(&self, target: &Target<'_>) -> f64 {
        self.find(
            target,
            |fault| {
                if let Fault::Slow { factor } = fault { Some(*factor) } else { None }
            },
        )
        .unwrap_or(1.0)
    }

    /// The duration of deployments, if a fault sets it.
    pub(crate) fn deploy_seconds(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::DeploySeconds { seconds } = fault { Some(*seconds) } else { None }
        })
    }

    /// The delay of events.
    pub(crate) fn events_lag(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::EventsLag { seconds } = fault { Some(*seconds) } else { None }
        })
    }

    /// The time after its creation for which a version is invisible.
    pub(crate) fn version_invisible(&self, target: &Target<'_>) -> Option<f64> {
        self.find(target, |fault| {
            if let Fault::VersionInvisible { seconds, .. } = fault { *seconds } else { None }
        })
    }
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
    fn clearing_a_scope_clears_narrower_ones() {
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
