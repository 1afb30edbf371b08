//! What an authoritative answer is made of: hosted zones and their record sets.

use hickory_proto::rr::{Name, RecordType};

use crate::error::Error;

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The identifier by which its records are asked for.
    pub(crate) id: String,
    /// Its apex, with final dot.
    pub(crate) name: Name,
}

/// The records of one name and type, or one of several weighted choices for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordSet {
    /// The owner.
    pub(crate) name: Name,
    /// The type.
    pub(crate) kind: RecordType,
    /// The time to live, in seconds; 0 for an alias, which takes that of its target.
    pub(crate) ttl: u32,
    /// The values as in a zone file.
    pub(crate) values: Vec<String>,
    /// Its share among the sets of the same name and type.
    pub(crate) weight: Option<u64>,
    /// The name whose addresses stand in for the values.
    pub(crate) alias: Option<Name>,
}

/// Where zones come from; asked again for each query, so that a change is seen at once.
pub(crate) trait Zones: Send + Sync + Unpin + 'static {
    /// All hosted zones.
    fn all(&self) -> impl Future<Output = Result<Vec<Zone>, Error>> + Send;

    /// The record sets of the zone from `start` on, in the order of reversed labels; may be cut off after a hundred.
    fn records_from(
        &self,
        zone: &Zone,
        start: &Name,
    ) -> impl Future<Output = Result<Vec<RecordSet>, Error>> + Send;
}
