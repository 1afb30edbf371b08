//! The DNS names of a stack in its configuration: the form of its record, and which names may stand together.

use serde::{Deserialize, Serialize};

use crate::{
    dns::record::RecordType,
    names::{DomainName, RecordName},
    stack::ranged::Ranged,
};

/// The largest number of other names of a stack: a verification queries the name servers about each.
const MOST_NAMES: usize = 20;

/// The form of a stack's DNS record.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSettings {
    /// `CNAME` or `ALIAS`.
    #[serde(default, rename = "type")]
    pub kind: RecordType,
    /// The TTL of a `CNAME`, in seconds: 1 to 86400. Users reach the new version that much later. Unused for an
    /// `ALIAS`, which has the TTL of its target.
    #[serde(default = "default_ttl")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 86400)))]
    pub ttl_seconds: Ranged<1, 86400>,
}

fn default_ttl() -> Ranged<1, 86400> {
    Ranged::new(60)
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self { kind: RecordType::default(), ttl_seconds: default_ttl() }
    }
}

/// Checks the names of a stack: `moved` with `domain`, and `kept` where they are. The name of the zone is unknown here, so
/// `mist setup` and each plan require a record of each name in it.
pub(super) fn check(
    domain: &DomainName,
    moved: &[DomainName],
    kept: &[RecordName],
) -> Result<(), String> {
    if moved.len() > MOST_NAMES {
        return Err(format!("alsoKnownAs: has more than {MOST_NAMES} names"));
    }
    let mut known = vec![domain.as_str()];
    let moved = moved.iter().map(|name| ("alsoKnownAs", name.as_str()));
    let kept = kept.iter().map(|name| ("fixedNames", name.as_str()));
    for (field, name) in moved.chain(kept) {
        if known.contains(&name) {
            return Err(format!("{field}: `{name}` is there twice; `domain` counts as well"));
        }
        if !share_a_zone(domain, name) {
            return Err(format!("{field}: `{name}` is not in the same zone as `{domain}`"));
        }
        known.push(name);
    }
    Ok(())
}

/// Whether a hosted zone can have both names: they end with the same two labels.
fn share_a_zone(domain: &DomainName, name: &str) -> bool {
    let end = |name: &str| {
        let labels: Vec<_> = name.rsplit('.').take(2).map(str::to_owned).collect();
        labels
    };
    end(domain.as_str()) == end(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(moved: &[&str], kept: &[&str]) -> Result<(), String> {
        let moved: Vec<_> = moved.iter().map(|name| name.parse().unwrap()).collect();
        let kept: Vec<_> = kept.iter().map(|name| name.parse().unwrap()).collect();
        check(&"mist.test".parse().unwrap(), &moved, &kept)
    }

    #[test]
    fn names_of_one_zone_may_move_and_stay() {
        checked(&["www.mist.test"], &["blue.mist.test", "*.blue.mist.test"]).unwrap();
    }

    #[test]
    fn refuses_names_that_cannot_be_together() {
        let many: Vec<_> = (0..21).map(|number| format!("n{number}.mist.test")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let cases: [(&[&str], &[&str], &str); 5] = [
            (&["mist.test"], &[], "alsoKnownAs: `mist.test` is there twice"),
            (&["www.mist.test"; 2], &[], "alsoKnownAs: `www.mist.test` is there twice"),
            (&["a.mist.test"], &["a.mist.test"], "fixedNames: `a.mist.test` is there twice"),
            (
                &["www.mist.example"],
                &[],
                "alsoKnownAs: `www.mist.example` is not in the same zone as `mist.test`",
            ),
            (&many, &[], "alsoKnownAs: has more than 20 names"),
        ];
        for (moved, kept, problem) in cases {
            let message = checked(moved, kept).unwrap_err();
            assert!(message.starts_with(problem), "{message}");
        }
    }
}
