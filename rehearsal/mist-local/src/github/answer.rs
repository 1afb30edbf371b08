//! Answers in the format of GitHub.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderMap, LINK};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// An error answer.
pub(crate) fn refuse(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": status.as_str(),
    });
    (status, limits(), Json(body)).into_response()
}

/// The answer about something that does not exist, or that the token may not read.
pub(crate) fn not_found() -> Response {
    refuse(404, "Not Found")
}

/// A successful answer.
pub(crate) fn good(status: StatusCode, body: Value) -> Response {
    (status, limits(), Json(body)).into_response()
}

/// The rate limit, which is never reached.
fn limits() -> [(&'static str, &'static str); 2] {
    [("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "4999")]
}

/// The page of `items` that `query` requests, and the header with links to other pages. `url` has no query.
pub(crate) fn page<T>(items: Vec<T>, query: &Query, url: &str) -> (Vec<T>, HeaderMap) {
    let size = query.number("per_page").unwrap_or(30).clamp(1, 100);
    let number = query.number("page").unwrap_or(1).max(1);
    let last = items.len().div_ceil(size).max(1);
    let mut links = Vec::new();
    let mut link = |to: usize, relation: &str| {
        let others = query.without("page");
        links.push(format!("<{url}?{others}page={to}>; rel=\"{relation}\""));
    };
    if number > 1 {
        link(number - 1, "prev");
        link(1, "first");
    }
    if number < last {
        link(number + 1, "next");
        link(last, "last");
    }
    let mut headers = HeaderMap::new();
    if let Ok(value) = links.join(", ").parse()
        && !links.is_empty()
    {
        headers.insert(LINK, value);
    }
    (items.into_iter().skip((number - 1) * size).take(size).collect(), headers)
}

/// The query of a URL.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `text`, such as `page=2&environment=QA`.
    pub(crate) fn parse(text: &str) -> Self {
        let address = reqwest::Url::parse(&format!("http://localhost/?{text}"));
        let pairs = address.map(|address| address.query_pairs().into_owned().collect());
        Self(pairs.unwrap_or_default())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }

    /// All other parameters, each followed by `&`.
    fn without(&self, name: &str) -> String {
        let others = self.0.iter().filter(|(key, _)| key != name);
        let others: Vec<_> = others.map(|(key, value)| format!("{key}={value}&")).collect();
        others.concat()
    }
}
