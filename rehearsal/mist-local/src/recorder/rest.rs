//! New Relic's older REST API (v2), as far as deployments need it.

use axum::http::header::LINK;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::Query, http::Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::marker::Marker;
use super::state::State;

/// The number of items on a page.
const PAGE: usize = 200;

/// The largest number of characters of a revision.
const LONGEST_REVISION: usize = 127;

#[derive(Debug, Default, Deserialize)]
struct Filter {
    #[serde(rename = "filter[name]")]
    name: Option<String>,
    page: Option<usize>,
}

/// The answer to a request for `path`, which begins after `/v2`.
pub(crate) fn answer(
    state: &mut State,
    method: &Method,
    uri: &Uri,
    path: &str,
    body: &str,
) -> Response {
    let Ok(Query(filter)) = Query::<Filter>::try_from_uri(uri) else {
        return refuse(StatusCode::BAD_REQUEST, "the query cannot be read");
    };
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["applications.json"]) => {
            let found = state.applications.holding(filter.name.as_deref().unwrap_or_default());
            let found =
                found.iter().map(|it| json!({ "id": it.id, "name": it.name, "reporting": true }));
            list("applications", found.collect(), filter.page, uri)
        }
        (&Method::GET, ["applications", id, "deployments.json"]) => {
            let Some(application) = state.applications.with_id(id) else { return unknown() };
            let guid = application.guid();
            let marks = state.markers.iter().rev().filter(|marker| marker.entity_guid == guid);
            list("deployments", marks.map(Marker::as_rest).collect(), filter.page, uri)
        }
        (&Method::POST, ["applications", id, "deployments.json"]) => {
            let Some(application) = state.applications.with_id(id) else { return unknown() };
            let guid = application.guid();
            deploy(state, guid, body)
        }
        _ => refuse(StatusCode::NOT_FOUND, "The requested path could not be found"),
    }
}

fn deploy(state: &mut State, guid: String, body: &str) -> Response {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let Some(deployment) = body["deployment"].as_object() else {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, "Missing required parameter deployment");
    };
    for (field, value) in deployment {
        let known = ["revision", "changelog", "description", "user", "timestamp"];
        if !known.contains(&field.as_str()) || !value.is_string() {
            let title = format!("Unexpected parameter {field}");
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, &title);
        }
    }
    match body["deployment"]["revision"].as_str() {
        Some(revision) if (1..=LONGEST_REVISION).contains(&revision.chars().count()) => {}
        _ => {
            let title = "Revision can't be blank and must have at most 127 characters";
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, title);
        }
    }
    let marker = Marker::of_rest(state.next_id(), guid, body["deployment"].clone());
    let answer = json!({ "deployment": marker.as_rest() });
    state.keep(marker);
    (StatusCode::CREATED, Json(answer)).into_response()
}

/// One page of `found`, with links to the others.
fn list(field: &str, found: Vec<Value>, page: Option<usize>, uri: &Uri) -> Response {
    let page = page.unwrap_or(1).max(1);
    let pages = found.len().div_ceil(PAGE).max(1);
    let shown: Vec<_> = found.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
    let link = |page: usize, rel: &str| format!("<{}?page={page}>; rel=\"{rel}\"", uri.path());
    let answer = Json(json!({ field: shown }));
    if page < pages {
        let links = format!("{}, {}", link(page + 1, "next"), link(pages, "last"));
        return ([(LINK, links)], answer).into_response();
    }
    answer.into_response()
}

fn unknown() -> Response {
    refuse(StatusCode::NOT_FOUND, "No application found with the given ID")
}

/// An answer with an error.
pub(crate) fn refuse(status: StatusCode, title: &str) -> Response {
    (status, Json(json!({ "error": { "title": title } }))).into_response()
}
