//! Warm-up requests.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use mist_core::{
    VersionIn,
    ports::{Answer, Destination, Probe},
};
use reqwest::{Client, Response, redirect::Policy};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::net::lookup_host;

// Enough to tell what went wrong, and little enough for an error message.
const LONGEST_BODY: usize = 512;

// Enough for an answer in JSON that tells a version, and little enough for the memory of a function.
const LONGEST_JSON: usize = 64 * 1024;

/// Sends warm-up requests with reqwest.
#[derive(Debug, Default)]
pub struct HttpProbe {
    clients: Mutex<HashMap<(String, SocketAddr), Client>>,
}

impl HttpProbe {
    // The request asks for the stack's domain but goes to the environment's address, so that what is
    // tried is just what users will get: the same virtual host, the same certificate.
    async fn client(&self, destination: &Destination) -> Result<Client, String> {
        let Destination { domain, address, port, .. } = destination;
        let address = lookup_host((address.as_str(), *port))
            .await
            .map_err(|error| format!("`{address}` cannot be found: {error}"))?
            .next()
            .ok_or_else(|| format!("`{address}` has no address"))?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known = (domain.to_string(), address);
        if let Some(client) = clients.get(&known) {
            return Ok(client.clone());
        }
        crate::choose_tls();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .resolve(domain.as_str(), address)
            .user_agent(concat!("mist/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| reason(&error))?;
        clients.insert(known, client.clone());
        Ok(client)
    }

    async fn ask(&self, destination: &Destination, path: &str) -> Result<Answer, String> {
        let started = Instant::now();
        let client = self.client(destination).await?;
        let Destination { scheme, domain, port, basic_auth, version_in, .. } = destination;
        let scheme = scheme.as_str();
        let mut request = client.get(format!("{scheme}://{domain}:{port}{path}"));
        if let Some(auth) = basic_auth {
            let (user, password) =
                auth.expose_secret().split_once(':').unwrap_or((auth.expose_secret(), ""));
            request = request.basic_auth(user, Some(password));
        }
        let answer = request.send().await.map_err(|error| reason(&error))?;
        let status = answer.status().as_u16();
        let header = match version_in {
            Some(VersionIn::Header(name)) => answer.headers().get(name.as_str()),
            Some(VersionIn::JsonField(_)) | None => None,
        };
        let header = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = beginning(answer).await?;
        let elapsed = started.elapsed();
        let version = match version_in {
            Some(VersionIn::JsonField(field)) => json_field(&body, field),
            Some(VersionIn::Header(_)) | None => header,
        };
        let shown = &body[..body.len().min(LONGEST_BODY)];
        let body = String::from_utf8_lossy(shown).into_owned();
        Ok(Answer { status, body, version, elapsed })
    }
}

impl Probe for HttpProbe {
    async fn get(
        &self,
        destination: &Destination,
        path: &str,
        timeout: Duration,
    ) -> Result<Answer, String> {
        let answer = tokio::time::timeout(timeout, self.ask(destination, path)).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {timeout:?}")))
    }
}

// The body is read to its end, as a user would, but only its beginning is kept.
async fn beginning(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut kept = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| reason(&error))? {
        let room = LONGEST_JSON.saturating_sub(kept.len());
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(kept)
}

fn json_field(body: &[u8], field: &str) -> Option<String> {
    match serde_json::from_slice::<Value>(body).ok()?.get(field)? {
        Value::String(version) => Some(version.clone()),
        other => Some(other.to_string()),
    }
}

// reqwest says what it did; only the sources say what went wrong.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        http::{HeaderMap, StatusCode},
        routing::get,
    };
    use mist_core::Scheme;
    use tokio::net::TcpListener;

    use super::*;

    async fn application() -> Destination {
        let host = async |headers: HeaderMap| {
            let header =
                |name| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
            format!("{} {}", header("host"), header("authorization"))
        };
        let router = Router::new()
            .route("/host", get(host))
            .route(
                "/away",
                get(|| async { (StatusCode::FOUND, [("location", "/host")], "x".repeat(100_000)) }),
            )
            .route(
                "/version",
                get(|| async { ([("x-version", "v2")], r#"{"version": "v2", "build": 7}"#) }),
            )
            .route("/never", get(std::future::pending::<String>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, router).await });
        Destination {
            scheme: Scheme::Http,
            domain: "qa.mist.test".parse().unwrap(),
            address: "127.0.0.1".to_owned(),
            port,
            basic_auth: None,
            version_in: None,
        }
    }

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn asks_the_address_for_the_domain() {
        let destination = application().await;
        let answer = HttpProbe::default().get(&destination, "/host", PATIENCE).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, format!("qa.mist.test:{} ", destination.port));
    }

    #[tokio::test]
    async fn sends_the_password() {
        let mut destination = application().await;
        destination.basic_auth = Some("user:secret".into());
        let answer = HttpProbe::default().get(&destination, "/host", PATIENCE).await.unwrap();
        assert!(answer.body.ends_with("Basic dXNlcjpzZWNyZXQ="), "{}", answer.body);
    }

    #[tokio::test]
    async fn follows_no_redirect_and_keeps_little_of_the_body() {
        let destination = application().await;
        let answer = HttpProbe::default().get(&destination, "/away", PATIENCE).await.unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(answer.body.len(), LONGEST_BODY);
    }

    #[tokio::test]
    async fn reads_the_version_where_the_application_tells_it() {
        let mut destination = application().await;
        let mut told = async |version_in, path| {
            destination.version_in = Some(version_in);
            HttpProbe::default().get(&destination, path, PATIENCE).await.unwrap().version
        };
        let field = |name: &str| VersionIn::JsonField(name.to_owned());
        let header = |name: &str| VersionIn::Header(name.to_owned());
        assert_eq!(told(header("X-Version"), "/version").await.as_deref(), Some("v2"));
        assert_eq!(told(field("version"), "/version").await.as_deref(), Some("v2"));
        assert_eq!(told(field("build"), "/version").await.as_deref(), Some("7"));
        assert_eq!(told(field("missing"), "/version").await, None);
        assert_eq!(told(field("version"), "/host").await, None, "that is no JSON");
    }

    #[tokio::test]
    async fn a_server_that_never_answers_does_not_hang_it() {
        let destination = application().await;
        let timeout = Duration::from_millis(50);
        let reason = HttpProbe::default().get(&destination, "/never", timeout).await.unwrap_err();
        assert_eq!(reason, "no answer within 50ms");
    }
}
