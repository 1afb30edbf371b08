//! Which side is live, and which one an operation is for.

use serde::{Deserialize, Serialize};

use crate::{
    dns::record::Record,
    names::EnvironmentName,
    stack::{settings::Stack, side::Side},
};

/// Which side of a stack a record leads to. The record alone decides: what an environment answers
/// can be cached, and what it is called can change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Live {
    /// This side is live.
    Side(Side),
    /// The record leads to neither side.
    Neither,
}

impl Live {
    /// Reads `record`, given the CNAMEs of side A and side B.
    pub fn read(record: &Record, cnames: [&str; 2]) -> Self {
        match cnames.map(|cname| record.leads_to(cname)) {
            [true, false] => Self::Side(Side::A),
            [false, true] => Self::Side(Side::B),
            // Both at once would mean that the environments share a name: no side can be told.
            [false, false] | [true, true] => Self::Neither,
        }
    }
}

/// The environment that an operation is for.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: EnvironmentName,
    /// Its own name in DNS.
    pub cname: String,
    /// Where it can be reached.
    pub address: String,
    /// The version it ran when the plan was made.
    pub version: Option<String>,
}

impl Stack {
    /// The side that `environment` is of this stack.
    pub fn side_of(&self, environment: &EnvironmentName) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.settings.environments.on(*side) == environment)
    }
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
    fn the_side_that_the_record_leads_to_is_live() {
        assert_eq!(live("demo-qa-a.elasticbeanstalk.com", CNAMES), Live::Side(Side::A));
        assert_eq!(live("Demo-QA-B.elasticbeanstalk.com.", CNAMES), Live::Side(Side::B));
    }

    #[test]
    fn a_record_that_leads_elsewhere_leaves_no_side_live() {
        assert_eq!(live("elsewhere.example.com", CNAMES), Live::Neither);
    }

    #[test]
    fn sides_that_share_a_name_cannot_be_told_apart() {
        assert_eq!(live(CNAMES[0], [CNAMES[0]; 2]), Live::Neither);
    }

    #[test]
    fn a_side_that_is_missing_is_never_live() {
        assert_eq!(live(CNAMES[1], ["", CNAMES[1]]), Live::Side(Side::B));
        assert_eq!(live(CNAMES[0], ["", CNAMES[1]]), Live::Neither);
        assert_eq!(live(".", ["", ""]), Live::Neither);
    }
}
