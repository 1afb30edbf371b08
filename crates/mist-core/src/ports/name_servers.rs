//! The name servers that answer for a stack's name, as users' resolvers ask them.

use std::net::IpAddr;

use crate::{Error, RecordRef};

/// The name servers that answer for a stack's name, as users' resolvers ask them.
pub trait NameServers {
    /// The answer of each name server of the zone about the record. None to ask is
    /// [`Error::ServiceUnavailable`]; a server that does not answer has an entry too.
    fn ask(
        &self,
        which: &RecordRef,
    ) -> impl Future<Output = Result<Vec<NameServerAnswer>, Error>> + Send;

    /// The addresses of `host`, as everybody sees them. Nothing of that name is an empty list.
    fn addresses(&self, host: &str) -> impl Future<Output = Result<Vec<IpAddr>, Error>> + Send;
}

/// The answer of one name server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameServerAnswer {
    /// The server.
    pub server: String,
    /// The target of the record; `Err` is a fragment that says why there is no answer.
    pub target: Result<DnsTarget, String>,
}

/// The target of a record, as a name server tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DnsTarget {
    /// Another name, without the final dot.
    Name(String),
    /// Addresses, as for aliases; none if there is no such name.
    Addresses(Vec<IpAddr>),
}
