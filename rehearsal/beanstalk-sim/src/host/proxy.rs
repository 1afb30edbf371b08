//! The proxy server of an instance, which passes requests to its process.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{StatusCode, Uri, Version};
use axum::response::{Html, IntoResponse, Response};
use futures_util::StreamExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

use super::nginx::{Limits, known_size};

/// The port of the proxy server on a real instance.
pub(crate) const PROXY_PORT: u16 = 80;
/// The time until an answer must begin, as in nginx.
const PATIENCE: Duration = Duration::from_mins(1);

/// Hop-by-hop headers.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// A proxy to one port of this machine, which streams bodies.
///
/// It does not support upgrades, so web sockets do not pass.
#[derive(Debug)]
pub(super) struct Proxy {
    client: Client<HttpConnector, Body>,
    port: AtomicU16,
    limits: Limits,
    patience: Duration,
}

impl Proxy {
    pub(super) fn new(port: u16, limits: Limits) -> Self {
        Self::with_patience(port, limits, PATIENCE)
    }

    fn with_patience(port: u16, limits: Limits, patience: Duration) -> Self {
        // A reused connection could be closed by the process at the moment of its use.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector());
        Self { client, port: AtomicU16::new(port), limits, patience }
    }

    /// The port to which requests are passed.
    pub(super) fn port(&self) -> u16 {
        self.port.load(Ordering::Relaxed)
    }

    /// Passes requests to another port from now on.
    pub(super) fn pass_to(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    pub(super) async fn answer(&self, mut request: Request) -> Response {
        if let Some(refusal) = self.limits.refuse(&request) {
            return page(refusal);
        }
        let Some(uri) = self.uri(request.uri()) else { return page(StatusCode::BAD_REQUEST) };
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        let client = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
        forward(request.headers_mut(), client);
        let (request, exceeded) = bounded(request, self.limits.body);
        match timeout(self.patience, self.client.request(request)).await {
            Ok(_) if exceeded.load(Ordering::Relaxed) => page(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Ok(mut answer)) => {
                drop_hop_by_hop(answer.headers_mut());
                answer.map(Body::new)
            }
            Ok(Err(error)) => {
                tracing::debug!("port {} does not answer: {error}", self.port());
                page(StatusCode::BAD_GATEWAY)
            }
            Err(_) => page(StatusCode::GATEWAY_TIMEOUT),
        }
    }

    fn uri(&self, asked: &Uri) -> Option<Uri> {
        let path = asked.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let authority = Authority::try_from(format!("127.0.0.1:{}", self.port())).ok()?;
        Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path).build().ok()
    }
}

/// A request whose body ends with an error after the most bytes, which the flag reports. A body of a known size has been
/// checked before.
fn bounded(request: Request, most: Option<u64>) -> (Request, Arc<AtomicBool>) {
    let exceeded = Arc::new(AtomicBool::new(false));
    let Some(most) = most.filter(|_| known_size(&request).is_none()) else {
        return (request, exceeded);
    };
    let flag = Arc::clone(&exceeded);
    let mut left = most;
    let request = request.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |part| {
            let part = part.map_err(io::Error::other)?;
            let Some(rest) = left.checked_sub(part.len() as u64) else {
                flag.store(true, Ordering::Relaxed);
                return Err(io::Error::other("the body is too large"));
            };
            left = rest;
            Ok(part)
        }))
    });
    (request, exceeded)
}

/// A connector whose connections send every part of a request at once, without a wait for acknowledgements.
fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

/// Sets the headers of a request as the load balancer and the proxy server do.
fn forward(headers: &mut HeaderMap, client: IpAddr) {
    drop_hop_by_hop(headers);
    let before = headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<_> = before.map(str::to_owned).chain([client.to_string()]).collect();
    if let Ok(value) = HeaderValue::try_from(chain.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
    headers.insert(FORWARDED_PORT, HeaderValue::from_static("80"));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let values = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> = values
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// An error page of the proxy server.
fn page(status: StatusCode) -> Response {
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, Html(page)).into_response()
}

#[cfg(test)]
mod tests;
