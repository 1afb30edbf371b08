//! Warm-up requests.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use mist_core::{
    ports::{Answer, Destination, Probe},
    stack::warm_up::VersionIn,
};
use reqwest::{Client, Response};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::{net::lookup_host, sync::Mutex};

use crate::client::{client, root_cause};

/// The most bytes of a body in an answer: enough to show the problem, and short enough for an error message.
const LONGEST_BODY: usize = 512;

/// The most bytes of a JSON body in which the version is looked up. A function has little memory.
const LONGEST_JSON: usize = 64 * 1024;

/// The time limit for a connection to any address of a name. It leaves time for another address if one does not answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Warm-up requests, through reqwest.
///
/// The name of an environment is resolved once, and again only if no address accepts a connection. Use a new probe for
/// each warm-up: the next one can resolve to other addresses.
#[derive(Debug, Default)]
pub struct HttpProbe {
    connections: Connections<System>,
}

impl Probe for HttpProbe {
    async fn get(
        &self,
        destination: &Destination,
        path: &str,
        timeout: Duration,
    ) -> Result<Answer, String> {
        let answer = tokio::time::timeout(timeout, self.connections.ask(destination, path)).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {timeout:?}")))
    }
}

/// A resolver of names.
trait Names {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Default)]
struct System;

impl Names for System {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(lookup_host((name, port)).await?.collect())
    }
}

/// A client for each destination, which keeps its connections.
#[derive(Debug, Default)]
struct Connections<N> {
    names: N,
    // The mutex is held while a name is resolved, so concurrent requests share the answer.
    clients: Mutex<HashMap<(String, String, u16), Arc<Known>>>,
}

/// A client, and the addresses that it connects to.
#[derive(Debug)]
struct Known {
    client: Client,
    addresses: Vec<SocketAddr>,
}

impl<N: Names> Connections<N> {
    async fn ask(&self, destination: &Destination, path: &str) -> Result<Answer, String> {
        let started = Instant::now();
        let known = self.client(destination, None).await?;
        let sent = match send(&known.client, destination, path).await {
            // Nothing was sent yet. The name may have new addresses.
            Err(error) if error.is_connect() && is_name(&destination.address) => {
                let fresh = self.client(destination, Some(&known)).await?;
                if fresh.addresses == known.addresses {
                    return Err(root_cause(&error));
                }
                send(&fresh.client, destination, path).await
            }
            sent => sent,
        };
        read(sent.map_err(|error| root_cause(&error))?, destination, started).await
    }

    /// The client for `destination`, other than `failed`, whose addresses do not accept connections.
    async fn client(
        &self,
        destination: &Destination,
        failed: Option<&Arc<Known>>,
    ) -> Result<Arc<Known>, String> {
        let Destination { domain, address, port, .. } = destination;
        let key = (domain.to_string(), address.clone(), *port);
        let mut clients = self.clients.lock().await;
        let usable = |known: &&Arc<Known>| failed.is_none_or(|failed| !Arc::ptr_eq(failed, known));
        if let Some(known) = clients.get(&key).filter(usable) {
            return Ok(known.clone());
        }
        let addresses = self.names.resolve(address, *port).await;
        let addresses =
            addresses.map_err(|error| format!("`{address}` cannot be resolved: {error}"))?;
        if addresses.is_empty() {
            return Err(format!("`{address}` has no address"));
        }
        let client = build(domain.as_str(), &addresses).map_err(|error| root_cause(&error))?;
        let known = Arc::new(Known { client, addresses });
        clients.insert(key, known.clone());
        Ok(known)
    }
}

fn is_name(address: &str) -> bool {
    address.parse::<IpAddr>().is_err()
}

// The request names the stack's domain but goes to the addresses of the environment. So it tests what users will get:
// the same virtual host, certificate and load balancer.
fn build(domain: &str, addresses: &[SocketAddr]) -> Result<Client, reqwest::Error> {
    client().no_proxy().resolve_to_addrs(domain, addresses).connect_timeout(CONNECT_TIMEOUT).build()
}

async fn send(
    client: &Client,
    destination: &Destination,
    path: &str,
) -> Result<Response, reqwest::Error> {
    let Destination { scheme, domain, port, basic_auth, .. } = destination;
    let mut request = client.get(format!("{}://{domain}:{port}{path}", scheme.as_str()));
    if let Some(auth) = basic_auth {
        let auth = auth.expose_secret();
        let (user, password) = auth.split_once(':').unwrap_or((auth, ""));
        request = request.basic_auth(user, Some(password));
    }
    request.send().await
}

async fn read(
    answer: Response,
    destination: &Destination,
    started: Instant,
) -> Result<Answer, String> {
    let status = answer.status().as_u16();
    let header = match &destination.version_in {
        Some(VersionIn::Header(name)) => answer.headers().get(name.as_str()),
        Some(VersionIn::JsonField(_)) | None => None,
    };
    let header = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = beginning(answer).await?;
    let elapsed = started.elapsed();
    let version = match &destination.version_in {
        Some(VersionIn::JsonField(field)) => json_field(&body, field),
        Some(VersionIn::Header(_)) | None => header,
    };
    let shown = &body[..body.len().min(LONGEST_BODY)];
    let body = String::from_utf8_lossy(shown).into_owned();
    Ok(Answer { status, body, version, elapsed })
}

// The whole body is read, as a browser does, but only its beginning is kept.
async fn beginning(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut kept = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| root_cause(&error))? {
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

#[cfg(test)]
mod tests;
