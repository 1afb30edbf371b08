//! How a version is watched after it went live.

use serde::{Deserialize, Serialize};

use crate::stack::ranged::Ranged;

/// How a version is watched after it went live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BakeSettings {
    /// For how long, in seconds: 0 to 21600. 0: not at all.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 21600)))]
    pub seconds: Ranged<0, 21600>,
    /// How many of a hundred requests may be answered with 5xx: 0 to 100. Absent: does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 100)))]
    pub max_failed_percent: Option<Ranged<0, 100>>,
    /// How long nine in ten requests may take at most, in milliseconds: 1 to 600000. Absent: does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 600_000)))]
    pub max_p90_ms: Option<Ranged<1, 600_000>>,
    /// How many requests a look must have seen, in the ten seconds before it, for these two figures to count:
    /// 1 to 100000. One bad answer of two is no half of all. No request at all is no data.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100_000)))]
    pub min_requests: Ranged<1, 100_000>,
    /// The names of `CloudWatch` alarms, none of which may be in alarm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// What to do when it cannot be told how the version does.
    pub on_no_data: OnNoData,
}

impl Default for BakeSettings {
    fn default() -> Self {
        Self {
            seconds: Ranged::new(300),
            max_failed_percent: None,
            max_p90_ms: None,
            min_requests: Ranged::new(10),
            alarms: Vec::new(),
            on_no_data: OnNoData::default(),
        }
    }
}

/// What to do when it cannot be told how a version does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnNoData {
    /// Leave it live, and end as `Mist.Inconclusive`: a person must look.
    #[default]
    Hold,
    /// Go back to the other side.
    RollBack,
    /// Leave it live, and end well with a warning.
    GoOn,
}
