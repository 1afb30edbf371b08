//! The check of a bundle in S3, which reads as little of it as it needs.

use mist_bundle::{Check, Next};
use mist_core::{error::Error, stack::artifact::Artifact};

use super::{S3Artifacts, SERVICE};

impl S3Artifacts {
    /// Checks `artifact`, as it was when it was found.
    pub(super) async fn inspect(&self, artifact: &Artifact) -> Result<(), Error> {
        let mut check = Check::new(artifact.size);
        loop {
            let range = match check.next() {
                Next::Sound => return Ok(()),
                Next::Unsound(problem) => {
                    return Err(Error::InvalidArtifact { key: artifact.key.clone(), problem });
                }
                Next::Read(range) => range,
            };
            let bytes =
                self.part(artifact, &format!("bytes={}-{}", range.start, range.end - 1)).await?;
            if bytes.len() as u64 != range.end - range.start {
                let message = format!("`{}` has other bytes than its size says", artifact.key);
                return Err(Error::ServiceFailed { service: SERVICE, message });
            }
            check.add(range.start, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::Client;
    use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
    use aws_smithy_types::retry::RetryConfig;
    use mist_core::{checksum::Checksum, ports::Artifacts as _};

    use super::*;
    use crate::wire::answer;

    /// A zip whose only file, `NAME`, is empty, and behind 100,000 bytes.
    fn zip(name: &str) -> Vec<u8> {
        let length = [u8::try_from(name.len()).unwrap(), 0];
        let file = [b"PK\x03\x04".as_slice(), &vec![0; 100_000]].concat();
        let directory = [b"PK\x01\x02", &[0; 24][..], &length, &[0; 16], name.as_bytes()].concat();
        let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
        let offset = u32::try_from(file.len()).unwrap().to_le_bytes();
        let end = [b"PK\x05\x06", &[0; 4][..], &[1, 0, 1, 0], &size, &offset, &[0, 0]].concat();
        [file, directory, end].concat()
    }

    /// The result of the check of `bundle`, which has `size` bytes by its description.
    async fn checked(bundle: Vec<u8>, size: u64) -> Result<(), Error> {
        let artifact = Artifact {
            bucket: "artifacts".to_owned(),
            key: "releases/QA/v2.zip".to_owned(),
            etag: "b1946ac9".to_owned(),
            version_id: None,
            size,
            checksum: Checksum::of(b""),
        };
        let rule = mock!(Client::get_object)
            .match_requests(|input| input.if_match() == Some("\"b1946ac9\""))
            .then_compute_response(move |input| {
                let range = input.range().unwrap().strip_prefix("bytes=").unwrap();
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                let bytes = bundle[first..bundle.len().min(last + 1)].to_vec();
                MockResponse::Http(answer(206, &[], bytes))
            });
        let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[&rule], |config| config
            .retry_config(RetryConfig::disabled()));
        S3Artifacts::new(client).check(&artifact).await
    }

    #[tokio::test]
    async fn a_sound_bundle_passes_and_an_unsound_one_is_named() {
        let sound = zip("Procfile");
        let size = sound.len() as u64;
        checked(sound, size).await.unwrap();
        let unsound = zip("shop/Procfile");
        let size = unsound.len() as u64;
        insta::assert_snapshot!(checked(unsound, size).await.unwrap_err(), @"bundle `releases/QA/v2.zip` has a folder around everything, `shop/`, and Beanstalk looks at the top. Pack the files in it; build and upload it again");
    }

    #[tokio::test]
    async fn an_object_that_is_shorter_than_its_description_is_no_endless_loop() {
        let bundle = zip("Procfile");
        let size = bundle.len() as u64 + 10;
        let error = checked(bundle, size).await.unwrap_err();
        assert_eq!(error.code(), "Mist.ServiceFailed", "{error}");
    }
}
