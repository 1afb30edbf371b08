//! A recorded request.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use serde::Serialize;

/// The headers whose values are not recorded.
const SECRET: [&str; 6] = [
    "api-key",
    "x-api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-amz-security-token",
];

/// The text in place of a secret.
const HIDDEN: &str = "(hidden)";

/// A request, without the values of its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path without the query string.
    pub path: String,
    /// The query string; empty if there is none.
    pub query: String,
    /// The headers by lower-case name; the value of a secret is `(hidden)`.
    pub headers: BTreeMap<String, String>,
    /// The check of the key.
    pub api_key: ApiKey,
    /// The body as text.
    pub body: String,
}

/// The result of the check of a request's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ApiKey {
    /// The request has no header for the key.
    Missing,
    /// The request has another key.
    Wrong,
    /// The request has the valid key.
    Right,
}

impl RecordedRequest {
    /// The record of a request. `keys` are the valid keys, which are hidden in the body and the query; `names` are the
    /// headers that may have one.
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
