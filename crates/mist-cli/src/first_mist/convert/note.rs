//! Notes for the person who imports, and the values that this person gives.

use serde::Serialize;

/// Something to know about a field or a secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Note {
    /// The field or the secret.
    pub(crate) name: String,
    /// The value to fill in, or the reason.
    pub(crate) why: String,
}

impl Note {
    pub(super) fn new(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), why: why.into() }
    }
}

/// Values that `mist.yaml` needs and the old file did not have, as far as they are given with the import.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The bucket for bundles.
    pub(crate) bucket: Option<String>,
    /// The id of the hosted zone of all stacks.
    pub(crate) hosted_zone_id: Option<String>,
}
