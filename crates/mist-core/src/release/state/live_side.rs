//! The live environment that a stack remembers, and drift from it.

use serde::{Deserialize, Serialize};

use crate::{names::EnvironmentName, stack::side::Side};

/// The environment that a swap put live, or that a release accepted as live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LiveSide {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: EnvironmentName,
    /// Its version; `None` if it had none.
    pub version: Option<String>,
    /// The time at which the record changed, or at which its change was accepted, in seconds since 1970.
    pub since: i64,
    /// The time at which DNS caches with the other environment have expired, in seconds since 1970.
    pub drained: i64,
    /// The version of the other environment that was live before; `None` if mist cannot roll back to it.
    pub previous: Option<String>,
}

/// A difference between the stored live environment and the one that is found: the stack was changed without mist.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Drift {
    /// The record points to this side, or to neither.
    Record(Option<Side>),
    /// The environment runs this version, or none.
    Version(Option<String>),
}

impl LiveSide {
    /// The drift if the record points to `live`, and the environment of this side runs `version`.
    pub fn drift(&self, live: Option<Side>, version: Option<&str>) -> Option<Drift> {
        if live != Some(self.side) {
            return Some(Drift::Record(live));
        }
        let differs = version != self.version.as_deref();
        differs.then(|| Drift::Version(version.map(str::to_owned)))
    }
}
