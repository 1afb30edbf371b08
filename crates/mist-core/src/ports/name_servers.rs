//! The name servers that answer for a stack's name, as users' resolvers ask them.

use std::net::IpAddr;

use crate::{Error, RecordRef};

/// The name servers that answer for a stack's name, as users' resolvers ask them.
pub trait NameServers {
    /// What each name server of the zone says of the record. None to ask is
    /// [`Error::ServiceUnavailable`]; one that does not answer is an answer too.
    fn ask(&self, which: &RecordRef) -> impl Future<Output = Result<Vec<Told>, Error>> + Send;

    /// The addresses of `host`, as everybody sees them. Nothing of that name is an empty list.
    fn addresses(&self, host: &str) -> impl Future<Output = Result<Vec<IpAddr>, Error>> + Send;
}

/// What one name server said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// The server.
    pub server: String,
    /// Where the name leads to; `Err` is a fragment that says why it gave no answer.
    pub leads: Result<Leads, String>,
}

/// Where a name leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Leads {
    /// To another name, without the final dot.
    Name(String),
    /// To addresses, as aliases do; none when there is no such name.
    Addresses(Vec<IpAddr>),
}
