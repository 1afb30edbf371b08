//! Application versions: labels for source bundles.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bundles::Location;

/// An application version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) application: String,
    pub(crate) label: String,
    pub(crate) description: Option<String>,
    /// The location of the source bundle; `None` is the sample application.
    pub(crate) bundle: Option<Location>,
    pub(crate) status: VersionStatus,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// The processing status of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VersionStatus {
    Unprocessed,
    Processing,
    Processed,
    Failed,
}

impl VersionStatus {
    /// The name on the wire, which is in upper case, unlike the published model.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unprocessed => "UNPROCESSED",
            Self::Processing => "PROCESSING",
            Self::Processed => "PROCESSED",
            Self::Failed => "FAILED",
        }
    }
}
