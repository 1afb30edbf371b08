//! `PutEvents` over plain HTTP.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};

use super::envelope::Envelope;

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Sends events to one endpoint.
#[derive(Debug)]
pub(crate) struct Sender {
    client: Client<HttpConnector, Body>,
    endpoint: Uri,
    /// The header by which emulators recognize the service. The signature is not verified.
    authorization: String,
}

/// The reason why events were not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    #[error("{0}")]
    Http(#[from] axum::http::Error),
    #[error("{0}")]
    Connection(#[from] hyper_util::client::legacy::Error),
    #[error("{0}")]
    Body(#[from] axum::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("HTTP {status}: {body}")]
    Refused { status: StatusCode, body: String },
    #[error("{count} entries were refused, the first one with {first}")]
    EntriesRefused { count: usize, first: String },
}

impl SendError {
    /// Whether further attempts are pointless, with these or other events.
    pub(super) fn is_final(&self) -> bool {
        let refused = "NotAuthorizedForSourceException";
        matches!(self, Self::EntriesRefused { first, .. } if first == refused)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entries<'a> {
    entries: &'a [Envelope],
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    failed_entry_count: usize,
    entries: Vec<AnswerEntry>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct AnswerEntry {
    error_code: Option<String>,
}

impl Sender {
    pub(crate) fn new(endpoint: Uri, region: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            endpoint,
            authorization: format!(
                "AWS4-HMAC-SHA256 Credential=test/20260101/{region}/events/aws4_request, \
                 SignedHeaders=host, Signature=0"
            ),
        }
    }

    /// Sends one batch.
    pub(super) async fn put(&self, entries: &[Envelope]) -> Result<(), SendError> {
        let request = Request::post(self.endpoint.clone())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AWSEvents.PutEvents")
            .header("authorization", &self.authorization)
            .body(Body::from(serde_json::to_vec(&Entries { entries })?))?;
        let (status, body) = tokio::time::timeout(TIMEOUT, self.exchange(request))
            .await
            .map_err(|_| SendError::TimedOut)??;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(SendError::Refused { status, body });
        }
        let answer: Answer = serde_json::from_slice(&body)?;
        if answer.failed_entry_count == 0 {
            return Ok(());
        }
        let first = answer.entries.into_iter().find_map(|entry| entry.error_code);
        let first = first.unwrap_or_default();
        Err(SendError::EntriesRefused { count: answer.failed_entry_count, first })
    }

    async fn exchange(&self, request: Request<Body>) -> Result<(StatusCode, Bytes), SendError> {
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), LARGEST_ANSWER).await?;
        Ok((status, body))
    }
}
