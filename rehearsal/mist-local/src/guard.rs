//! The guard of every HTTP server of the local cloud: requests of programs on this machine pass, those of web pages do
//! not.
//!
//! Any page in a browser can send requests to loopback. With a name that resolves to 127.0.0.1, it can read the answers
//! too. The services accept every credential, and run bundles with the rights of the developer. So each server checks
//! what a page cannot forge: `Host`, `Origin` and `Sec-Fetch-Site`. `guard.py` does the same for the AWS emulator.

use std::io;
use std::net::IpAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves `router` behind the guard.
pub(crate) fn serve(listener: TcpListener, router: Router) -> JoinHandle<io::Result<()>> {
    let guarded = router.layer(from_fn(check));
    tokio::spawn(async move { axum::serve(listener, guarded).await })
}

async fn check(request: Request, next: Next) -> Response {
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
pub(crate) fn refusal<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let headers: Vec<_> = headers.collect();
    let all = |wanted| headers.iter().filter(move |(name, _)| *name == wanted).map(|(_, it)| *it);
    let Some(host) = all("host").next() else {
        return Some("the request has no Host\n".to_owned());
    };
    if let Some(foreign) = all("host").find(|host| !is_local(host)) {
        return Some(format!("the local cloud does not serve the host `{foreign}`\n"));
    }
    let own = format!("http://{host}");
    if let Some(foreign) = all("origin").find(|origin| !origin.eq_ignore_ascii_case(&own)) {
        return Some(format!("the local cloud accepts no request of the web page `{foreign}`\n"));
    }
    let is_foreign = |site: &&str| !matches!(*site, "same-origin" | "none");
    all("sec-fetch-site")
        .find(is_foreign)
        .map(|site| format!("the local cloud accepts no {site} request of a web page\n"))
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
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::http;

    fn passes(headers: &[(&str, &str)]) -> bool {
        refusal(headers.iter().copied()).is_none()
    }

    #[test]
    fn every_server_is_guarded() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut servers = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read_to_string(&path).unwrap().contains(concat!("axum::", "serve")) {
                    servers.push(path.file_name().unwrap().to_owned());
                }
            }
        }
        assert_eq!(servers, ["guard.rs"], "other servers must call `guard::serve`");
    }

    #[tokio::test]
    async fn a_web_page_reaches_no_server() {
        let recorder = crate::Recorder::start(0).await.unwrap();
        let github = crate::GitHub::start(0).await.unwrap();
        let client = http::client(Duration::from_secs(5)).unwrap();
        for url in [recorder.url(), github.url()] {
            for (name, value) in [
                ("host", "evil.example"),
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "cross-site"),
            ] {
                let answer = client.put(&url).header(name, value).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{url} {name}");
                assert!(!answer.headers().contains_key("access-control-allow-origin"));
            }
        }
        assert_eq!((recorder.requests().len(), github.requests().len()), (0, 0));
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
