//! Requests to an application on this machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use mist_core::stack::warm_up::Scheme;
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
async fn requests_the_domain_from_the_address() {
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
async fn reads_the_version_from_a_header_or_a_json_field() {
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
    assert_eq!(told(field("version"), "/host").await, None, "the body is not JSON");
}

#[tokio::test]
async fn a_server_that_never_answers_times_out() {
    let destination = application().await;
    let timeout = Duration::from_millis(50);
    let reason = HttpProbe::default().get(&destination, "/never", timeout).await.unwrap_err();
    assert_eq!(reason, "no answer within 50ms");
}

/// Names that resolve to one list of addresses after another, and then always to the last.
#[derive(Debug, Default)]
struct Told {
    answers: Vec<Vec<SocketAddr>>,
    resolutions: AtomicUsize,
}

impl Names for Told {
    async fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        let asked = self.resolutions.fetch_add(1, Ordering::Relaxed);
        Ok(self.answers[asked.min(self.answers.len() - 1)].clone())
    }
}

impl Connections<Told> {
    fn to<const N: usize>(answers: [&[SocketAddr]; N]) -> Self {
        let answers = answers.map(<[_]>::to_vec).to_vec();
        Self { names: Told { answers, ..Told::default() }, clients: Mutex::default() }
    }

    fn resolutions(&self) -> usize {
        self.names.resolutions.load(Ordering::Relaxed)
    }
}

/// The application under a name, its address, and an address that refuses connections.
async fn named() -> (Destination, SocketAddr, SocketAddr) {
    let destination = application().await;
    let there = SocketAddr::from(([127, 0, 0, 1], destination.port));
    // All addresses of a name have the same port.
    let gone = SocketAddr::from(([127, 0, 0, 9], destination.port));
    let address = "demo-qa-b.elasticbeanstalk.test".to_owned();
    (Destination { address, ..destination }, there, gone)
}

#[tokio::test]
async fn a_name_is_resolved_once_for_many_requests() {
    let (destination, there, _) = named().await;
    let connections = Connections::to([&[there]]);
    let requests = (0..20).map(|_| connections.ask(&destination, "/host"));
    for answer in futures_util::future::join_all(requests).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(connections.resolutions(), 1);
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    let (destination, there, gone) = named().await;
    let connections = Connections::to([&[gone, there]]);
    assert_eq!(connections.ask(&destination, "/host").await.unwrap().status, 200);
    assert_eq!(connections.resolutions(), 1);
}

#[tokio::test]
async fn a_name_is_resolved_again_if_its_address_refuses_connections() {
    let (destination, there, gone) = named().await;
    let connections = Connections::to([&[gone], &[there]]);
    for _ in 0..3 {
        assert_eq!(connections.ask(&destination, "/host").await.unwrap().status, 200);
    }
    assert_eq!(connections.resolutions(), 2);
}

#[tokio::test]
async fn explains_why_there_is_no_connection() {
    let (destination, _, gone) = named().await;
    let connections = Connections::to([&[gone]]);
    let reason = connections.ask(&destination, "/host").await.unwrap_err();
    assert!(reason.starts_with("Connection refused"), "{reason}");
    let connections = Connections::to([&[]]);
    let reason = connections.ask(&destination, "/host").await.unwrap_err();
    assert_eq!(reason, "`demo-qa-b.elasticbeanstalk.test` has no address");
}
