//! Which side is live, and which one an operation is for.

use serde::{Deserialize, Serialize};

use crate::{EnvironmentName, Record, Side, Stack};

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
