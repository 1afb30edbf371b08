//! The HTTP side of the recorder.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use super::failure::{self, Failure};
use super::nerdgraph;
use super::request::{ApiKey, RecordedRequest};
use super::{SharedState, lock};

/// The path of New Relic's GraphQL service.
pub(crate) const NERDGRAPH: &str = "/newrelic/graphql";

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 4 << 20;

/// Takes every path, since any service may be called.
pub(crate) fn router(state: SharedState) -> Router {
    Router::new().fallback(record).with_state(state)
}

async fn record(Shared(state): Shared<SharedState>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let path = head.uri.path();
    let (failure, api_key) = {
        let mut state = lock(&state);
        let seen =
            RecordedRequest::new(&head.method, path, &head.headers, body.clone(), &state.key);
        let api_key = seen.api_key;
        state.requests.push(seen);
        (failure::take(&mut state.rules, path, &body), api_key)
    };
    match failure {
        Some(Failure::Silence) => std::future::pending().await,
        Some(Failure::Status(code)) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(nerdgraph::errors(status.as_str()))).into_response()
        }
        Some(Failure::Errors(message)) => Json(nerdgraph::errors(&message)).into_response(),
        None if path != NERDGRAPH => Json(json!({})).into_response(),
        None if api_key != ApiKey::Right => {
            (StatusCode::UNAUTHORIZED, Json(nerdgraph::errors("Invalid credentials provided")))
                .into_response()
        }
        None => Json(nerdgraph::answer(&mut lock(&state), &body)).into_response(),
    }
}
