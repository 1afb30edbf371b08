//! Bundles that are written to S3 piece by piece.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::{
    Client, Config,
    error::{ProvideErrorMetadata as _, SdkError},
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use mist_core::{
    checksum::Summing,
    error::Error,
    ports::{Artifacts as _, Bundles, Upload},
    stack::artifact::Artifact,
};

use crate::{artifacts::S3Artifacts, error::classify, timeouts::CONNECT_TIMEOUT};

const SERVICE: &str = "s3";

/// The time limit for a piece of 8 MiB over a slow connection.
const PIECE_TIMEOUT: Duration = Duration::from_mins(1);

/// A bundle that is being written, as a multipart upload.
#[derive(Debug)]
pub struct S3Upload {
    client: Client,
    bucket: String,
    key: String,
    id: String,
    parts: Vec<CompletedPart>,
    size: u64,
    summing: Summing,
}

impl Bundles for S3Artifacts {
    type Upload = S3Upload;

    async fn begin(&self, bucket: &str, key: &str) -> Result<S3Upload, Error> {
        let client = self.client().clone();
        let answer = client
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .content_type("application/zip")
            // The parts have checksums, and S3 can refuse them unless the upload has the same algorithm.
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let id = answer.upload_id().ok_or_else(|| Error::ServiceUnavailable {
            service: SERVICE,
            message: "the answer has no upload id".to_owned(),
        })?;
        let (bucket, key, id) = (bucket.to_owned(), key.to_owned(), id.to_owned());
        let (parts, summing) = (Vec::new(), Summing::default());
        Ok(S3Upload { client, bucket, key, id, parts, size: 0, summing })
    }
}

impl Upload for S3Upload {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), Error> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        self.size += piece.len() as u64;
        self.summing.add(&piece);
        let answer = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.id)
            .part_number(number)
            .body(ByteStream::from(piece))
            .customize()
            .config_override(patient())
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let part = CompletedPart::builder().part_number(number);
        let part = part
            .set_e_tag(answer.e_tag)
            .set_checksum_crc32(answer.checksum_crc32)
            .set_checksum_crc64_nvme(answer.checksum_crc64_nvme);
        self.parts.push(part.build());
        Ok(())
    }

    async fn finish(self) -> Result<Artifact, Error> {
        let parts = Some(self.parts.clone());
        let parts = CompletedMultipartUpload::builder().set_parts(parts).build();
        let answer = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.id)
            .multipart_upload(parts)
            // Nothing is ever overwritten.
            .if_none_match("*")
            .customize()
            .config_override(patient())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            // Another call has written the bundle meanwhile. Only `fetch` writes here, so it is of the same commit, even if
            // its archive was packed otherwise.
            Err(error) if status(&error) == Some(412) => {
                let artifacts = S3Artifacts::new(self.client.clone());
                let (bucket, key) = (self.bucket.clone(), self.key.clone());
                self.abandon().await;
                return artifacts.find(&bucket, &key, None).await;
            }
            // Another call is writing it. After a conflict S3 wants a new upload.
            Err(error) if status(&error) == Some(409) => {
                let message = format!("another call writes `{}` at the same time", self.key);
                self.abandon().await;
                return Err(Error::ServiceUnavailable { service: SERVICE, message });
            }
            // The answer of an earlier call was lost. The retry finds the bundle.
            Err(error) if error.code() == Some("NoSuchUpload") => {
                let message = "the upload is already complete or aborted".to_owned();
                return Err(Error::ServiceUnavailable { service: SERVICE, message });
            }
            Err(error) => {
                let error = classify(SERVICE, &error);
                self.abandon().await;
                return Err(error);
            }
        };
        let etag = answer.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        let version_id = answer.version_id().map(str::to_owned);
        let Self { bucket, key, size, summing, .. } = self;
        Ok(Artifact { bucket, key, etag, version_id, size, checksum: summing.end() })
    }

    async fn abandon(self) {
        let abort = self.client.abort_multipart_upload();
        let abort = abort.bucket(&self.bucket).key(&self.key).upload_id(&self.id);
        // If this fails, the lifecycle rule of the bucket aborts the upload after some days.
        drop(abort.send().await);
    }
}

fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn patient() -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(PIECE_TIMEOUT)
        .operation_attempt_timeout(PIECE_TIMEOUT)
        .operation_timeout(3 * PIECE_TIMEOUT);
    Config::builder().timeout_config(timeouts.build())
}

#[cfg(test)]
mod tests;
