//! The artifact bucket in S3.

mod check;
mod read;
mod sums;

use std::{path::Path, time::Duration};

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::{
    Client, Config,
    error::SdkError,
    operation::copy_object::{CopyObjectError, CopyObjectOutput},
    primitives::ByteStream,
    types::{ChecksumAlgorithm, Object, TaggingDirective},
};
use mist_core::{
    checksum::Checksum,
    error::Error,
    names::VersionLabel,
    ports::Artifacts,
    release::{content, request::UploadedObject},
    stack::artifact::{Artifact, LARGEST_BUNDLE},
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

    /// Uploads the file at `path`, which has `checksum`, to `key`. If the bucket sends its events to EventBridge, this starts
    /// a release.
    pub async fn upload(
        &self,
        (bucket, key): (&str, &str),
        path: &Path,
        checksum: Checksum,
    ) -> Result<UploadedObject, Error> {
        let body = ByteStream::from_path(path).await.map_err(|error| Error::InvalidInput {
            problem: format!("{}: {error}", path.display()),
        })?;
        // The time of an upload depends on the connection. The SDK still ends one that stalls.
        let unlimited = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .disable_read_timeout()
            .disable_operation_attempt_timeout()
            .disable_operation_timeout();
        let put = self.client.put_object().bucket(bucket).key(key).body(body);
        // S3 refuses other bytes, and can tell the checksum later.
        let put = put.checksum_sha256(sums::encode(checksum)).customize();
        let put = put.config_override(Config::builder().timeout_config(unlimited.build()));
        let answer = put.send().await.map_err(|error| classify(SERVICE, &error))?;
        Ok(UploadedObject {
            key: key.to_owned(),
            etag: answer.e_tag().map(|etag| etag.trim_matches('"').to_owned()),
            version_id: answer.version_id().map(str::to_owned),
        })
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

    /// Copies exactly `artifact` to `key`, if there is no object yet.
    async fn copy(
        &self,
        artifact: &Artifact,
        key: &str,
    ) -> Result<CopyObjectOutput, SdkError<CopyObjectError>> {
        let patient = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(COPY_TIMEOUT)
            .operation_attempt_timeout(COPY_TIMEOUT)
            .operation_timeout(COPY_TIMEOUT);
        let id = artifact.version_id.as_ref();
        let version =
            id.map(|id| format!("?versionId={}", urlencoding::encode(id))).unwrap_or_default();
        let source = format!("{}/{}{version}", artifact.bucket, urlencoding::encode(&artifact.key));
        self.client
            .copy_object()
            .bucket(&artifact.bucket)
            .key(key)
            .if_none_match("*")
            .copy_source(source)
            .copy_source_if_match(format!("\"{}\"", artifact.etag))
            // Of the whole copy, even if the bundle was uploaded in parts.
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            // Beanstalk does not use tags, and a copy of them needs two more permissions.
            .tagging_directive(TaggingDirective::Replace)
            .customize()
            .config_override(Config::builder().timeout_config(patient.build()))
            .send()
            .await
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
    async fn find(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Artifact, Error> {
        let mut seen = self.see(bucket, key, version).await?;
        if seen.artifact.size == 0 || seen.artifact.size > LARGEST_BUNDLE {
            seen.artifact.check(&[])?;
        }
        let bytes = self.read(&mut seen).await?;
        seen.artifact.check(&bytes.head)?;
        seen.artifact.check_end(&bytes.end)?;
        Ok(seen.artifact)
    }

    async fn describe(&self, bucket: &str, key: &str) -> Result<Artifact, Error> {
        let mut seen = self.see(bucket, key, None).await?;
        if !seen.summed {
            self.read(&mut seen).await?;
        }
        Ok(seen.artifact)
    }

    async fn check(&self, artifact: &Artifact) -> Result<(), Error> {
        self.inspect(artifact).await
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

    async fn keep(
        &self,
        artifact: &Artifact,
        key: &str,
        version: &VersionLabel,
    ) -> Result<(), Error> {
        let kept = match self.copy(artifact, key).await {
            Ok(copy) => match copy.copy_object_result().and_then(|it| it.checksum_sha256()) {
                Some(sum) if sums::decode(sum) == Some(artifact.checksum) => return Ok(()),
                _ => self.describe(&artifact.bucket, key).await?,
            },
            Err(error) => match error.raw_response().map(|response| response.status().as_u16()) {
                // The bundle was replaced, or there is a copy, or another call is about to write one.
                Some(status @ (409 | 412)) => match self.describe(&artifact.bucket, key).await {
                    // The other call has not written its copy yet, and may never do.
                    Err(Error::ArtifactMissing { .. }) if status == 409 => {
                        let message = format!("another call writes `{key}` at the same time");
                        return Err(Error::ServiceUnavailable { service: SERVICE, message });
                    }
                    Err(Error::ArtifactMissing { .. }) => {
                        return Err(Error::ArtifactChanged { key: artifact.key.clone() });
                    }
                    kept => kept?,
                },
                Some(404) => {
                    let Artifact { bucket, key, .. } = artifact.clone();
                    return Err(Error::ArtifactMissing { bucket, key });
                }
                _ => return Err(classify(SERVICE, &error)),
            },
        };
        content::same_copy(&kept, version, artifact.checksum)
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
