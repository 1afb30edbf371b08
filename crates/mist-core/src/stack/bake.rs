//! The settings of the bake: how a version is watched after it went live.

use serde::{Deserialize, Serialize};

use crate::stack::ranged::Ranged;

/// The settings of the bake: how a version is watched after it went live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BakeSettings {
    /// The time that a version is watched, in seconds: 0 to 21600. 0: not at all.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 21600)))]
    pub seconds: Ranged<0, 21600>,
    /// The highest share of requests that may be answered with 5xx, in percent: 0 to 100. Absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 100)))]
    pub max_failed_percent: Option<Ranged<0, 100>>,
    /// The longest 90th percentile of latency, in milliseconds: 1 to 600000. Absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 600_000)))]
    pub max_p90_ms: Option<Ranged<1, 600_000>>,
    /// The least requests in the ten seconds before a look for these two figures to count: 1 to 100000. One bad
    /// answer of two proves little. No request at all is no data.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100_000)))]
    pub min_requests: Ranged<1, 100_000>,
    /// The names of `CloudWatch` alarms, none by default. The version fails if one of them is in alarm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<String>,
    /// The reaction to a version whose health is inconclusive.
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

/// The reaction to a version whose health is inconclusive.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnNoData {
    /// Leave it live, and fail with `Mist.Inconclusive`: a person must check it.
    #[default]
    Hold,
    /// Swap back to the other environment.
    RollBack,
    /// Leave it live, and succeed with a warning.
    GoOn,
}
