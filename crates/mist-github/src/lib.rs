//! GitHub, over its REST API; an Enterprise Server has the same one at another address.

mod client;
mod deployments;
pub mod keys;
mod repositories;

use std::time::Duration;

use mist_core::{error::Error, ports::Access};
use reqwest::Client;

pub use keys::GitHubKeys;
pub use repositories::Archive;

const SERVICE: &str = "github";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For how long a connection may be silent while something long is read. Only while it is read: what has come
/// may be put away for longer than this.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// For how long a short question may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// GitHub, over its REST API.
#[derive(Clone, Debug)]
pub struct GitHubApi {
    client: Client,
}

impl GitHubApi {
    /// Makes the client; the error says why there can be none.
    pub fn new() -> Result<Self, String> {
        let client = mist_http::client().connect_timeout(CONNECT_TIMEOUT).build();
        Ok(Self { client: client.map_err(|error| error.to_string())? })
    }
}

fn repository_missing(access: Access<'_>) -> Error {
    Error::RepositoryMissing {
        repository: access.github.repository.to_string(),
        secret: access.github.token_secret.clone(),
    }
}

fn ref_missing(access: Access<'_>, name: &str) -> Error {
    Error::RefMissing { repository: access.github.repository.to_string(), name: name.to_owned() }
}

fn failed(message: String) -> Error {
    Error::ServiceFailed { service: SERVICE, message }
}

#[cfg(test)]
mod tests;
