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
    /// The reaction of a release to a lock that another one holds. Absent: an upload supersedes, and every other release
    /// is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_conflict: Option<OnConflict>,
    /// The most releases that may wait at a time: 1 to 50.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 50)))]
    pub most_waiting: Ranged<1, 50>,
    /// The longest time that a release may wait, in seconds: 1 to 7200.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 7200)))]
    pub wait_seconds: Ranged<1, 7200>,
}

impl Default for LockSettings {
    fn default() -> Self {
        Self { on_conflict: None, most_waiting: Ranged::new(5), wait_seconds: Ranged::new(3600) }
    }
}

impl LockSettings {
    /// The settings of one release: `requested` is what its request says, `uploaded` whether an upload started it. An
    /// upload has no caller that reads a refusal, so it must not be lost.
    #[must_use]
    pub fn of(&self, requested: Option<OnConflict>, uploaded: bool) -> Self {
        let default = if uploaded { OnConflict::Supersede } else { OnConflict::Reject };
        Self { on_conflict: requested.or(self.on_conflict).or(Some(default)), ..self.clone() }
    }

    /// The reaction of a release with these settings.
    pub fn on_conflict(&self) -> OnConflict {
        self.on_conflict.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_supersedes_and_every_other_release_is_rejected_unless_it_is_configured() {
        let settings = LockSettings::default();
        assert_eq!(settings.of(None, true).on_conflict(), OnConflict::Supersede);
        assert_eq!(settings.of(None, false).on_conflict(), OnConflict::Reject);
        let settings = LockSettings { on_conflict: Some(OnConflict::Queue), ..settings };
        for uploaded in [true, false] {
            assert_eq!(settings.of(None, uploaded).on_conflict(), OnConflict::Queue);
        }
        let requested = settings.of(Some(OnConflict::Reject), false);
        assert_eq!(requested.on_conflict(), OnConflict::Reject);
    }
}
