//! What the recorder keeps of a request.

use std::collections::BTreeMap;

use axum::http::request::Parts;
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

/// What stands for a secret.
const HIDDEN: &str = "(hidden)";

/// A request as it came in, without the values of its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path without the query string.
    pub path: String,
    /// The query string; empty when there is none.
    pub query: String,
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
    /// There was no header `Api-Key`, nor `X-Api-Key` where that counts as well.
    Missing,
    /// There was one with another value than expected.
    Wrong,
    /// There was one with the expected value.
    Right,
}

impl RecordedRequest {
    /// Keeps what may be kept. `keys` are the good ones, of which the body and the query may show none.
    pub(crate) fn new(head: &Parts, body: &str, keys: &[&str], names: &[&str]) -> Self {
        let given = names.iter().find_map(|name| head.headers.get(*name));
        let api_key = match given {
            None => ApiKey::Missing,
            Some(value) if keys.iter().any(|key| value.as_bytes() == key.as_bytes()) => {
                ApiKey::Right
            }
            Some(_) => ApiKey::Wrong,
        };
        let headers = head.headers.iter().map(|(name, value)| {
            let shown = if SECRET.contains(&name.as_str()) {
                HIDDEN.into()
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            (name.to_string(), shown.into_owned())
        });
        let hide =
            |text: &str| keys.iter().fold(text.to_owned(), |text, key| text.replace(key, HIDDEN));
        Self {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: hide(head.uri.query().unwrap_or_default()),
            headers: headers.collect(),
            api_key,
            body: hide(body),
        }
    }
}
