//! HTTP clients that speak to loopback and to nothing else.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use rustls::RootCertStore;

use crate::error::Error;

/// The region of the local cloud.
pub const REGION: &str = "us-east-1";

/// The account of the local cloud.
pub const ACCOUNT: &str = "000000000000";

/// The access key id and the secret key of every local call; the emulator accepts any.
pub(crate) const KEY: &str = "test";

/// A configuration for AWS clients that call `endpoint` and read nothing from the environment.
pub(crate) fn sdk_config(endpoint: &str) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(30))
        .operation_timeout(Duration::from_mins(1))
        .build();
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            KEY,
            KEY,
            None,
            None,
            "mist-local",
        )))
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(50)),
        )
        .timeout_config(timeouts)
        .build()
}

/// A builder of clients without proxies. It trusts no certificate, so no request leaves the machine over TLS.
pub(crate) fn client_builder() -> Result<reqwest::ClientBuilder, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::Invalid {
            value: "ring".to_owned(),
            expected: "a TLS library with default protocols",
        })?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy())
}

/// A client whose requests end after `limit`.
pub(crate) fn client(limit: Duration) -> Result<reqwest::Client, Error> {
    client_builder()?
        .connect_timeout(limit.min(Duration::from_secs(2)))
        .timeout(limit)
        .build()
        .map_err(|source| Error::Http { url: "loopback".to_owned(), source })
}

/// Sends an empty POST. Every status below 400 is a success.
pub(crate) async fn post(url: String) -> Result<(), Error> {
    let answer = client(Duration::from_secs(30))?.post(&url).send().await;
    match answer.and_then(reqwest::Response::error_for_status) {
        Ok(_) => Ok(()),
        Err(source) => Err(Error::Http { url, source }),
    }
}
