//! What S3 says about an object, and what only its bytes say.

use aws_sdk_s3::{
    error::ProvideErrorMetadata as _,
    operation::{get_object::GetObjectOutput, head_object::HeadObjectError},
    types::{ChecksumMode, ChecksumType},
};
use mist_core::{
    checksum::{Checksum, Summing},
    error::Error,
    stack::artifact::{ARCHIVE_END, Artifact},
};

use super::{S3Artifacts, SERVICE, sums};
use crate::error::classify;

/// An object that S3 described.
pub(super) struct Seen {
    /// The object. Its checksum is that of no bytes until it is known.
    pub(super) artifact: Artifact,
    /// Whether S3 knows its checksum.
    pub(super) summed: bool,
}

/// The bytes of an object, as far as they are of interest.
pub(super) struct Bytes {
    /// The first ones.
    pub(super) head: Vec<u8>,
    /// The last ones.
    pub(super) end: Vec<u8>,
}

impl S3Artifacts {
    /// The object at `key`, or its version `version`, as S3 describes it.
    pub(super) async fn see(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Seen, Error> {
        let ask = self.client.head_object().bucket(bucket).key(key);
        let ask = ask.set_version_id(version.map(str::to_owned));
        let found = match ask.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(found) => found,
            // An answer to HEAD has no body, so this can also mean a missing bucket.
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                return Err(Error::ArtifactMissing { bucket: bucket.into(), key: key.into() });
            }
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let of_whole = found.checksum_type() != Some(&ChecksumType::Composite);
        let checksum = found.checksum_sha256().filter(|_| of_whole).and_then(sums::decode);
        let version_id = found.version_id().filter(|id| *id != "null").map(str::to_owned);
        let artifact = Artifact {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            etag: found.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
            version_id,
            size: found.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            checksum: checksum.unwrap_or_else(|| Checksum::of(b"")),
        };
        Ok(Seen { summed: checksum.is_some() || artifact.size == 0, artifact })
    }

    /// The first and the last bytes of the object. Its checksum is computed if S3 does not know it: then all bytes are
    /// read.
    pub(super) async fn read(&self, seen: &mut Seen) -> Result<Bytes, Error> {
        let Seen { artifact, summed } = seen;
        if !*summed {
            let (bytes, checksum) = self.sum(artifact).await?;
            (artifact.checksum, *summed) = (checksum, true);
            return Ok(bytes);
        }
        let end = self.part(artifact, &format!("bytes=-{ARCHIVE_END}")).await?;
        let head = if artifact.size <= ARCHIVE_END {
            end.iter().take(4).copied().collect()
        } else {
            self.part(artifact, "bytes=0-3").await?
        };
        Ok(Bytes { head, end })
    }

    /// Reads all bytes. Only a few of them are in memory at a time.
    async fn sum(&self, artifact: &Artifact) -> Result<(Bytes, Checksum), Error> {
        let mut body = self.get(artifact, None).await?.body;
        let mut summing = Summing::default();
        let mut bytes = Bytes { head: Vec::new(), end: Vec::new() };
        let longest = usize::try_from(ARCHIVE_END).unwrap_or(usize::MAX);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| cut_off(&error))?;
            summing.add(&piece);
            let missing = 4_usize.saturating_sub(bytes.head.len());
            bytes.head.extend(piece.iter().take(missing));
            bytes.end.extend_from_slice(&piece);
            // Not after each piece, as that would move the same bytes again and again.
            if bytes.end.len() / 2 > longest {
                bytes.end.drain(..bytes.end.len() - longest);
            }
        }
        Ok((bytes, summing.end()))
    }

    pub(super) async fn part(&self, artifact: &Artifact, range: &str) -> Result<Vec<u8>, Error> {
        let answer = self.get(artifact, Some(range)).await?;
        let body = answer.body.collect().await.map_err(|error| cut_off(&error))?;
        Ok(body.to_vec())
    }

    // `if_match` refuses an object that was replaced, in a bucket without versions.
    async fn get(
        &self,
        artifact: &Artifact,
        range: Option<&str>,
    ) -> Result<GetObjectOutput, Error> {
        let answer = self
            .client
            .get_object()
            .bucket(&artifact.bucket)
            .key(&artifact.key)
            .set_version_id(artifact.version_id.clone())
            .set_range(range.map(str::to_owned))
            .if_match(format!("\"{}\"", artifact.etag))
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) if error.raw_response().is_some_and(|it| it.status().as_u16() == 412) => {
                Err(Error::ArtifactChanged { key: artifact.key.clone() })
            }
            // Deleted since it was described.
            Err(error) if matches!(error.code(), Some("NoSuchKey" | "NoSuchVersion")) => {
                let Artifact { bucket, key, .. } = artifact.clone();
                Err(Error::ArtifactMissing { bucket, key })
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

fn cut_off(error: &impl ToString) -> Error {
    Error::ServiceUnavailable { service: SERVICE, message: error.to_string() }
}
