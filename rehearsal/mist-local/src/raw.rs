//! Calls to the emulator in JSON, for callers that need the whole answer.

use std::time::Duration;

use serde_json::Value;

use crate::cloud::Cloud;
use crate::error::Error;
use crate::http::{self, KEY, REGION};
use crate::wait::pause;

/// The number of attempts of a call, and the pause between two. The emulator fails while others write what it reads.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

impl Cloud {
    /// Calls `operation` of a service with a JSON protocol, such as `DynamoDB_20120810.Scan`, and returns the whole
    /// answer. `service` is the service's name in signatures.
    pub async fn ask(&self, service: &str, operation: &str, body: &Value) -> Result<Value, Error> {
        let url = self.endpoints().aws.clone();
        let scope = format!("{KEY}/20260101/{REGION}/{service}/aws4_request");
        // The emulator reads the service's name, and does not verify the signature.
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let client = http::client(Duration::from_secs(30))?;
        let failed = |source| Error::Http { url: format!("{url} {operation}"), source };
        let ask = async || {
            let request = client
                .post(&url)
                .header("content-type", "application/x-amz-json-1.0")
                .header("x-amz-target", operation)
                .header("authorization", &authorization)
                .body(body.to_string());
            request.send().await?.error_for_status()?.json().await
        };
        for _ in 1..TRIES {
            match ask().await {
                Err(error) if is_fault(&error) => pause(PAUSE).await,
                answer => return answer.map_err(failed),
            }
        }
        ask().await.map_err(failed)
    }
}

// The emulator answers 500 if a list changes while it is read.
fn is_fault(error: &reqwest::Error) -> bool {
    error.status().is_some_and(|status| status.is_server_error())
}
