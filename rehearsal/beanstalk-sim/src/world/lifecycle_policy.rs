//! The lifecycle policy of an application, which deletes versions when a new one is created.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most versions that are deleted at once.
const MOST_DELETIONS: usize = 100;
/// The time after its termination for which an environment protects its version.
pub(crate) const TERMINATED_PROTECTION: SignedDuration = SignedDuration::from_hours(10 * 7 * 24);

/// The lifecycle policy of an application.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LifecyclePolicy {
    /// The service role for deletions.
    pub(crate) service_role: Option<String>,
    pub(crate) max_count: Option<Rule>,
    pub(crate) max_age: Option<Rule>,
}

/// A rule about the number of versions, or about their age in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) enabled: bool,
    pub(crate) limit: usize,
    pub(crate) delete_source: bool,
}

/// The properties of a version that the policy reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) label: String,
    pub(crate) created: Timestamp,
    /// Whether the version is deployed, or was until recently, which protects it.
    pub(crate) in_use: bool,
}

/// A version to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deletion {
    pub(crate) label: String,
    pub(crate) delete_source: bool,
}

impl LifecyclePolicy {
    /// The versions to delete, oldest first. `versions` are in order of creation, without the new one.
    pub(crate) fn deletions(&self, versions: &[Candidate], now: Timestamp) -> Vec<Deletion> {
        let mut deletions: Vec<_> = self.too_many(versions);
        let too_old = self.too_old(versions, now);
        deletions.extend(too_old.into_iter().filter(|old| self.is_new(versions, &old.label)));
        deletions.truncate(MOST_DELETIONS);
        deletions
    }

    fn enabled(rule: Option<Rule>) -> Option<Rule> {
        rule.filter(|rule| rule.enabled)
    }

    /// Whether the version is among the number of versions to keep.
    fn is_new(&self, versions: &[Candidate], label: &str) -> bool {
        !self.too_many(versions).iter().any(|deletion| deletion.label == label)
    }

    fn too_many(&self, versions: &[Candidate]) -> Vec<Deletion> {
        let Some(rule) = Self::enabled(self.max_count) else { return Vec::new() };
        let excess = versions.len().saturating_sub(rule.limit);
        versions
            .iter()
            .filter(|version| !version.in_use)
            .take(excess)
            .map(rule.deletion())
            .collect()
    }

    fn too_old(&self, versions: &[Candidate], now: Timestamp) -> Vec<Deletion> {
        let Some(rule) = Self::enabled(self.max_age) else { return Vec::new() };
        let hours = i64::try_from(rule.limit).unwrap_or(i64::MAX).saturating_mul(24);
        let age = |version: &&Candidate| now.duration_since(version.created).as_hours() >= hours;
        versions.iter().filter(|version| !version.in_use).filter(age).map(rule.deletion()).collect()
    }
}

impl Rule {
    fn deletion(self) -> impl Fn(&Candidate) -> Deletion {
        move |version| Deletion { label: version.label.clone(), delete_source: self.delete_source }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(limit: usize) -> Rule {
        Rule { enabled: true, limit, delete_source: false }
    }

    /// Versions `v0`, `v1`, …, one for each day up to `now`.
    fn versions(count: usize, in_use: &[usize]) -> (Vec<Candidate>, Timestamp) {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let day =
            |number: usize| start + SignedDuration::from_hours(24 * i64::try_from(number).unwrap());
        let version = |number| Candidate {
            label: format!("v{number}"),
            created: day(number),
            in_use: in_use.contains(&number),
        };
        ((0..count).map(version).collect(), day(count))
    }

    fn labels(policy: &LifecyclePolicy, count: usize, in_use: &[usize]) -> Vec<String> {
        let (versions, now) = versions(count, in_use);
        policy.deletions(&versions, now).into_iter().map(|deletion| deletion.label).collect()
    }

    #[test]
    fn the_oldest_beyond_the_count_go_unless_in_use() {
        let policy = LifecyclePolicy { max_count: Some(rule(2)), ..LifecyclePolicy::default() };
        assert_eq!(labels(&policy, 4, &[]), ["v0", "v1"]);
        assert_eq!(labels(&policy, 4, &[0]), ["v1", "v2"]);
        assert_eq!(labels(&policy, 2, &[]), [] as [&str; 0]);
    }

    #[test]
    fn those_beyond_the_age_go() {
        let policy = LifecyclePolicy { max_age: Some(rule(3)), ..LifecyclePolicy::default() };
        assert_eq!(labels(&policy, 5, &[1]), ["v0", "v2"]);
    }

    #[test]
    fn a_rule_that_is_off_deletes_nothing() {
        let off = Some(Rule { enabled: false, ..rule(1) });
        let policy = LifecyclePolicy { max_count: off, max_age: off, service_role: None };
        assert_eq!(labels(&policy, 5, &[]), [] as [&str; 0]);
    }

    proptest! {
        #[test]
        fn never_more_than_a_hundred_and_never_one_in_use_or_twice(
            count in 0_usize..300,
            limits in (0_usize..400, 0_usize..400),
            in_use in prop::collection::vec(0_usize..300, 0..20),
        ) {
            let policy = LifecyclePolicy {
                max_count: Some(rule(limits.0)), max_age: Some(rule(limits.1)), service_role: None,
            };
            let gone = labels(&policy, count, &in_use);
            prop_assert!(gone.len() <= 100);
            let in_use: Vec<_> = in_use.iter().map(|number| format!("v{number}")).collect();
            prop_assert!(gone.iter().all(|label| !in_use.contains(label)));
            let different: std::collections::BTreeSet<_> = gone.iter().collect();
            prop_assert_eq!(different.len(), gone.len());
        }
    }
}
