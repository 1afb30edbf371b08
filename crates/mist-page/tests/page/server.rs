//! What the server answers, and whom it refuses.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use jiff::Timestamp;
use mist_page::{
    model::{Board, History, Release},
    server,
    source::Source,
};
use tower::ServiceExt as _;

use crate::{now, sample};

const PORT: u16 = 6478;

/// Stacks that can be read, or a cloud that does not answer.
#[derive(Clone, Default)]
struct Cloud {
    dead: bool,
    reads: Arc<AtomicUsize>,
}

impl Source for Cloud {
    async fn board(&self) -> Board {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.dead {
            return Board { problems: vec!["nothing listens".to_owned()], ..Board::default() };
        }
        sample::board(now())
    }

    async fn history(&self, _: Timestamp) -> History {
        let mut history = sample::history(Timestamp::now(), 250);
        if self.dead {
            history.items.clear();
            history.problems.push("nothing listens".to_owned());
        }
        history
    }

    async fn release(&self, stack: &str, id: &str) -> Result<Option<Release>, String> {
        match (stack, id) {
            _ if self.dead => Err("nothing listens".to_owned()),
            ("QA", "2026-11-30T09:00:00Z/a b/v&2") => Ok(Some(sample::failed(now()))),
            ("QA", "runs") => Ok(Some(sample::running(now()))),
            _ => Ok(None),
        }
    }
}

fn page() -> Router {
    server::router(sample::place(), Cloud::default(), PORT)
}

async fn send(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let answer = router.oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn request(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().uri(path);
    let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

const OWN: (&str, &str) = ("host", "127.0.0.1:6478");

async fn get(router: Router, path: &str) -> (StatusCode, String) {
    let (status, _, body) = send(router, request(path, &[OWN])).await;
    (status, body)
}

#[tokio::test]
async fn every_view_is_served() {
    let release = "/release?stack=QA&id=2026-11-30T09%3A00%3A00Z%2Fa%20b%2Fv%262";
    for (path, expected) in
        [("/", "<h1>Stacks"), ("/history", "<h1>History"), (release, "Mist.WarmFailed")]
    {
        let (status, body) = get(page(), path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(body.contains(expected), "{path}: {body}");
    }
}

#[tokio::test]
async fn every_link_of_a_release_has_an_answer_other_than_a_wrong_request() {
    let (_, body) = get(page(), "/").await;
    let links: Vec<_> =
        body.split("href=\"/release?").skip(1).map(|it| it.split('"').next().unwrap()).collect();
    assert!(links.len() > 20, "{}", links.len());
    for link in links.into_iter().take(3) {
        let (status, body) = get(page(), &format!("/release?{}", link.replace("&amp;", "&"))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{link}");
        assert!(body.contains("has no release"), "{body}");
    }
}

#[tokio::test]
async fn a_foreign_host_is_refused_and_learns_nothing() {
    for hosts in [
        &["evil.example"][..],
        &["evil.example:6478"],
        &["127.0.0.1"],
        &["127.0.0.1:80"],
        &["localhost.evil.example:6478"],
        &["127.0.0.1:6478", "evil.example"],
        &[],
        &[""],
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let (status, _, body) = send(page(), request("/", &headers)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{hosts:?}");
        assert!(!body.contains("shop"), "{body}");
    }
    for host in ["127.0.0.1:6478", "localhost:6478", "LOCALHOST:6478", "[::1]:6478"] {
        let (status, _, _) = send(page(), request("/", &[("host", host)])).await;
        assert_eq!(status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_request_of_another_page_is_refused_and_a_link_in_it_works() {
    for foreign in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:80")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")],
        &[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
        ],
    ] {
        let (status, _, body) = send(page(), request("/", &[&[OWN], foreign].concat())).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{foreign:?}: {body}");
    }
    for own in [
        &[("origin", "http://127.0.0.1:6478"), ("sec-fetch-site", "same-origin")][..],
        &[("sec-fetch-site", "none")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
    ] {
        let (status, _, _) = send(page(), request("/", &[&[OWN], own].concat())).await;
        assert_eq!(status, StatusCode::OK, "{own:?}");
    }
}

#[tokio::test]
async fn every_answer_has_a_strict_policy() {
    for (path, host) in [("/", OWN.1), ("/nothing", OWN.1), ("/", "evil.example")] {
        let (_, headers, _) = send(page(), request(path, &[("host", host)])).await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn an_address_without_a_page_is_named_and_escaped() {
    let (status, body) = get(page(), "/%3Cscript%3E").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("There is no page") && !body.contains("page `<script"), "{body}");
    let (status, body) = get(page(), "/release?stack=%3Cb%3E&id=%3Cscript%3E").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("&lt;script&gt;") && !body.contains("<script>&"), "{body}");
}

#[tokio::test]
async fn only_reads_are_served() {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let request = Request::builder().method(method.clone()).uri("/").header(OWN.0, OWN.1);
        let (status, _, _) = send(page(), request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[tokio::test]
async fn a_dead_cloud_is_named_in_every_view() {
    let dead = || {
        let cloud = Cloud { dead: true, ..Cloud::default() };
        server::router(sample::place(), cloud, PORT)
    };
    for (path, expected) in [
        ("/", StatusCode::BAD_GATEWAY),
        ("/history", StatusCode::OK),
        ("/release?stack=QA&id=1", StatusCode::BAD_GATEWAY),
    ] {
        let (status, body) = get(dead(), path).await;
        assert_eq!(status, expected, "{path}");
        assert!(body.contains("nothing listens"), "{path}: {body}");
    }
}

#[tokio::test]
async fn the_history_is_filtered_by_its_address() {
    let (_, all) = get(page(), "/history?days=3660").await;
    assert!(all.contains("250 releases") && all.contains("Page 1 of 3"), "{all}");
    let (_, last) = get(page(), "/history?days=3660&page=3").await;
    assert_eq!(last.matches("data-label=\"Stack\"").count(), 50);
    let (_, none) = get(page(), "/history?days=3660&by=another").await;
    assert!(none.contains("No release.") && none.contains("Show all releases"), "{none}");
    let (_, failed) = get(page(), "/history?days=3660&verdict=failed&stack=QA").await;
    assert!(!failed.contains("</svg>Done</span>") && failed.contains("Mist."), "{failed}");
    let (status, odd) = get(page(), "/history?days=-1&page=zero&unknown=1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(odd.contains("in 30 days"), "{odd}");
}

#[tokio::test]
async fn a_view_that_runs_refreshes_itself_until_it_is_paused() {
    let (_, runs) = get(page(), "/release?stack=QA&id=runs").await;
    assert!(
        runs.contains("data-refresh=\"2\"")
            && runs.contains("<noscript><meta http-equiv=\"refresh\""),
        "{runs}"
    );
    let (_, paused) = get(page(), "/release?stack=QA&id=runs&refresh=off").await;
    assert!(
        !paused.contains("data-refresh") && !paused.contains("http-equiv=\"refresh\""),
        "{paused}"
    );
    assert!(paused.contains("Not refreshing."), "{paused}");
    let (_, ended) = get(page(), "/release?stack=QA&id=2026-11-30T09:00:00Z/a%20b/v%262").await;
    assert!(!ended.contains("data-refresh"), "what has ended does not change: {ended}");
}

#[tokio::test]
async fn several_tabs_cost_one_read() {
    let cloud = Cloud::default();
    let router = server::router(sample::place(), cloud.clone(), PORT);
    let both = tokio::join!(get(router.clone(), "/"), get(router, "/"));
    assert_eq!((both.0.0, both.1.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(cloud.reads.load(Ordering::SeqCst), 1);
}
