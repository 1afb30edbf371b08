//! The live environment, and the target of an operation.

use serde::{Deserialize, Serialize};

use crate::{dns::record::Record, names::EnvironmentName, stack::side::Side};

/// The live environment, by the records of the stack. They alone decide: an answer of an environment can be cached, and
/// its name can change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Live {
    /// The environment of this side is live, and the other one is idle.
    Side(Side),
    /// Records point to both environments, so neither is idle.
    Both,
    /// No record points to an environment.
    Neither,
}

/// The side that `record` points to, by the CNAMEs of side A and side B.
pub fn side_of(record: &Record, cnames: [&str; 2]) -> Option<Side> {
    match cnames.map(|cname| record.points_to(cname)) {
        [true, false] => Some(Side::A),
        [false, true] => Some(Side::B),
        // Both at once means that the environments share a name, so neither is known to be live.
        [false, false] | [true, true] => None,
    }
}

/// The target of an operation.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: EnvironmentName,
    /// Its own DNS name.
    pub cname: String,
    /// Its address.
    pub address: String,
    /// Its version when the release was planned.
    pub version: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::record::{RecordKind, RecordRef};

    const CNAMES: [&str; 2] = ["demo-qa-a.elasticbeanstalk.com", "demo-qa-b.elasticbeanstalk.com"];

    fn live(target: &str, cnames: [&str; 2]) -> Option<Side> {
        let name = "qa.mist.test".parse().unwrap();
        let which = RecordRef { zone: "Z1".to_owned(), name, kind: RecordKind::Cname };
        let target = target.to_owned();
        side_of(&Record { which, target, ttl_seconds: Some(60), alias: None }, cnames)
    }

    #[test]
    fn the_environment_that_the_record_points_to_is_live() {
        assert_eq!(live("demo-qa-a.elasticbeanstalk.com", CNAMES), Some(Side::A));
        assert_eq!(live("Demo-QA-B.elasticbeanstalk.com.", CNAMES), Some(Side::B));
    }

    #[test]
    fn no_environment_is_live_if_the_record_points_elsewhere() {
        assert_eq!(live("elsewhere.example.com", CNAMES), None);
    }

    #[test]
    fn no_environment_is_live_if_both_share_a_name() {
        assert_eq!(live(CNAMES[0], [CNAMES[0]; 2]), None);
    }

    #[test]
    fn a_missing_environment_is_never_live() {
        assert_eq!(live(CNAMES[1], ["", CNAMES[1]]), Some(Side::B));
        assert_eq!(live(CNAMES[0], ["", CNAMES[1]]), None);
        assert_eq!(live(".", ["", ""]), None);
    }
}
