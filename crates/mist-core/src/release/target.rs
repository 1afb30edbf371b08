//! The live environment, and the target of an operation.

use serde::{Deserialize, Serialize};

use crate::{dns::record::Record, names::EnvironmentName, stack::side::Side};

/// The side that a record points to. The record alone decides: an answer of an environment can be cached, and its name
/// can change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Live {
    /// The environment of this side is live.
    Side(Side),
    /// The record points to neither environment.
    Neither,
}

impl Live {
    /// The live side, by `record` and the CNAMEs of side A and side B.
    pub fn read(record: &Record, cnames: [&str; 2]) -> Self {
        match cnames.map(|cname| record.points_to(cname)) {
            [true, false] => Self::Side(Side::A),
            [false, true] => Self::Side(Side::B),
            // Both at once means that the environments share a name, so neither is known to be live.
            [false, false] | [true, true] => Self::Neither,
        }
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
    use crate::dns::record::{RecordRef, RecordType};

    const CNAMES: [&str; 2] = ["demo-qa-a.elasticbeanstalk.com", "demo-qa-b.elasticbeanstalk.com"];

    fn live(target: &str, cnames: [&str; 2]) -> Live {
        let name = "qa.mist.test".parse().unwrap();
        let which = RecordRef { zone: "Z1".to_owned(), name, kind: RecordType::Cname };
        let target = target.to_owned();
        Live::read(&Record { which, target, ttl_seconds: Some(60), alias: None }, cnames)
    }

    #[test]
    fn the_environment_that_the_record_points_to_is_live() {
        assert_eq!(live("demo-qa-a.elasticbeanstalk.com", CNAMES), Live::Side(Side::A));
        assert_eq!(live("Demo-QA-B.elasticbeanstalk.com.", CNAMES), Live::Side(Side::B));
    }

    #[test]
    fn no_environment_is_live_if_the_record_points_elsewhere() {
        assert_eq!(live("elsewhere.example.com", CNAMES), Live::Neither);
    }

    #[test]
    fn no_environment_is_live_if_both_share_a_name() {
        assert_eq!(live(CNAMES[0], [CNAMES[0]; 2]), Live::Neither);
    }

    #[test]
    fn a_missing_environment_is_never_live() {
        assert_eq!(live(CNAMES[1], ["", CNAMES[1]]), Live::Side(Side::B));
        assert_eq!(live(CNAMES[0], ["", CNAMES[1]]), Live::Neither);
        assert_eq!(live(".", ["", ""]), Live::Neither);
    }
}
