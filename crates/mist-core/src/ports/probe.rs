//! Web requests to an environment.

use std::time::Duration;

use secrecy::SecretString;

use crate::{
    names::DomainName,
    stack::warm_up::{Scheme, VersionIn},
};

/// Sends web requests to an environment.
pub trait Probe {
    /// The answer of `destination` to a request for `path`. Redirects are not followed. `Err` is the reason, as a fragment
    /// of a message, why there was no answer within `timeout`.
    fn get(
        &self,
        destination: &Destination,
        path: &str,
        timeout: Duration,
    ) -> impl Future<Output = Result<Answer, String>> + Send;
}

/// The destination of requests: they go to `address` and name `domain` as their host, so certificate and virtual host are
/// those of users.
#[derive(Clone, Debug)]
pub struct Destination {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The stack's DNS name, for the host of the request.
    pub domain: DomainName,
    /// The environment's own address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// `USER:PASSWORD` for basic authentication.
    pub basic_auth: Option<SecretString>,
    /// The place of the version in an answer; `None` if it is not checked.
    pub version_in: Option<VersionIn>,
}

/// The answer to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The first 512 bytes of the body, with invalid text replaced.
    pub body: String,
    /// The version in the answer; `None` if it has none or none was requested.
    pub version: Option<String>,
    /// The time from the request to the end of the body.
    pub elapsed: Duration,
}
