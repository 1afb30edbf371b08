//! Web requests to an environment that is not live yet.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    names::DomainName,
    stack::warm_up::{Scheme, VersionIn},
};

/// Sends web requests to an environment that is not live yet.
pub trait Probe {
    /// Asks `destination` for `path`. Follows no redirect. `Err` is a fragment that says why there
    /// was no answer within `timeout`.
    fn get(
        &self,
        destination: &Destination,
        path: &str,
        timeout: Duration,
    ) -> impl Future<Output = Result<Answer, String>> + Send;
}

/// Where requests go: to `address`, asking for `domain`, so that certificate and virtual host are
/// those that users will meet.
#[derive(Clone, Debug)]
pub struct Destination {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The stack's name: the host that is asked for.
    pub domain: DomainName,
    /// The environment's own address: where the request goes.
    pub address: String,
    /// The port.
    pub port: u16,
    /// `USER:PASSWORD` for basic authentication.
    pub basic_auth: Option<SecretString>,
    /// Where the application tells its version, if it does.
    pub version_in: Option<VersionIn>,
}

/// What came back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The beginning of the body, at most 512 bytes; what is not text is replaced.
    pub body: String,
    /// The version that answered, where it was asked to tell and did.
    pub version: Option<String>,
    /// From the request to the end of the body.
    pub elapsed: Duration,
}
