//! GitHub: a commit whose bundle exists, and a deployment of it by the execution.

use axum::{
    http::{Method, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::tables::EXECUTION;

/// The commit of every ref.
const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// The answer to a request for `path` of the API.
pub(crate) fn answer(method: &Method, path: &str) -> Response {
    let path = path.trim_start_matches("/repos/demo/shop/");
    let deployment = json!({ "id": 1, "payload": { "run": EXECUTION } });
    let answer = match path {
        _ if path.starts_with("commits/") => return SHA.into_response(),
        _ if path.starts_with("git/commits/") => {
            json!({ "sha": SHA, "committer": { "date": "2026-01-02T03:04:04Z" } })
        }
        "deployments" if *method == Method::GET => json!([deployment]),
        "deployments" => deployment,
        _ if *method == Method::GET => json!([]),
        _ => json!({ "id": 1, "state": "success" }),
    };
    ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}
