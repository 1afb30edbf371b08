//! Requests with the key of an account, and the meaning of their errors.

use std::time::Duration;

use mist_core::{
    ports::{Account, MarkError},
    stack::new_relic::NewRelicApi,
};
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// The time limit for an answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// The most pages of applications or markers that are read. Each takes at most [`TIMEOUT`].
pub(crate) const MOST_PAGES: u32 = 3;

/// The most characters of a message of New Relic that an error shows.
const LONGEST_MESSAGE: usize = 300;

/// The key as a sensitive header, which no log shows.
pub(crate) fn key(account: &Account<'_>) -> Result<HeaderValue, MarkError> {
    let key = account.key.expose_secret().trim();
    let mut value = HeaderValue::from_str(key)
        .map_err(|_| key_refused(account, "it contains characters that are invalid in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Sends `request` and returns a successful answer. Another one is an error.
pub(crate) async fn send(
    account: &Account<'_>,
    request: RequestBuilder,
) -> Result<Response, MarkError> {
    let answer = request
        .send()
        .await
        .map_err(|error| MarkError::Unavailable { message: error.without_url().to_string() })?;
    let status = answer.status();
    match status {
        _ if status.is_success() => Ok(answer),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(key_refused(account, &format!("it answered {status}")))
        }
        StatusCode::TOO_MANY_REQUESTS => Err(MarkError::Throttled { after: pause(&answer) }),
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            Err(MarkError::Unavailable { message: format!("it answered {status}") })
        }
        _ => {
            let body: Value = answer.json().await.unwrap_or_default();
            let title = body.pointer("/error/title").and_then(Value::as_str);
            let title = title.map_or(String::new(), |title| format!(": {}", shown(title)));
            Err(MarkError::Refused { message: format!("it answered {status}{title}") })
        }
    }
}

/// Reads the JSON of an answer.
pub(crate) async fn json(answer: Response) -> Result<Value, MarkError> {
    // The marker may exist although the answer is incomplete, so this error is transient.
    let body = answer
        .bytes()
        .await
        .map_err(|error| MarkError::Unavailable { message: error.without_url().to_string() })?;
    serde_json::from_slice(&body)
        .map_err(|error| MarkError::Unclear { problem: format!("it is not JSON: {error}") })
}

fn pause(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The error for a refused key, with its remedy.
pub(crate) fn key_refused(account: &Account<'_>, problem: &str) -> MarkError {
    let remedy = match account.settings.api {
        NewRelicApi::NerdGraph => {
            "store a user key (`NRAK-…`) of an account in `newRelic.region` there; for a REST API key, set \
             `newRelic.api: rest`"
        }
        NewRelicApi::Rest => {
            "store a REST API key or a user key of an account in `newRelic.region` there"
        }
    };
    MarkError::KeyRefused {
        secret: account.settings.api_key_secret.clone(),
        problem: problem.to_owned(),
        remedy,
    }
}

/// The beginning of `text`, as errors show it.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}
