//! The artifact bucket in S3.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::{
    Client, Config,
    operation::head_object::HeadObjectError,
    primitives::ByteStream,
    types::{Object, TaggingDirective},
};
use mist_core::{
    error::Error,
    ports::Artifacts,
    stack::artifact::{ARCHIVE_END, Artifact},
};

use crate::{error::classify, timeouts::CONNECT_TIMEOUT};

const SERVICE: &str = "s3";

/// The time limit for a copy: S3 answers when it is complete. The function has a longer limit.
const COPY_TIMEOUT: Duration = Duration::from_secs(100);

/// The artifact bucket in S3, through the SDK.
#[derive(Clone, Debug)]
pub struct S3Artifacts {
    client: Client,
}

impl S3Artifacts {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Uploads the file at `path` to `key`. If the bucket sends its events to EventBridge, this starts a release.
    pub async fn upload(
        &self,
        bucket: &str,
        key: &str,
        path: &std::path::Path,
    ) -> Result<(), Error> {
        let body = ByteStream::from_path(path).await.map_err(|error| Error::InvalidInput {
            problem: format!("{}: {error}", path.display()),
        })?;
        // The time of an upload depends on the connection. The SDK still ends one that stalls.
        let unlimited = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .disable_read_timeout()
            .disable_operation_attempt_timeout()
            .disable_operation_timeout();
        let put = self.client.put_object().bucket(bucket).key(key).body(body).customize();
        let put = put.config_override(Config::builder().timeout_config(unlimited.build()));
        let answer = put.send().await;
        answer.map(drop).map_err(|error| classify(SERVICE, &error))
    }

    /// Whether `bucket` sends its events to EventBridge.
    pub async fn events(&self, bucket: &str) -> Result<BucketEvents, Error> {
        let ask = self.client.get_bucket_notification_configuration().bucket(bucket);
        match ask.send().await {
            Ok(answer) if answer.event_bridge_configuration().is_some() => Ok(BucketEvents::Sent),
            Ok(_) => Ok(BucketEvents::Silent),
            Err(error) if error.raw_response().is_some_and(|it| it.status().as_u16() == 404) => {
                Ok(BucketEvents::NoBucket)
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    /// The first and the last bytes of the bundle: enough to check that it is a complete zip.
    async fn ends(&self, artifact: &Artifact) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let end = self.part(artifact, &format!("bytes=-{ARCHIVE_END}")).await?;
        let head = if artifact.size <= ARCHIVE_END {
            end.iter().take(4).copied().collect()
        } else {
            self.part(artifact, "bytes=0-3").await?
        };
        Ok((head, end))
    }

    // `if_match` refuses the part if the object was replaced.
    async fn part(&self, artifact: &Artifact, range: &str) -> Result<Vec<u8>, Error> {
        let answer = self
            .client
            .get_object()
            .bucket(&artifact.bucket)
            .key(&artifact.key)
            .range(range)
            .if_match(format!("\"{}\"", artifact.etag))
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.raw_response().is_some_and(|it| it.status().as_u16() == 412) => {
                return Err(Error::ArtifactChanged { key: artifact.key.clone() });
            }
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let body = answer.body.collect().await.map_err(|error| Error::ServiceUnavailable {
            service: SERVICE,
            message: error.to_string(),
        })?;
        Ok(body.to_vec())
    }
}

/// Whether a bucket sends its events.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BucketEvents {
    /// It sends them to EventBridge.
    Sent,
    /// It does not send them.
    Silent,
    /// The bucket does not exist.
    NoBucket,
}

impl Artifacts for S3Artifacts {
    async fn find(&self, bucket: &str, key: &str) -> Result<Artifact, Error> {
        let answer = self.client.head_object().bucket(bucket).key(key).send().await;
        let found = match answer {
            Ok(found) => found,
            // An answer to HEAD has no body, so this can also mean a missing bucket.
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                return Err(Error::ArtifactMissing { bucket: bucket.into(), key: key.into() });
            }
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let artifact = Artifact {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: found.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
            size: found.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
        };
        if artifact.size == 0 {
            artifact.check(&[])?;
        }
        let (head, end) = self.ends(&artifact).await?;
        artifact.check(&head)?;
        artifact.check_end(&end)?;
        Ok(artifact)
    }

    async fn newest(&self, bucket: &str, prefix: &str) -> Result<Option<String>, Error> {
        // The delimiter leaves out keys in subfolders. An upload there starts no release either.
        let list = self.client.list_objects_v2().bucket(bucket).prefix(prefix).delimiter("/");
        let mut pages = list.into_paginator().send();
        let mut newest: Option<Object> = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            let bundles = page.contents().iter().filter(|object| is_bundle(object)).cloned();
            newest = newest.into_iter().chain(bundles).max_by_key(uploaded);
        }
        Ok(newest.and_then(|object| object.key))
    }

    async fn keep(&self, artifact: &Artifact, key: &str) -> Result<(), Error> {
        // The key contains the entity tag, so an existing copy has the same content.
        let kept = self.client.head_object().bucket(&artifact.bucket).key(key).send().await;
        if kept.is_ok() {
            return Ok(());
        }
        let patient = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(COPY_TIMEOUT)
            .operation_attempt_timeout(COPY_TIMEOUT)
            .operation_timeout(COPY_TIMEOUT);
        let source = format!("{}/{}", artifact.bucket, urlencoding::encode(&artifact.key));
        let answer = self
            .client
            .copy_object()
            .bucket(&artifact.bucket)
            .key(key)
            .copy_source(source)
            .copy_source_if_match(format!("\"{}\"", artifact.etag))
            // Beanstalk does not use tags, and a copy of them needs two more permissions.
            .tagging_directive(TaggingDirective::Replace)
            .customize()
            .config_override(Config::builder().timeout_config(patient.build()))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
                Some(404) => Err(Error::ArtifactMissing {
                    bucket: artifact.bucket.clone(),
                    key: artifact.key.clone(),
                }),
                Some(412) => Err(Error::ArtifactChanged { key: artifact.key.clone() }),
                _ => Err(classify(SERVICE, &error)),
            },
        }
    }
}

fn is_bundle(object: &Object) -> bool {
    let has = |ending| object.key().is_some_and(|key| key.ends_with(ending));
    has(".zip") || has(".war")
}

fn uploaded(object: &Object) -> (i64, u32) {
    object.last_modified().map_or((0, 0), |time| (time.secs(), time.subsec_nanos()))
}

#[cfg(test)]
mod tests;
