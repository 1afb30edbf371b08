//! Uploaded logs of instances.

use axum::body::Bytes;
use jiff::Timestamp;

/// The kind of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InfoType {
    /// The last lines of the logs.
    Tail,
    /// All of the logs, in a ZIP file.
    Bundle,
}

/// The log of one instance at one time.
#[derive(Debug, Clone)]
pub(crate) struct InstanceInfo {
    pub(crate) kind: InfoType,
    pub(crate) instance_id: String,
    pub(crate) at: Timestamp,
    pub(crate) content: Bytes,
}

impl InfoType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tail => "tail",
            Self::Bundle => "bundle",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Tail, Self::Bundle].into_iter().find(|kind| kind.name() == name)
    }
}

impl InstanceInfo {
    /// The name of the log in its URL.
    pub(crate) fn key(&self) -> String {
        let extension = if self.kind == InfoType::Bundle { "zip" } else { "txt" };
        format!("{}/{}.{extension}", self.instance_id, self.kind.name())
    }
}
