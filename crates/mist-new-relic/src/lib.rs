//! Marks in New Relic, over its GraphQL API (NerdGraph) or the older REST API.

mod nerd_graph;
mod rest;
#[cfg(test)]
mod tests;

use std::time::Duration;

use mist_core::{
    ports::{Account, Application, MarkError, Marker, Release},
    stack::new_relic::NewRelicApi,
};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{HeaderValue, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde_json::Value;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How many pages of applications or marks are looked through. Each takes [`TIMEOUT`] at most.
const MOST_PAGES: u32 = 3;

/// How much of what New Relic says is told, in characters.
const LONGEST_MESSAGE: usize = 300;

/// Marks in New Relic.
#[derive(Debug)]
pub struct NewRelicMarker {
    client: Client,
}

impl NewRelicMarker {
    /// Makes the client; the error says why there can be none.
    pub fn new() -> Result<Self, String> {
        let client = mist_http::client().timeout(TIMEOUT).build();
        Ok(Self { client: client.map_err(|error| error.to_string())? })
    }
}

impl Marker for NewRelicMarker {
    async fn find(&self, account: &Account<'_>) -> Result<Application, MarkError> {
        let found = match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::applications(&self.client, account).await?,
            NewRelicApi::Rest => rest::applications(&self.client, account).await?,
        };
        let application = account.settings.application.clone();
        match <[String; 1]>::try_from(found) {
            Ok([id]) => Ok(Application { id }),
            Err(found) if found.is_empty() => {
                let endpoint = account.settings.endpoint().to_owned();
                Err(MarkError::ApplicationMissing { application, endpoint })
            }
            Err(found) => Err(MarkError::ApplicationAmbiguous { application, found: found.len() }),
        }
    }

    async fn marked(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> Result<Option<String>, MarkError> {
        let Application { id } = application;
        match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::marked(&self.client, account, id, release).await,
            NewRelicApi::Rest => rest::marked(&self.client, account, id, release).await,
        }
    }

    async fn mark(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> Result<String, MarkError> {
        let Application { id } = application;
        match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::mark(&self.client, account, id, release).await,
            NewRelicApi::Rest => rest::mark(&self.client, account, id, release).await,
        }
    }
}

/// The key as the value of a header that no log shows.
fn key(account: &Account<'_>) -> Result<HeaderValue, MarkError> {
    let key = account.key.expose_secret().trim();
    let mut value = HeaderValue::from_str(key)
        .map_err(|_| key_refused(account, "it holds characters that no key has"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Sends `request`, and gives its answer when that is a good one.
async fn send(account: &Account<'_>, request: RequestBuilder) -> Result<Response, MarkError> {
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
            let said = title.map_or(String::new(), |title| format!(": {}", shown(title)));
            Err(MarkError::Refused { message: format!("it answered {status}{said}") })
        }
    }
}

async fn json(answer: Response) -> Result<Value, MarkError> {
    // An answer that breaks off may have done its work.
    let body = answer
        .bytes()
        .await
        .map_err(|error| MarkError::Unavailable { message: error.without_url().to_string() })?;
    serde_json::from_slice(&body)
        .map_err(|error| MarkError::Unclear { problem: format!("it is no JSON: {error}") })
}

fn pause(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn key_refused(account: &Account<'_>, problem: &str) -> MarkError {
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

fn shown(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}
