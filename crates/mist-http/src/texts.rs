//! Texts on the web.

use std::time::Duration;

use mist_core::{error::Error, ports::HttpText};
use reqwest::Response;
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::client;

/// The time limit for a text.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Reads texts with reqwest. Follows no redirect.
#[derive(Clone, Copy, Debug)]
pub struct HttpTextReader;

impl HttpText for HttpTextReader {
    async fn read(&self, url: &SecretString, most: usize) -> Result<String, Error> {
        let text = beginning(url, most).await;
        // The errors of reqwest contain the address, and the address is enough to read the text.
        text.map_err(|error| {
            let refused = error.status().is_some();
            let message = format!("a text cannot be read: {}", error.without_url());
            if refused {
                return Error::ServiceFailed { service: "s3", message };
            }
            Error::ServiceUnavailable { service: "s3", message }
        })
    }
}

async fn beginning(url: &SecretString, most: usize) -> Result<String, reqwest::Error> {
    let client = client().timeout(TIMEOUT).build()?;
    let answer = client.get(url.expose_secret()).send().await;
    let mut answer = answer.and_then(Response::error_for_status)?;
    let mut kept = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        let room = most.saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if kept.len() == most {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, routing::get};

    use super::*;

    async fn server() -> String {
        let app = Router::new()
            .route("/log", get(|| async { "line 1\nline 2\n" }))
            .route("/gone", get(|| async { StatusCode::FORBIDDEN }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn reads_a_text_up_to_the_limit() {
        let url: SecretString = format!("{}/log", server().await).into();
        assert_eq!(HttpTextReader.read(&url, 1000).await.unwrap(), "line 1\nline 2\n");
        assert_eq!(HttpTextReader.read(&url, 6).await.unwrap(), "line 1");
    }

    #[tokio::test]
    async fn an_error_does_not_contain_the_address() {
        let server = server().await;
        for url in
            [format!("{server}/gone?signature=abc"), "http://127.0.0.1:1/?signature=abc".into()]
        {
            let error = HttpTextReader.read(&url.clone().into(), 1000).await.unwrap_err();
            let expected = if url.ends_with("gone?signature=abc") {
                "Mist.ServiceFailed"
            } else {
                "Mist.ServiceUnavailable"
            };
            assert_eq!(error.code(), expected);
            assert!(!format!("{error} {error:?}").contains("signature"), "{error:?}");
        }
    }
}
