//! The DNS record of a stack.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::Display;

use crate::names::DomainName;

/// A record by its zone, name and type.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordRef {
    /// The id of the hosted zone, such as `Z0123456789ABC`.
    pub zone: String,
    /// The name of the record.
    pub name: DomainName,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RecordKind,
}

/// The type of a record that mist moves.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum RecordKind {
    /// The alias for IPv4.
    A,
    /// The alias for IPv6.
    Aaaa,
    /// The name of the target.
    Cname,
}

/// The form of the DNS record of a stack's domain.
#[derive(Clone, Copy, Debug, Default, Display, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum RecordType {
    /// A `CNAME` to the environment's own name. Not possible at the apex of a zone.
    #[default]
    Cname,
    /// An alias of type `A` to the environment, and one of type `AAAA` if there is one; has no TTL of its own.
    Alias,
}

impl RecordType {
    /// The type of the record that the domain must have.
    pub fn first(self) -> RecordKind {
        match self {
            Self::Cname => RecordKind::Cname,
            Self::Alias => RecordKind::A,
        }
    }
}

/// A record as it was read.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its zone, name and type.
    pub which: RecordRef,
    /// Its target, exactly as it is written in the zone: Route 53 compares a change with it.
    pub target: String,
    /// Its TTL in seconds. `None` for an alias.
    pub ttl_seconds: Option<u32>,
    /// The rest of an alias. `None` for a `CNAME`.
    pub alias: Option<AliasTarget>,
}

/// The fields of an alias besides its target's name.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasTarget {
    /// The hosted zone of the target: for environments, the one of Beanstalk in their region.
    pub zone: String,
    /// Whether Route 53 evaluates the target's health.
    pub evaluate_health: bool,
}

impl fmt::Display for RecordRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.kind, self.name)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ttl_seconds {
            Some(ttl) => write!(formatter, "`{}` with a TTL of {ttl} s", self.target),
            None => write!(formatter, "`{}`", self.target),
        }
    }
}

impl Record {
    /// Whether the record points to `cname`; case and a final dot do not count.
    pub fn points_to(&self, cname: &str) -> bool {
        same_name(&self.target, cname)
    }

    /// Whether both point to the same name in the same way. Route 53 adds a final dot to the targets of aliases.
    pub fn is_same(&self, other: &Self) -> bool {
        self.points_to(&other.target)
            && (&self.which, self.ttl_seconds, &self.alias)
                == (&other.which, other.ttl_seconds, &other.alias)
    }

    /// The same record, pointing to `cname`. `ttl_seconds` counts for a `CNAME` only.
    #[must_use]
    pub fn pointing_to(&self, cname: &str, ttl_seconds: u32) -> Self {
        Self {
            target: cname.trim_end_matches('.').to_ascii_lowercase(),
            ttl_seconds: self.ttl_seconds.map(|_| ttl_seconds),
            ..self.clone()
        }
    }
}

/// A change that Route 53 accepted. Its name servers may not have it yet.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its id at Route 53.
    pub id: String,
}

pub(super) fn same_name(left: &str, right: &str) -> bool {
    left.trim_end_matches('.').eq_ignore_ascii_case(right.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";

    fn record(target: &str) -> Record {
        let name = "qa.mist.test".parse().unwrap();
        let which = RecordRef { zone: "Z1".to_owned(), name, kind: RecordKind::Cname };
        Record { which, target: target.to_owned(), ttl_seconds: Some(300), alias: None }
    }

    #[test]
    fn case_and_a_final_dot_do_not_count() {
        for target in [A, "Demo-QA-A.us-east-1.elasticbeanstalk.com."] {
            assert!(record(target).points_to(A), "{target}");
            assert!(record(A).points_to(target), "{target}");
        }
    }

    #[test]
    fn a_record_with_another_ttl_is_not_the_same() {
        assert!(record(A).is_same(&record("Demo-QA-A.us-east-1.elasticbeanstalk.com.")));
        assert!(!record(A).is_same(&Record { ttl_seconds: Some(60), ..record(A) }));
        assert!(!record(A).is_same(&record("elsewhere.example.com")));
    }

    #[test]
    fn a_name_that_is_only_similar_does_not_match() {
        for target in ["demo-qa-a", "x.demo-qa-a.us-east-1.elasticbeanstalk.com", ""] {
            assert!(!record(target).points_to(A), "{target}");
        }
    }

    #[test]
    fn pointing_elsewhere_changes_only_target_and_ttl() {
        let moved = record(A).pointing_to("Demo-QA-B.us-east-1.elasticbeanstalk.com.", 30);
        let b = "demo-qa-b.us-east-1.elasticbeanstalk.com";
        assert_eq!(moved, Record { ttl_seconds: Some(30), ..record(b) });
    }

    #[test]
    fn an_alias_keeps_its_zone_and_gets_no_ttl() {
        let target = AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: true };
        let alias = Record { ttl_seconds: None, alias: Some(target), ..record(A) };
        let moved = alias.pointing_to("b.example.com", 30);
        assert_eq!(moved, Record { target: "b.example.com".to_owned(), ..alias });
    }

    #[test]
    fn a_record_passes_the_state_machine_unchanged() {
        let text = serde_json::to_string(&record(A)).unwrap();
        assert_eq!(
            text,
            r#"{"which":{"zone":"Z1","name":"qa.mist.test","type":"CNAME"},"target":"demo-qa-a.us-east-1.elasticbeanstalk.com","ttlSeconds":300,"alias":null}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record(A));
    }
}
