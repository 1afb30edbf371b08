//! The answer of a name server about a record.

use std::net::IpAddr;

use super::record::RecordRef;

/// The answer of one name server about one record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameServerAnswer {
    /// The server.
    pub server: String,
    /// The record.
    pub which: RecordRef,
    /// The target of the record; `Err` is a fragment that says why there is no answer.
    pub target: Result<DnsTarget, String>,
}

/// The target of a record in the answer of a name server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DnsTarget {
    /// Another name, without the final dot.
    Name(String),
    /// Addresses, as for aliases; empty if the name does not exist.
    Addresses(Vec<IpAddr>),
}
