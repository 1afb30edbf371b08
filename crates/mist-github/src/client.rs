//! How GitHub is asked, and what its refusals mean.

use mist_core::{error::Error, ports::Access};
use mist_http::root_cause;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{ACCEPT, HeaderMap, LINK, LOCATION, RETRY_AFTER},
};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{GitHubApi, READ_TIMEOUT, SERVICE, TIMEOUT, failed};

/// The shape of what is answered.
pub(super) const JSON: &str = "application/vnd.github+json";

const API_VERSION: &str = "2022-11-28";

/// A renamed repository is one redirect, its archive another.
const MOST_REDIRECTS: usize = 5;

/// The longest answer that is read whole, in bytes: a comparison can show many changed files.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Something to ask.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) access: Access<'a>,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) accept: &'static str,
    pub(super) body: Option<Value>,
    /// Whether the answer is short.
    pub(super) short: bool,
}

impl<'a> Question<'a> {
    /// Asks for what is at `path` of the repository, as JSON.
    pub(super) fn get<'p>(
        access: Access<'a>,
        path: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, Error> {
        let base = &access.github.api_url;
        let wrong = || failed(format!("`{base}` is not the address of an API"));
        let mut url = Url::parse(base).map_err(|_| wrong())?;
        {
            let mut parts = url.path_segments_mut().map_err(|()| wrong())?;
            parts.pop_if_empty().push("repos");
            parts.extend(access.github.repository.as_str().split('/')).extend(path);
        }
        Ok(Self { access, method: Method::GET, url, accept: JSON, body: None, short: true })
    }

    /// The same with `name=value` in the query.
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sends `body`.
    pub(super) fn post(self, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..self }
    }
}

impl GitHubApi {
    /// Asks, and follows where the answer leads. Any status but those that lead on is an answer.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Response, Error> {
        let home = question.url.origin();
        let mut url = question.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.client.request(question.method.clone(), url.clone());
            if question.short {
                request = request.timeout(TIMEOUT);
            }
            // An archive lies elsewhere, at an address that needs no token.
            if url.origin() == home {
                request = request
                    .bearer_auth(question.access.token.expose_secret())
                    .header(ACCEPT, question.accept)
                    .header("X-GitHub-Api-Version", API_VERSION);
            }
            if let Some(body) = &question.body {
                request = request.json(body);
            }
            let request = request.build().map_err(|error| unusable(question.access, &error))?;
            let answer = in_time(self.client.execute(request)).await?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            url = next(&answer, &url, question)?;
        }
        Err(failed("it only leads on".to_owned()))
    }

    /// Asks, and reads the answer.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        question: &Question<'_>,
    ) -> Result<T, Error> {
        let answer = check(question.access, self.ask(question).await?).await?;
        json(answer).await
    }
}

fn next(answer: &Response, from: &Url, question: &Question<'_>) -> Result<Url, Error> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let Some(to) = to else {
        return Err(failed(format!("it answered {} and leads nowhere", answer.status())));
    };
    let elsewhere = to.origin() != question.url.origin();
    if elsewhere && question.body.is_some() || from.scheme() == "https" && to.scheme() != "https" {
        let host = to.host_str().unwrap_or_default();
        return Err(failed(format!("it leads to `{host}`, where it cannot be asked safely")));
    }
    Ok(to)
}

/// Reads a good answer whole.
pub(super) async fn json<T: DeserializeOwned>(answer: Response) -> Result<T, Error> {
    let body = body(answer, LONGEST_ANSWER).await?;
    let body = body.ok_or_else(|| failed("its answer is too long".to_owned()))?;
    serde_json::from_slice(&body)
        .map_err(|error| failed(format!("its answer is not as it must be: {error}")))
}

/// The body, if it has no more than `most` bytes.
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

/// Gives a good answer back, and sorts any other by its consequence.
pub(super) async fn check(access: Access<'_>, answer: Response) -> Result<Response, Error> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let limited = is_limited(answer.headers());
    let body = body(answer, 64 * 1024).await.ok().flatten().unwrap_or_default();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let told = told["message"].as_str().unwrap_or("no reason was given");
    let message = format!("{status}: {told}");
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => Error::Throttled { service: SERVICE, message },
        StatusCode::FORBIDDEN if limited || told.contains("rate limit") => {
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
    let spent = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    spent || headers.contains_key(RETRY_AFTER)
}

/// The address that the header `Link` of `headers` names `relation`.
pub(super) fn link(headers: &HeaderMap, relation: &str) -> Option<Url> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let wanted = format!("rel=\"{relation}\"");
    let found = links.split(',').find(|link| link.contains(&wanted))?;
    let (_, rest) = found.split_once('<')?;
    Url::parse(rest.split_once('>')?.0).ok()
}

// A token with a line end in it is none, for example.
fn unusable(access: Access<'_>, error: &reqwest::Error) -> Error {
    let message = format!("it cannot be sent ({})", root_cause(error));
    Error::GitHubDenied { secret: access.github.token_secret.clone(), message }
}

/// What comes of `waiting`, unless GitHub is silent for too long.
pub(super) async fn in_time<T>(
    waiting: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, Error> {
    let silent = || {
        let message = format!("it said nothing for {READ_TIMEOUT:?}");
        Error::ServiceUnavailable { service: SERVICE, message }
    };
    let came = tokio::time::timeout(READ_TIMEOUT, waiting).await;
    came.map_err(|_| silent())?.map_err(unreachable)
}

// What lies deepest names no address, which can hold a token of its own.
fn unreachable(error: reqwest::Error) -> Error {
    Error::ServiceUnavailable { service: SERVICE, message: root_cause(&error.without_url()) }
}
