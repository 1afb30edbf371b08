//! Applications, which own versions and environments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lifecycle_policy::LifecyclePolicy;

/// An application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) lifecycle: LifecyclePolicy,
}

impl Application {
    pub(crate) fn new(name: &str, description: Option<String>, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            description,
            created: now,
            updated: now,
            lifecycle: LifecyclePolicy::default(),
        }
    }
}
