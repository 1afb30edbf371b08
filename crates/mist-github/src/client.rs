//! Calls of the API, and the meaning of its errors.

use mist_core::{error::Error, ports::Access};
use mist_http::root_cause;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, HeaderMap, LINK, LOCATION, RETRY_AFTER},
};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{GitHubApi, READ_TIMEOUT, SERVICE, TIMEOUT, failed};

/// The media type of answers.
pub(super) const JSON: &str = "application/vnd.github+json";

const API_VERSION: &str = "2022-11-28";

/// The most redirects of a call. A renamed repository is one, its archive another.
const MOST_REDIRECTS: usize = 5;

/// The most bytes of a JSON answer. A comparison can list many changed files.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// A call of the API.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) access: Access<'a>,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'static str,
    pub(super) body: Option<Value>,
    /// Whether the answer is short, so that [`TIMEOUT`] applies.
    pub(super) short: bool,
}

impl<'a> Call<'a> {
    /// A GET of `path` in the repository, as JSON.
    pub(super) fn get<'p>(
        access: Access<'a>,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, Error> {
        let base = &access.github.api_url;
        let wrong = || failed(format!("`{base}` is not the URL of an API"));
        let mut url = Url::parse(base).map_err(|_| wrong())?;
        {
            let mut parts = url.path_segments_mut().map_err(|()| wrong())?;
            parts.pop_if_empty().push("repos");
            parts.extend(access.github.repository.as_str().split('/')).extend(path);
        }
        Ok(Self { access, method: Method::GET, url, accept: JSON, body: None, short: true })
    }

    /// The same call with `name=value` in the query.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The same call as a POST of `body`.
    pub(super) fn post(self, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..self }
    }
}

impl GitHubApi {
    /// Sends `call` and follows redirects. Every other status is returned.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Response, Error> {
        let home = call.url.origin();
        let mut url = call.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.client.request(call.method.clone(), url.clone());
            if call.short {
                request = request.timeout(TIMEOUT);
            }
            // Archives are on another host, at a signed URL that needs no token.
            if url.origin() == home {
                request = request
                    .bearer_auth(call.access.token.expose_secret())
                    .header(ACCEPT, call.accept)
                    .header("X-GitHub-Api-Version", API_VERSION);
            }
            if let Some(body) = &call.body {
                request = request.json(body);
            }
            let request = request.build().map_err(|error| unusable(call.access, &error))?;
            let answer = in_time(self.client.execute(request)).await?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            url = next(&answer, &url, call)?;
        }
        Err(failed("too many redirects".to_owned()))
    }

    /// Sends `call` and reads the answer.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        let answer = check(call.access, self.send(call).await?).await?;
        json(answer).await
    }
}

fn next(answer: &Response, from: &Url, call: &Call<'_>) -> Result<Url, Error> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let Some(to) = to else {
        return Err(failed(format!("{} without a valid location", answer.status())));
    };
    let elsewhere = to.origin() != call.url.origin();
    if elsewhere && call.body.is_some() || from.scheme() == "https" && to.scheme() != "https" {
        let host = to.host_str().unwrap_or_default();
        return Err(failed(format!("unsafe redirect to `{host}`")));
    }
    Ok(to)
}

/// Reads the JSON of a successful answer.
pub(super) async fn json<T: DeserializeOwned>(answer: Response) -> Result<T, Error> {
    let body = body(answer, LONGEST_ANSWER).await?;
    let body = body.ok_or_else(|| failed("the answer is too long".to_owned()))?;
    serde_json::from_slice(&body)
        .map_err(|error| failed(format!("the answer has an unexpected format: {error}")))
}

/// The body; `None` if it has more than `most` bytes.
pub(super) async fn body(mut answer: Response, most: usize) -> Result<Option<Vec<u8>>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = in_time(answer.chunk()).await? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Returns a successful answer. Another one is an error, sorted by its consequence.
pub(super) async fn check(access: Access<'_>, answer: Response) -> Result<Response, Error> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let limited = is_limited(answer.headers());
    let body = body(answer, 64 * 1024).await.ok().flatten().unwrap_or_default();
    let error: Value = serde_json::from_slice(&body).unwrap_or_default();
    let reason = error["message"].as_str().unwrap_or("no message");
    let message = format!("{status}: {reason}");
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => Error::Throttled { service: SERVICE, message },
        StatusCode::FORBIDDEN if limited || reason.contains("rate limit") => {
            Error::Throttled { service: SERVICE, message }
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Error::GitHubDenied { secret: access.github.token_secret.clone(), message }
        }
        status if status.is_server_error() => {
            Error::ServiceUnavailable { service: SERVICE, message }
        }
        _ => failed(message),
    })
}

fn is_limited(headers: &HeaderMap) -> bool {
    let exhausted = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    exhausted || headers.contains_key(RETRY_AFTER)
}

/// The URL with `relation` in the header `Link`.
pub(super) fn link(headers: &HeaderMap, relation: &str) -> Option<Url> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let wanted = format!("rel=\"{relation}\"");
    let found = links.split(',').find(|link| link.contains(&wanted))?;
    let (_, rest) = found.split_once('<')?;
    Url::parse(rest.split_once('>')?.0).ok()
}

// For example, a token that contains a line end.
fn unusable(access: Access<'_>, error: &reqwest::Error) -> Error {
    let message = format!("the token is not a valid header ({})", root_cause(error));
    Error::GitHubDenied { secret: access.github.token_secret.clone(), message }
}

/// The result of `waiting`; an error if GitHub is silent for longer than [`READ_TIMEOUT`].
pub(super) async fn in_time<T>(
    waiting: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, Error> {
    let timed_out = || {
        let message = format!("no data for {READ_TIMEOUT:?}");
        Error::ServiceUnavailable { service: SERVICE, message }
    };
    let result = tokio::time::timeout(READ_TIMEOUT, waiting).await;
    result.map_err(|_| timed_out())?.map_err(unreachable)
}

// The innermost error contains no URL; the URL of an archive contains a token.
fn unreachable(error: reqwest::Error) -> Error {
    Error::ServiceUnavailable { service: SERVICE, message: root_cause(&error.without_url()) }
}
