//! The proxy server of an instance, which passes requests to its process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;

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
    port: u16,
    patience: Duration,
}

impl Proxy {
    pub(super) fn new(port: u16) -> Self {
        Self::with_patience(port, PATIENCE)
    }

    fn with_patience(port: u16, patience: Duration) -> Self {
        // A reused connection could be closed by the process at the moment of its use.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector());
        Self { client, port, patience }
    }

    pub(super) async fn answer(&self, mut request: Request) -> Response {
        let Some(uri) = self.uri(request.uri()) else { return page(StatusCode::BAD_REQUEST) };
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_11;
        let client = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
        forward(request.headers_mut(), client);
        match timeout(self.patience, self.client.request(request)).await {
            Ok(Ok(mut answer)) => {
                drop_hop_by_hop(answer.headers_mut());
                answer.map(Body::new)
            }
            Ok(Err(error)) => {
                tracing::debug!("port {} does not answer: {error}", self.port);
                page(StatusCode::BAD_GATEWAY)
            }
            Err(_) => page(StatusCode::GATEWAY_TIMEOUT),
        }
    }

    fn uri(&self, asked: &Uri) -> Option<Uri> {
        let path = asked.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let authority = Authority::try_from(format!("127.0.0.1:{}", self.port)).ok()?;
        Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path).build().ok()
    }
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
mod tests {
    use std::convert::Infallible;

    use axum::Router;
    use axum::body::Bytes;
    use axum::routing::{any, get, post};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;
    use crate::host::fixtures::text;

    /// A server on this machine, and its port.
    async fn serve(router: Router) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, router).await });
        port
    }

    /// A body that is streamed from a channel.
    fn stream() -> (mpsc::UnboundedSender<Bytes>, Body) {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let stream = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        (sender, Body::from_stream(futures_util::StreamExt::map(stream, Ok::<_, Infallible>)))
    }

    async fn echo_headers(request: Request) -> String {
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap())
        };
        let mut lines: Vec<_> = request.headers().iter().map(line).collect();
        lines.sort();
        format!("{} {}\n{}", request.method(), request.uri(), lines.join("\n"))
    }

    #[tokio::test]
    async fn a_request_keeps_its_host_and_client_and_loses_hop_by_hop_headers() {
        let proxy = Proxy::new(serve(Router::new().fallback(any(echo_headers))).await);
        let mut request = Request::put("/a%20b?c=d&e")
            .header("host", "shop.example.com")
            .header("connection", "close, X-Secret")
            .header("x-secret", "1")
            .header("te", "trailers")
            .header("x-forwarded-for", "10.0.0.1")
            .header("x-forwarded-proto", "gopher")
            .body(Body::from("body"))
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 9], 1))));
        let answer = proxy.answer(request).await;
        assert_eq!(answer.status(), 200);
        insta::assert_snapshot!(text(answer).await, @r"
        PUT /a%20b?c=d&e
        content-length: 4
        host: shop.example.com
        x-forwarded-for: 10.0.0.1, 127.0.0.9
        x-forwarded-port: 80
        x-forwarded-proto: http
        ");
    }

    #[tokio::test]
    async fn an_answer_keeps_its_status_and_headers() {
        let teapot =
            async || (StatusCode::IM_A_TEAPOT, [("x-own", "1"), ("keep-alive", "5")], "tea");
        let proxy = Proxy::new(serve(Router::new().route("/", get(teapot))).await);
        let answer = proxy.answer(Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["x-own"]),
            (418, &HeaderValue::from_static("1"))
        );
        assert!(!answer.headers().contains_key("keep-alive"));
        assert_eq!(text(answer).await, "tea");
    }

    #[tokio::test]
    async fn bodies_pass_as_they_come() {
        let echo = async |request: Request| request.into_body();
        let proxy = Proxy::new(serve(Router::new().route("/", post(echo))).await);
        let (sender, body) = stream();
        sender.send(Bytes::from("first")).unwrap();
        let answer = proxy.answer(Request::post("/").body(body).unwrap()).await;
        let mut answer = answer.into_body().into_data_stream();
        // The first part comes back before the request ends.
        let mut next = async || futures_util::StreamExt::next(&mut answer).await;
        assert_eq!(next().await.unwrap().unwrap(), "first");
        sender.send(Bytes::from("second")).unwrap();
        assert_eq!(next().await.unwrap().unwrap(), "second");
        drop(sender);
        assert!(next().await.is_none());
    }

    #[tokio::test]
    async fn connections_to_the_process_send_every_part_at_once() {
        let port = serve(Router::new()).await;
        let uri = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let connection = tower::ServiceExt::oneshot(connector(), uri).await.unwrap();
        assert!(connection.inner().nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_port_without_a_listener_is_a_bad_gateway() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let answer = Proxy::new(port).answer(Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 502);
        assert!(text(answer).await.contains("<center><h1>502 Bad Gateway</h1></center>"));
    }

    #[tokio::test]
    async fn a_connection_that_is_closed_without_an_answer_is_a_bad_gateway() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let answer = Proxy::new(port).answer(Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 502);
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_a_gateway_timeout() {
        let never = async || std::future::pending::<()>().await;
        let port = serve(Router::new().route("/", get(never))).await;
        let proxy = Proxy::with_patience(port, Duration::from_millis(50));
        let answer = proxy.answer(Request::get("/").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), 504);
        assert!(text(answer).await.contains("504 Gateway Timeout"));
    }
}
