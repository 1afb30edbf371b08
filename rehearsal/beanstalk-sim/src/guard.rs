//! The guard of the API: requests of programs on this machine pass, those of web pages do not.
//!
//! Any page in a browser can send requests to loopback. With a name that resolves to 127.0.0.1, it can read the answers
//! too. The API accepts every credential, and bundles run with the rights of whoever started it. So it checks what a page
//! cannot forge: `Host`, `Origin` and `Sec-Fetch-Site`.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Answers 403 to a request of a web page, or for another host. A layer of a router on a loopback address.
pub async fn check(request: Request, next: Next) -> Response {
    let named = request.uri().authority().map(|authority| ("host", authority.as_str()));
    // A value that is no text is not that of a program on this machine.
    let sent = request.headers().iter();
    let sent = sent.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
    match refusal(named.into_iter().chain(sent)) {
        None => next.run(request).await,
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

/// The reason to refuse a request with these headers, their names in lower case; `None` if it may pass.
pub fn refusal<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let headers: Vec<_> = headers.collect();
    let all = |wanted| headers.iter().filter(move |(name, _)| *name == wanted).map(|(_, it)| *it);
    let Some(host) = all("host").next() else {
        return Some("the request has no Host\n".to_owned());
    };
    if let Some(foreign) = all("host").find(|host| !is_local(host)) {
        return Some(format!("this server does not serve the host `{foreign}`\n"));
    }
    let own = format!("http://{host}");
    if let Some(foreign) = all("origin").find(|origin| !origin.eq_ignore_ascii_case(&own)) {
        return Some(format!("this server accepts no request of the web page `{foreign}`\n"));
    }
    let is_foreign = |site: &&str| !matches!(*site, "same-origin" | "none");
    all("sec-fetch-site")
        .find(is_foreign)
        .map(|site| format!("this server accepts no {site} request of a web page\n"))
}

/// Whether a host, with or without a port, is this machine: a loopback address, `localhost`, or a name under it, such as
/// that of a bucket. The DNS resolves no such name to another machine.
fn is_local(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.is_loopback();
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(headers: &[(&str, &str)]) -> bool {
        refusal(headers.iter().copied()).is_none()
    }

    #[test]
    fn programs_on_this_machine_pass() {
        for host in [
            "127.0.0.1:4566",
            "127.0.1.1",
            "[::1]:80",
            "localhost:4566",
            "LOCALHOST",
            "bucket.localhost:4566",
            "a.s3.us-east-1.localhost.",
        ] {
            assert!(passes(&[("host", host)]), "{host}");
        }
        assert!(passes(&[("host", "localhost:1"), ("sec-fetch-site", "none")]));
        let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
        assert!(passes(&[&own[..], &[("sec-fetch-site", "same-origin")]].concat()));
    }

    #[test]
    fn names_of_other_machines_are_refused() {
        for host in [
            "evil.example:4566",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "0.0.0.0:4566",
            "192.168.1.7:4566",
            "[::]:80",
            "[fe80::1]",
            "[::1",
            "",
        ] {
            assert!(!passes(&[("host", host)]), "{host}");
        }
        assert!(!passes(&[]), "no host");
        assert!(!passes(&[("host", "localhost"), ("host", "evil.example")]), "two hosts");
    }

    #[test]
    fn other_web_pages_are_refused() {
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost:2",
            "http://localhost",
            "https://localhost:1",
            "file://",
            "",
        ] {
            assert!(!passes(&[("host", "localhost:1"), ("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert!(!passes(&[("host", "localhost:1"), ("sec-fetch-site", site)]), "{site}");
        }
    }
}
