//! Bundles that are written to S3 piece by piece.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::{
    Client, Config,
    error::ProvideErrorMetadata as _,
    primitives::ByteStream,
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use mist_core::{
    error::Error,
    ports::{Bundles, Upload},
    stack::artifact::Artifact,
};

use crate::{S3Artifacts, clients::CONNECT_TIMEOUT, error::classify};

const SERVICE: &str = "s3";

/// A piece of 8 MiB over a slow line.
const PIECE_TIMEOUT: Duration = Duration::from_mins(1);

/// A bundle that is being written, as an upload in parts.
#[derive(Debug)]
pub struct S3Upload {
    client: Client,
    bucket: String,
    key: String,
    id: String,
    parts: Vec<CompletedPart>,
    size: u64,
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
            // The parts have one: S3 may refuse them where the whole was not to have it.
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let id = answer.upload_id().ok_or_else(|| Error::ServiceUnavailable {
            service: SERVICE,
            message: "it began an upload without an id".to_owned(),
        })?;
        let (bucket, key, id) = (bucket.to_owned(), key.to_owned(), id.to_owned());
        Ok(S3Upload { client, bucket, key, id, parts: Vec::new(), size: 0 })
    }
}

impl Upload for S3Upload {
    async fn write(&mut self, piece: Vec<u8>) -> Result<(), Error> {
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        self.size += piece.len() as u64;
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
            .customize()
            .config_override(patient())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            // An answer to it that was lost: who asks again finds the bundle.
            Err(error) if error.code() == Some("NoSuchUpload") => {
                let message = "the upload was ended already".to_owned();
                return Err(Error::ServiceUnavailable { service: SERVICE, message });
            }
            Err(error) => {
                let error = classify(SERVICE, &error);
                self.abandon().await;
                return Err(error);
            }
        };
        let etag = answer.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        Ok(Artifact { bucket: self.bucket, key: self.key, etag, size: self.size })
    }

    async fn abandon(self) {
        let abort = self.client.abort_multipart_upload();
        let abort = abort.bucket(&self.bucket).key(&self.key).upload_id(&self.id);
        // The bucket throws it away by itself, some days later.
        drop(abort.send().await);
    }
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
