//! The settings of the lock that the releases of a stack share.

use serde::{Deserialize, Serialize};

use crate::stack::ranged::Ranged;

/// The reaction of a release to a lock that another one holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnConflict {
    /// Fail immediately, and name the release that holds the lock.
    #[default]
    Reject,
    /// Wait in the queue, first come first served.
    Queue,
    /// Supersede a deployment that has not swapped yet; otherwise queue.
    Supersede,
}

/// The settings of the lock that the releases of a stack share.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LockSettings {
    /// The reaction of a release to a lock that another one holds.
    pub on_conflict: OnConflict,
    /// The most releases that may wait at a time: 1 to 50.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 50)))]
    pub most_waiting: Ranged<1, 50>,
    /// The longest time that a release may wait, in seconds: 1 to 7200.
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
