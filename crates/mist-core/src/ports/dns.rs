//! The DNS records of stacks.

use crate::{
    dns::record::{Change, Record, RecordRef},
    error::Error,
};

/// The DNS records of stacks.
pub trait Dns {
    /// The record, including changes that not all name servers have yet. A missing record is [`Error::RecordMissing`], a
    /// missing zone [`Error::HostedZoneMissing`], and a record that mist does not change (weighted, several values)
    /// [`Error::UnsupportedRecord`].
    fn record(&self, which: &RecordRef) -> impl Future<Output = Result<Record, Error>> + Send;

    /// Replaces exactly `from` by `to`, in one step. If the record is no longer `from`, nothing changes, and the error is
    /// [`Error::RecordChanged`].
    fn replace(
        &self,
        from: &Record,
        to: &Record,
    ) -> impl Future<Output = Result<Change, Error>> + Send;
}
