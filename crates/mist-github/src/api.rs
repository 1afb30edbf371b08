//! The client of the API, and its errors.

use std::time::Duration;

use mist_core::{error::Error, ports::Access};
use reqwest::Client;

/// The name of the service in errors.
pub(crate) const SERVICE: &str = "github";

/// The time limit for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The time limit for the next piece of a long answer. The time between two reads does not count: storing a piece can
/// take longer.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The time limit for a short answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// GitHub, over its REST API.
#[derive(Clone, Debug)]
pub struct GitHubApi {
    pub(crate) client: Client,
}

impl GitHubApi {
    /// A client; the error says why it cannot be created.
    pub fn new() -> Result<Self, String> {
        let client = mist_http::client().connect_timeout(CONNECT_TIMEOUT).build();
        Ok(Self { client: client.map_err(|error| error.to_string())? })
    }
}

/// The error for a repository that is missing, or that the token cannot read.
pub(crate) fn repository_missing(access: Access<'_>) -> Error {
    Error::RepositoryMissing {
        repository: access.github.repository.to_string(),
        secret: access.github.token_secret.clone(),
    }
}

/// The error for a missing branch, tag or commit.
pub(crate) fn ref_missing(access: Access<'_>, name: &str) -> Error {
    Error::RefMissing { repository: access.github.repository.to_string(), name: name.to_owned() }
}

/// The error for an answer that a retry does not change.
pub(crate) fn failed(message: String) -> Error {
    Error::ServiceFailed { service: SERVICE, message }
}
