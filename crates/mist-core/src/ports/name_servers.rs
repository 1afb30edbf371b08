//! The authoritative name servers of a stack's DNS name.

use std::net::IpAddr;

use crate::{
    dns::{answer::NameServerAnswer, record::RecordRef},
    error::Error,
};

/// The authoritative name servers of a stack's DNS name.
pub trait NameServers {
    /// The answer of each name server of the zone about each of the `records`, which are of one zone; a server that does
    /// not answer has entries as well. If no name server is found, the error is [`Error::ServiceUnavailable`].
    fn query(
        &self,
        records: &[RecordRef],
    ) -> impl Future<Output = Result<Vec<NameServerAnswer>, Error>> + Send;

    /// The public addresses of `host`, IPv4 and IPv6: an empty list if the name does not exist.
    fn addresses(&self, host: &str) -> impl Future<Output = Result<Vec<IpAddr>, Error>> + Send;
}
