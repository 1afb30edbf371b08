//! Hosted zones and their record sets, the data of authoritative answers.

use hickory_proto::rr::{Name, RecordType};

use crate::error::Error;

/// A hosted zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The identifier of the zone.
    pub(crate) id: String,
    /// The apex of the zone, with final dot.
    pub(crate) name: Name,
}

/// The records of one name and type, or one of several weighted sets of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordSet {
    /// The owner name.
    pub(crate) name: Name,
    /// The record type.
    pub(crate) kind: RecordType,
    /// The TTL, in seconds; 0 for an alias, which has the TTL of its target.
    pub(crate) ttl: u32,
    /// The values as in a zone file.
    pub(crate) values: Vec<String>,
    /// The weight among the sets of the same name and type.
    pub(crate) weight: Option<u64>,
    /// The target of an alias.
    pub(crate) alias: Option<Name>,
}

/// The source of zones. It is read for each query, so a change takes effect immediately.
pub(crate) trait Zones: Send + Sync + Unpin + 'static {
    /// All hosted zones.
    fn all(&self) -> impl Future<Output = Result<Vec<Zone>, Error>> + Send;

    /// The record sets of the zone from `start` on, in the order of reversed labels, and at least the first hundred.
    fn records_from(
        &self,
        zone: &Zone,
        start: &Name,
    ) -> impl Future<Output = Result<Vec<RecordSet>, Error>> + Send;
}
