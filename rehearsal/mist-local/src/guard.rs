//! The guard of every HTTP server of the local cloud: requests of programs on this machine pass, those of web pages do
//! not.
//!
//! Any page in a browser can send requests to loopback. With a name that resolves to 127.0.0.1, it can read the answers
//! too. The services accept every credential, and run bundles with the rights of the developer. So each server checks
//! what a page cannot forge: `Host`, `Origin` and `Sec-Fetch-Site`. The simulator has the check, for its own API as well;
//! `guard.py` does the same for the AWS emulator.

use std::io;

use axum::Router;
use axum::middleware::from_fn;
use beanstalk_sim::guard::check;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Serves `router` behind the guard.
pub(crate) fn serve(listener: TcpListener, router: Router) -> JoinHandle<io::Result<()>> {
    let guarded = router.layer(from_fn(check));
    tokio::spawn(async move { axum::serve(listener, guarded).await })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use axum::http::StatusCode;

    use crate::http;

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
}
