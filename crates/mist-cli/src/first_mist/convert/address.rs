//! Web addresses of the old file.

use mist_core::stack::warm_up::Scheme;

/// The parts of a web address that mist uses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The path without the query; `/` if the address has none.
    pub(super) path: String,
    /// Whether the address contained a user or a password. Neither is stored.
    pub(super) with_password: bool,
}

impl Address {
    /// Parses `https://host:port/path`. The error does not repeat the address, which can contain a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "must be a web address, such as `https://qa.example.com`".to_owned();
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(wrong()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (with_password, place) = match authority.rsplit_once('@') {
            Some((_, place)) => (true, place),
            None => (false, authority),
        };
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
            None => (place, None),
        };
        if host.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            scheme,
            host: host.trim_end_matches('.').to_ascii_lowercase(),
            port: port.filter(|port| *port != scheme.port()),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            with_password,
        })
    }
}
