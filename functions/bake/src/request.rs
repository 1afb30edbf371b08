//! The request of a bake, and its response.

use jiff::{SignedDuration, Timestamp};
use mist_core::{
    beanstalk::health::AllowedHealth,
    names::{EnvironmentName, StackName},
    release::state::Holder,
    stack::bake::BakeSettings,
};
use serde::{Deserialize, Serialize};

/// The environment to watch, and the settings of the bake.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution with the lock.
    pub holder: Holder,
    /// The live environment.
    pub environment: EnvironmentName,
    /// The version that it must run; null if it had none.
    pub version: Option<String>,
    /// The time at which it went live.
    pub since: Timestamp,
    /// The health statuses that are good enough.
    pub allowed_health: AllowedHealth,
    /// The settings of the bake.
    pub bake: BakeSettings,
    /// Whether there is an environment to swap back to.
    pub can_swap_back: bool,
}

impl Request {
    /// The time at which the bake ends; past that, the maximum, as any later look may decide.
    pub(crate) fn next_end(&self, now: Timestamp) -> Timestamp {
        let end = self.since + SignedDuration::from_secs(self.bake.seconds.get().into());
        if end > now { end } else { Timestamp::MAX }
    }

    /// Whether figures decide as well. They cover ten seconds, and cause no events.
    pub(crate) fn has_figures(&self) -> bool {
        self.bake.max_failed_percent.is_some() || self.bake.max_p90_ms.is_some()
    }
}

/// The decision that the version may stay live.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The verdict on it.
    pub verdict: Verdict,
    /// The reason, if its health is inconclusive.
    pub reason: Option<String>,
    /// The duration of the bake, in seconds.
    pub seconds: i64,
}

/// The verdict on a version that may stay live. An unhealthy version is an error: [`BakeFailed`](mist_core::error::Error::BakeFailed) or
/// [`Held`](mist_core::error::Error::Held).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It stayed healthy.
    Good,
    /// Its health is inconclusive, and `bake.onNoData` is `goOn`.
    Inconclusive,
}
