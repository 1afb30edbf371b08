//! The capacity of an environment.

use serde::{Deserialize, Serialize};

/// The capacity of an Auto Scaling group, in instances.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capacity {
    /// The minimum.
    pub min: u32,
    /// The maximum.
    pub max: u32,
    /// The desired capacity.
    pub desired: u32,
}

impl Capacity {
    /// Whether the desired capacity is zero.
    pub fn is_stopped(self) -> bool {
        self.desired == 0
    }
}

/// The Auto Scaling group of an environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its capacity.
    pub capacity: Capacity,
    /// The number of its instances, in any state.
    pub instances: u32,
    /// The number of its instances in service.
    pub in_service: u32,
}
