//! The HTTP servers: one for the API, and one for archives.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use super::answer::{Query, not_found, refuse};
use super::api::{self, ApiRequest, TOKEN};
use super::archive;
use super::state::{SharedState, lock};
use super::trouble::{Trouble, take};
use crate::recorder::{ApiKey, RecordedRequest};

/// The largest body that is read, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// The API, which redirects requests for an archive to `archives`.
pub(crate) fn api(state: SharedState, archives: SocketAddr) -> Router {
    Router::new().fallback(ask).with_state((state, archives))
}

/// The server of archives.
pub(crate) fn archives(state: SharedState) -> Router {
    Router::new().fallback(send).with_state(state)
}

async fn ask(
    Shared((state, archives)): Shared<(SharedState, SocketAddr)>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let whole = head.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
    let trouble = {
        let mut state = lock(&state);
        state.requests.push(seen(&head, &whole, &body));
        // Failures of archives are those of the server of archives.
        if whole.contains("/tarball/") { None } else { take(&mut state.rules, &whole) }
    };
    if let Some(trouble) = trouble {
        return troubled(trouble).await;
    }
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let asked = ApiRequest {
        method: &head.method,
        path: head.uri.path(),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        headers: &head.headers,
        body: &body,
        home: format!("http://{host}"),
        archives: format!("http://{archives}"),
    };
    api::answer(&mut lock(&state), &asked)
}

fn seen(head: &Parts, path: &str, body: &str) -> RecordedRequest {
    let api_key = match head.headers.get(AUTHORIZATION) {
        None => ApiKey::Missing,
        Some(_) if api::has_valid_token(&head.headers) => ApiKey::Right,
        Some(_) => ApiKey::Wrong,
    };
    let path = path.to_owned();
    RecordedRequest { path, api_key, ..RecordedRequest::new(head, body, &[TOKEN], &[]) }
}

async fn troubled(trouble: Trouble) -> Response {
    match trouble {
        Trouble::Status(status) => refuse(status, "Server Error"),
        Trouble::RateLimit => {
            let mut answer = refuse(403, "API rate limit exceeded for user ID 1.");
            answer.headers_mut().insert("x-ratelimit-remaining", 0.into());
            answer
        }
        Trouble::SecondaryRateLimit => {
            let mut answer = refuse(403, "You have exceeded a secondary rate limit.");
            answer.headers_mut().insert("retry-after", 60.into());
            answer
        }
        // Only an archive can break off.
        Trouble::BreaksOff(_) => refuse(502, "Bad Gateway"),
        Trouble::Silence => std::future::pending().await,
    }
}

async fn send(Shared(state): Shared<SharedState>, request: Request<Body>) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let (trouble, archive) = {
        let mut state = lock(&state);
        if request.headers().contains_key(AUTHORIZATION) {
            state.leaked = true;
            return refuse(400, "Only one auth mechanism allowed");
        }
        let parts: Vec<_> = request.uri().path().trim_start_matches('/').split('/').collect();
        let [owner, name, "legacy.tar.gz", sha] = parts.as_slice() else { return not_found() };
        if query.get("token") != Some(TOKEN) {
            return not_found();
        }
        let found = state.repositories.get_mut(&format!("{owner}/{name}"));
        let Some(repository) = found else { return not_found() };
        let Some(commit) = repository.commits.get(*sha) else { return not_found() };
        let commit = Arc::clone(&commit.content);
        repository.archives += 1;
        let root = format!("{owner}-{name}-{}", &sha[..7]);
        let comment = (*sha).to_owned();
        (take(&mut state.rules, request.uri().path()), (commit, root, comment))
    };
    let cut = match trouble {
        None => None,
        Some(Trouble::BreaksOff(after)) => Some(after),
        Some(trouble) => return troubled(trouble).await,
    };
    let (commit, root, sha) = archive;
    let body = archive::stream(commit, root, sha, cut);
    ([(CONTENT_TYPE, "application/x-gzip")], body).into_response()
}
