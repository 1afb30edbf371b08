//! The strict checks of the control API: it refuses everything that it would otherwise ignore.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use serde_json::Value;

use super::problem::Problem;
use crate::faults::Members;

/// The largest accepted body, in bytes.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// Methods of a path without a query.
pub(super) fn without_query<S: Clone + Send + Sync + 'static>(
    methods: MethodRouter<S>,
) -> MethodRouter<S> {
    methods.route_layer(from_fn(refuse_query))
}

/// Methods of a path without query and body.
pub(super) fn without_anything<S: Clone + Send + Sync + 'static>(
    methods: MethodRouter<S>,
) -> MethodRouter<S> {
    without_query(methods.route_layer(from_fn(refuse_body)))
}

async fn refuse_query(request: Request, next: Next) -> Response {
    match request.uri().query().filter(|query| !query.is_empty()) {
        None => next.run(request).await,
        Some(query) => Problem::bad(format!("`{query}`: this path takes no query")).into_response(),
    }
}

async fn refuse_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, LARGEST_BODY).await {
        Ok(body) if is_nothing(&body) => next.run(Request::from_parts(parts, Body::empty())).await,
        Ok(_) | Err(_) => Problem::bad("this path takes no body").into_response(),
    }
}

/// Whether a body is empty. Some clients always send an object.
fn is_nothing(body: &Bytes) -> bool {
    matches!(body.trim_ascii(), b"" | b"{}")
}

/// Converts refusals of the framework, such as those of methods, to the form of the control API.
pub(super) async fn explained(response: Response) -> Response {
    let status = response.status();
    let is_json =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !status.is_client_error() || is_json {
        return response;
    }
    let (parts, body) = response.into_parts();
    let words = axum::body::to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let error = if words.is_empty() { status.to_string() } else { words.into_owned() };
    let mut response = Problem { status, error }.into_response();
    if let Some(methods) = parts.headers.get(ALLOW) {
        response.headers_mut().insert(ALLOW, methods.clone());
    }
    response
}

/// The members of a query. Duplicates are refused.
pub(super) fn members(pairs: Vec<(String, String)>) -> Result<Members, Problem> {
    let mut members = Members::default();
    for (name, value) in pairs {
        members.add(name, Value::String(value)).map_err(Problem::bad)?;
    }
    Ok(members)
}
