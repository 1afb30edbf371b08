//! The addresses that secrets may be sent to.

use std::net::{IpAddr, SocketAddr};

/// Whether nothing between here and `url` can read a request: it is `https`, or a loopback address.
pub fn is_secure(url: &str) -> bool {
    if url.starts_with("https://") {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let address = place.parse::<SocketAddr>().map(|address| address.ip());
    address.or_else(|_| place.parse::<IpAddr>()).is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_loopback_addresses_are_secure() {
        for url in ["https://api.example.com", "http://127.0.0.1:8080/graphql", "http://[::1]:80/"]
        {
            assert!(is_secure(url), "{url}");
        }
    }

    #[test]
    fn every_other_address_is_not_secure() {
        for url in [
            "http://api.example.com",
            "http://127.0.0.1.example.com/",
            "http://127.0.0.1:80@example.com/",
            "http://localhost/",
            "ftp://127.0.0.1/",
            "",
        ] {
            assert!(!is_secure(url), "{url}");
        }
    }
}
