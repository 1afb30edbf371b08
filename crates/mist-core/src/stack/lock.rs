//! How the releases of a stack share its lock.

use serde::{Deserialize, Serialize};

use crate::stack::ranged::Ranged;

/// What a release does while another one holds the lock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnConflict {
    /// Fail immediately, and name the release that holds the lock.
    #[default]
    Reject,
    /// Wait for its turn, first come first served.
    Queue,
    /// Supersede a deployment that has not swapped yet; otherwise queue.
    Supersede,
}

/// How the releases of a stack share its lock.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LockSettings {
    /// What a release does while another one holds the lock.
    pub on_conflict: OnConflict,
    /// How many releases may wait at a time: 1 to 50.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 50)))]
    pub most_waiting: Ranged<1, 50>,
    /// How long one may wait, in seconds: 1 to 7200.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 7200)))]
    pub wait_seconds: Ranged<1, 7200>,
}

impl Default for LockSettings {
    fn default() -> Self {
        Self {
            on_conflict: OnConflict::default(),
            most_waiting: Ranged::new(5),
            wait_seconds: Ranged::new(3600),
        }
    }
}
