//! The name servers that answer for a stack's name, as users' resolvers ask them.

use std::net::IpAddr;

use crate::{
    dns::{answer::NameServerAnswer, record::RecordRef},
    error::Error,
};

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
