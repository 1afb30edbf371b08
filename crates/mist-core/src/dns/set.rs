//! The record sets of a hosted zone, as Route 53 lists them.

use super::record::{AliasTarget, Record, RecordKind, RecordRef, same_name};

/// The number of records, or of values of a record, that a message lists: a set can have a hundred values.
const LISTED: usize = 5;

/// A record set that may point to an environment: an alias, or a set of type A, AAAA, CNAME, HTTPS or SVCB.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordSet {
    /// Its name, without the final dot. A wildcard begins with `*.`.
    pub name: String,
    /// Its type, such as `CNAME`.
    pub kind: String,
    /// Its targets, exactly as they are written in the zone: that of an alias, or the values.
    pub targets: Vec<String>,
    /// Its TTL in seconds. `None` for an alias.
    pub ttl_seconds: Option<u32>,
    /// The rest of an alias. `None` for a set with values.
    pub alias: Option<AliasTarget>,
    /// The feature of Route 53 that mist does not handle, as a fragment of a message: a routing policy, a health check.
    /// `None` for a simple set.
    pub feature: Option<&'static str>,
}

/// The place in a hosted zone at which a page of its record sets begins. The order is that of Route 53.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The name.
    pub name: String,
    /// The type; `None`: the first one of the name.
    pub kind: Option<String>,
    /// The identifier among the sets of a routing policy.
    pub identifier: Option<String>,
}

/// A page of the record sets of a hosted zone. Sets that cannot point to an environment are left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// The sets.
    pub sets: Vec<RecordSet>,
    /// The place of the next page; `None` after the last one.
    pub next: Option<Place>,
}

impl RecordSet {
    /// Whether it is the set of the record `which`.
    pub fn is(&self, which: &RecordRef) -> bool {
        self.name == which.name.as_str() && self.kind == which.kind.to_string()
    }

    /// Whether a target is one of `names`; case and a final dot do not count.
    pub fn points_to(&self, names: &[&str]) -> bool {
        let is_one =
            |target: &String| names.iter().any(|name| !name.is_empty() && same_name(target, name));
        self.targets.iter().any(is_one)
    }

    /// The set as a record of hosted zone `zone` that mist can move; the error is a fragment of a message.
    pub fn record(&self, zone: &str) -> Result<Record, String> {
        if let Some(feature) = self.feature {
            return Err(feature.to_owned());
        }
        if self.name.starts_with("*.") {
            return Err("is a wildcard".to_owned());
        }
        let kind = match (self.kind.as_str(), &self.alias) {
            ("CNAME", None) => RecordKind::Cname,
            ("A", Some(_)) => RecordKind::A,
            ("AAAA", Some(_)) => RecordKind::Aaaa,
            ("A" | "AAAA", None) => return Err("is no alias".to_owned()),
            (kind, _) => return Err(format!("has type {kind}")),
        };
        let name = self.name.parse()?;
        let [target] = self.targets.as_slice() else {
            return Err("does not have exactly one value".to_owned());
        };
        let (zone, target) = (zone.to_owned(), target.clone());
        let (ttl_seconds, alias) = (self.ttl_seconds, self.alias.clone());
        Ok(Record { which: RecordRef { zone, name, kind }, target, ttl_seconds, alias })
    }

    /// Name, type and targets, for messages.
    pub fn described(&self) -> String {
        format!("{} `{}` to `{}`", self.kind, self.name, self.values())
    }

    /// Its first targets, for messages.
    pub fn values(&self) -> String {
        listed(self.targets.iter().cloned())
    }
}

/// The first of `items`, and the number of the rest, for messages.
pub(crate) fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(LISTED);
    let mut shown: Vec<_> = items.take(LISTED).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";

    fn set(kind: &str, target: &str, is_alias: bool) -> RecordSet {
        let alias = AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: false };
        RecordSet {
            name: "qa.mist.test".to_owned(),
            kind: kind.to_owned(),
            targets: vec![target.to_owned()],
            ttl_seconds: (!is_alias).then_some(60),
            alias: is_alias.then_some(alias),
            feature: None,
        }
    }

    fn problem(set: &RecordSet) -> String {
        set.record("Z1").unwrap_err()
    }

    #[test]
    fn a_cname_and_an_alias_of_either_address_type_can_be_moved() {
        for (kind, is_alias) in [("CNAME", false), ("A", true), ("AAAA", true)] {
            let record = set(kind, A, is_alias).record("Z1").unwrap();
            assert_eq!(record.which.kind.to_string(), kind);
            assert_eq!((record.target.as_str(), record.alias.is_some()), (A, is_alias));
        }
    }

    #[test]
    fn a_set_that_cannot_be_moved_has_a_reason() {
        let wildcard = RecordSet { name: "*.mist.test".to_owned(), ..set("CNAME", A, false) };
        let weighted = RecordSet { feature: Some("is weighted"), ..set("CNAME", A, false) };
        let mut two = set("CNAME", A, false);
        two.targets.push(A.to_owned());
        assert_eq!(problem(&wildcard), "is a wildcard");
        assert_eq!(problem(&weighted), "is weighted");
        assert_eq!(problem(&two), "does not have exactly one value");
        assert_eq!(problem(&set("AAAA", "2001:db8::1", false)), "is no alias");
        assert_eq!(problem(&set("HTTPS", A, false)), "has type HTTPS");
    }

    #[test]
    fn a_message_has_only_some_values_of_a_set() {
        let mut many = set("AAAA", "2001:db8::0", false);
        many.targets.extend((1..100).map(|n| format!("2001:db8::{n}")));
        assert_eq!(
            many.described(),
            "AAAA `qa.mist.test` to `2001:db8::0, 2001:db8::1, 2001:db8::2, 2001:db8::3, 2001:db8::4, 95 more`"
        );
    }

    #[test]
    fn an_environment_without_a_name_is_no_target() {
        assert!(set("CNAME", "Demo-QA-A.us-east-1.elasticbeanstalk.com.", false).points_to(&[A]));
        assert!(!set("CNAME", ".", false).points_to(&["", A]));
    }
}
