//! What the recorder keeps of a request.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use serde::Serialize;

/// The headers whose values are never kept.
const SECRET: [&str; 6] = [
    "api-key",
    "x-api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
];

/// A request as it came in, without the values of its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path without the query string.
    pub path: String,
    /// The headers by lower-case name; secrets read `(hidden)`.
    pub headers: BTreeMap<String, String>,
    /// What is known about the key.
    pub api_key: ApiKey,
    /// The body as text.
    pub body: String,
}

/// Whether a request carried the key of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ApiKey {
    /// There was no header `Api-Key` (or `X-Api-Key`).
    Missing,
    /// There was one with another value than expected.
    Wrong,
    /// There was one with the expected value.
    Right,
}

impl RecordedRequest {
    /// Keeps what may be kept.
    pub(crate) fn new(
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: String,
        key: &str,
    ) -> Self {
        let given = ["api-key", "x-api-key"].into_iter().find_map(|name| headers.get(name));
        let api_key = match given {
            None => ApiKey::Missing,
            Some(value) if value.as_bytes() == key.as_bytes() => ApiKey::Right,
            Some(_) => ApiKey::Wrong,
        };
        let headers = headers.iter().map(|(name, value)| {
            let shown = if SECRET.contains(&name.as_str()) {
                "(hidden)".into()
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            (name.to_string(), shown.into_owned())
        });
        Self {
            method: method.to_string(),
            path: path.to_owned(),
            headers: headers.collect(),
            api_key,
            body,
        }
    }
}
