//! The DNS records of stacks.

use crate::{
    dns::{
        record::{Change, Record},
        set::{Page, Place},
    },
    error::Error,
};

/// The DNS records of stacks.
pub trait Dns {
    /// The largest page of record sets of hosted zone `zone` from `from` on, or from its beginning. They include changes
    /// that not all name servers have yet. A missing zone is [`Error::HostedZoneMissing`].
    fn page(
        &self,
        zone: &str,
        from: Option<&Place>,
    ) -> impl Future<Output = Result<Page, Error>> + Send;

    /// Replaces exactly the first record of each pair by the second one, all in one step. If a record is no longer the
    /// first of its pair, nothing changes, and the error is [`Error::RecordChanged`]. The records are of one zone.
    fn replace(
        &self,
        moves: &[(Record, Record)],
    ) -> impl Future<Output = Result<Change, Error>> + Send;
}
