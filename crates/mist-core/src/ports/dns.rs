//! The DNS records of stacks.

use crate::{
    dns::record::{Change, Record, RecordRef},
    error::Error,
};

/// The DNS records of stacks.
pub trait Dns {
    /// The record as it stands, changes included that not all name servers have yet. None there is
    /// [`Error::RecordMissing`], a zone that is not there [`Error::HostedZoneMissing`], and one that
    /// mist cannot move (weighted, several values) [`Error::UnsupportedRecord`].
    fn record(&self, which: &RecordRef) -> impl Future<Output = Result<Record, Error>> + Send;

    /// Replaces exactly `from` by `to`, in one step. When the record is no longer `from`, nothing
    /// changes and the error is [`Error::RecordChanged`].
    fn replace(
        &self,
        from: &Record,
        to: &Record,
    ) -> impl Future<Output = Result<Change, Error>> + Send;
}
