//! The HTTP server of the recorder.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::failure::{self, Failure};
use super::request::{ApiKey, RecordedRequest};
use super::state::{SharedState, State, lock};
use super::{nerdgraph, rest};

/// The path of New Relic's GraphQL service.
pub(crate) const NERDGRAPH: &str = "/newrelic/graphql";

/// The path of New Relic's REST API.
pub(crate) const REST: &str = "/newrelic/v2";

/// The largest body that is read, in bytes.
const LONGEST_BODY: usize = 4 << 20;

/// The server, which accepts every path, since any service may be called.
pub(crate) fn router(state: SharedState) -> Router {
    Router::new().fallback(record).with_state(state)
}

/// The service that a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    NerdGraph,
    Rest,
    Other,
}

impl Service {
    fn of(path: &str) -> Self {
        if path == NERDGRAPH {
            Self::NerdGraph
        } else if path.strip_prefix(REST).is_some_and(|rest| rest.starts_with('/')) {
            Self::Rest
        } else {
            Self::Other
        }
    }

    /// The headers that may have the key.
    fn key_headers(self) -> &'static [&'static str] {
        match self {
            Self::NerdGraph => &["api-key"],
            Self::Rest | Self::Other => &["api-key", "x-api-key"],
        }
    }

    fn refuse(self, status: StatusCode, message: &str) -> Response {
        match self {
            Self::Rest => rest::refuse(status, message),
            Self::NerdGraph | Self::Other => {
                (status, Json(nerdgraph::errors(message))).into_response()
            }
        }
    }
}

async fn record(Shared(state): Shared<SharedState>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let path = head.uri.path();
    let service = Service::of(path);
    let (failure, api_key) = {
        let mut state = lock(&state);
        let mut keys = vec![state.key.as_str()];
        keys.extend(state.rest_key.as_deref().filter(|_| service != Service::NerdGraph));
        let seen = RecordedRequest::new(&head, &body, &keys, service.key_headers());
        let api_key = seen.api_key;
        state.requests.push(seen);
        (failure::take(&mut state.rules, path, &body), api_key)
    };
    match failure {
        Some(Failure::Silence) => std::future::pending().await,
        Some(Failure::Status(code)) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            service.refuse(status, status.as_str())
        }
        Some(Failure::Errors(message)) => Json(nerdgraph::errors(&message)).into_response(),
        Some(Failure::Busy(seconds)) => {
            let busy = service.refuse(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
            ([(RETRY_AFTER, seconds.to_string())], busy).into_response()
        }
        Some(Failure::LostAnswer) => {
            drop(answer(service, &mut lock(&state), &head, &body, api_key));
            service.refuse(StatusCode::BAD_GATEWAY, "the answer is lost")
        }
        None => answer(service, &mut lock(&state), &head, &body, api_key),
    }
}

fn answer(
    service: Service,
    state: &mut State,
    head: &Parts,
    body: &str,
    api_key: ApiKey,
) -> Response {
    if service == Service::Other {
        return Json(json!({})).into_response();
    }
    if api_key != ApiKey::Right {
        return unauthorized(service);
    }
    let json = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if head.method == Method::POST && !json {
        return service.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be JSON");
    }
    if service == Service::Rest {
        let path = head.uri.path().strip_prefix(REST).unwrap_or_default();
        return rest::answer(state, &head.method, &head.uri, path, body);
    }
    if head.method != Method::POST {
        return service.refuse(StatusCode::METHOD_NOT_ALLOWED, "NerdGraph takes POST only");
    }
    Json(nerdgraph::answer(state, body)).into_response()
}

fn unauthorized(service: Service) -> Response {
    let title = "The API key provided is invalid";
    if service == Service::Rest {
        return rest::refuse(StatusCode::UNAUTHORIZED, title);
    }
    let mut answer = nerdgraph::errors(title);
    if let Some(error) = answer.pointer_mut("/errors/0").and_then(Value::as_object_mut) {
        error.insert("extensions".to_owned(), json!({ "error_code": "BAD_API_KEY" }));
    }
    (StatusCode::UNAUTHORIZED, Json(answer)).into_response()
}
