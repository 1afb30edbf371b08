//! How many instances an environment has.

use serde::{Deserialize, Serialize};

/// How many instances an Auto Scaling group may have, and shall have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sizes {
    /// At least so many.
    pub min: u32,
    /// At most so many.
    pub max: u32,
    /// So many now.
    pub desired: u32,
}

impl Sizes {
    /// Whether there shall be no instances.
    pub fn is_stopped(self) -> bool {
        self.desired == 0
    }
}

/// The Auto Scaling group of an environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// How many instances it shall have.
    pub sizes: Sizes,
    /// How many it has, of whatever state.
    pub instances: u32,
    /// How many of them are in service.
    pub in_service: u32,
}
