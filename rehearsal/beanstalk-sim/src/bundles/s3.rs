//! Bundles in S3.

use std::io;
use std::path::Path;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_smithy_http_client::tls;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::OnceCell;

use super::store::{Answer, Bundles, LARGEST, Location, Unavailable};
use crate::settings::Settings;

/// A store of bundles in S3. The client is created on first use.
#[derive(Debug)]
pub(crate) struct S3Bundles {
    endpoint: Option<String>,
    region: String,
    client: OnceCell<Client>,
}

impl S3Bundles {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            endpoint: settings.s3_endpoint.clone(),
            region: settings.region.clone(),
            client: OnceCell::new(),
        }
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| async { Client::from_conf(self.config().await) }).await
    }

    async fn config(&self) -> aws_sdk_s3::Config {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .read_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(20))
            .operation_timeout(Duration::from_mins(5))
            .build();
        let http = aws_smithy_http_client::Builder::new();
        let http = match &self.endpoint {
            Some(endpoint) if endpoint.starts_with("http://") => http.build_http(),
            Some(_) | None => http
                .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                .build_https(),
        };
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .timeout_config(timeouts)
            .http_client(http);
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint).credentials_provider(dummy_credentials());
        }
        let shared: SdkConfig = loader.load().await;
        aws_sdk_s3::config::Builder::from(&shared).force_path_style(true).build()
    }

    async fn head(&self, location: &Location) -> Result<(), Unavailable> {
        let request = self.client().await.head_object().bucket(&location.bucket).key(&location.key);
        let head = request.send().await.map_err(|error| unavailable(&error))?;
        let bytes = head.content_length().unwrap_or_default();
        if u64::try_from(bytes).is_ok_and(|bytes| bytes > LARGEST) {
            return Err(Unavailable { reason: "Source bundle is larger than 512 MB".to_owned() });
        }
        Ok(())
    }

    /// Streams a bundle to a file.
    async fn get(&self, location: &Location, file: &Path) -> Result<(), Unavailable> {
        self.head(location).await?;
        let request = self.client().await.get_object().bucket(&location.bucket).key(&location.key);
        let object = request.send().await.map_err(|error| unavailable(&error))?;
        copy(object.body, file).await.map_err(|error| Unavailable::from(&error))
    }

    async fn create_bucket(&self, bucket: &str) -> Result<(), Unavailable> {
        // S3 refuses `us-east-1` as a location constraint.
        let elsewhere = (self.region != "us-east-1").then(|| {
            let region = BucketLocationConstraint::from(self.region.as_str());
            CreateBucketConfiguration::builder().location_constraint(region).build()
        });
        let request = self.client().await.create_bucket().bucket(bucket);
        match request.set_create_bucket_configuration(elsewhere).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if matches!(
                    error.code(),
                    Some("BucketAlreadyOwnedByYou" | "BucketAlreadyExists")
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(unavailable(&error)),
        }
    }
}

impl Bundles for S3Bundles {
    fn check<'a>(&'a self, location: &'a Location) -> Answer<'a, ()> {
        Box::pin(self.head(location))
    }

    fn fetch<'a>(&'a self, location: &'a Location, file: &'a Path) -> Answer<'a, ()> {
        Box::pin(self.get(location, file))
    }

    fn put<'a>(&'a self, location: &'a Location, content: Vec<u8>) -> Answer<'a, ()> {
        Box::pin(async {
            let request = self.client().await.put_object();
            let request = request.bucket(&location.bucket).key(&location.key);
            let sent = request.body(ByteStream::from(content)).send().await;
            sent.map(drop).map_err(|error| unavailable(&error))
        })
    }

    fn delete<'a>(&'a self, location: &'a Location) -> Answer<'a, ()> {
        Box::pin(async {
            let request =
                self.client().await.delete_object().bucket(&location.bucket).key(&location.key);
            request.send().await.map(drop).map_err(|error| unavailable(&error))
        })
    }

    fn ensure_bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()> {
        Box::pin(self.create_bucket(bucket))
    }

    // Without an endpoint in the settings this may be the real S3, where logs of a simulator do not belong.
    fn takes_logs(&self) -> bool {
        self.endpoint.is_some()
    }
}

async fn copy(body: ByteStream, file: &Path) -> io::Result<()> {
    let mut file = File::create(file).await?;
    // The object may have changed since the check. One byte over the limit is enough for a refusal.
    tokio::io::copy(&mut body.into_async_read().take(LARGEST + 1), &mut file).await?;
    file.flush().await
}

fn dummy_credentials() -> Credentials {
    Credentials::new("beanstalk-sim", "beanstalk-sim", None, None, "beanstalk-sim")
}

/// The reason of a failure, as Beanstalk repeats it: the reason phrase of the HTTP status, if any.
fn unavailable<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Unavailable {
    tracing::warn!("S3 answered `{}`", error.code().unwrap_or("no code"));
    let status = error
        .raw_response()
        .and_then(|response| axum::http::StatusCode::from_u16(response.status().as_u16()).ok());
    let reason =
        status.and_then(|status| status.canonical_reason()).unwrap_or("Service Unavailable");
    Unavailable { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_configured_s3_takes_logs() {
        let local = Some("http://127.0.0.1:4566".to_owned());
        let settings = Settings { s3_endpoint: local, ..Settings::default() };
        assert!(S3Bundles::new(&settings).takes_logs());
        assert!(!S3Bundles::new(&Settings::default()).takes_logs());
    }
}
