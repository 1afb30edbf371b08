//! Saved configurations, which the API calls configuration templates.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::options::OptionSettings;
use super::platform::Platform;

/// The quota of configuration templates in a region.
pub(crate) const TEMPLATE_QUOTA: usize = 2000;

/// A saved configuration of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) application: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) platform: Platform,
    pub(crate) options: OptionSettings,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}
