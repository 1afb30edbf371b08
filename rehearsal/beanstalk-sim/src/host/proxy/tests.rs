//! Tests of the proxy server.

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
    let line =
        |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut lines: Vec<_> = request.headers().iter().map(line).collect();
    lines.sort();
    format!("{} {}\n{}", request.method(), request.uri(), lines.join("\n"))
}

#[tokio::test]
async fn a_request_keeps_its_host_and_client_and_loses_hop_by_hop_headers() {
    let proxy =
        Proxy::new(serve(Router::new().fallback(any(echo_headers))).await, Limits::default());
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
    let teapot = async || (StatusCode::IM_A_TEAPOT, [("x-own", "1"), ("keep-alive", "5")], "tea");
    let proxy = Proxy::new(serve(Router::new().route("/", get(teapot))).await, Limits::default());
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
    let proxy = Proxy::new(serve(Router::new().route("/", post(echo))).await, Limits::default());
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
async fn a_streamed_body_ends_at_the_limit() {
    let read = async |request: Request| {
        axum::body::to_bytes(request.into_body(), usize::MAX)
            .await
            .map(|body| body.len().to_string())
            .ok()
    };
    let read = async move |request: Request| read(request).await.unwrap_or_default();
    let port = serve(Router::new().route("/", post(read))).await;
    let proxy = Proxy::new(port, Limits { body: Some(10) });
    let send = async |text: &'static str| {
        let (sender, body) = stream();
        sender.send(Bytes::from(text)).unwrap();
        drop(sender);
        proxy.answer(Request::post("/").body(body).unwrap()).await.status().as_u16()
    };
    assert_eq!(send("0123456789").await, 200);
    assert_eq!(send("0123456789x").await, 413);
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
    let answer = Proxy::new(port, Limits::default())
        .answer(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status(), 502);
    assert!(text(answer).await.contains("<center><h1>502 Bad Gateway</h1></center>"));
}

#[tokio::test]
async fn a_connection_that_is_closed_without_an_answer_is_a_bad_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let answer = Proxy::new(port, Limits::default())
        .answer(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status(), 502);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_gateway_timeout() {
    let never = async || std::future::pending::<()>().await;
    let port = serve(Router::new().route("/", get(never))).await;
    let proxy = Proxy::with_patience(port, Limits::default(), Duration::from_millis(50));
    let answer = proxy.answer(Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 504);
    assert!(text(answer).await.contains("504 Gateway Timeout"));
}
