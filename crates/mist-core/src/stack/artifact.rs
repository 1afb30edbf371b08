//! Bundles in the artifact bucket, and the keys they are uploaded to.

use serde::{Deserialize, Serialize};

use crate::{
    checksum::Checksum,
    error::Error,
    names::{StackName, VersionLabel},
};

/// The largest bundle that Beanstalk takes, in bytes: 512 MB.
pub const LARGEST_BUNDLE: u64 = 512 * 1024 * 1024;

/// The longest end of a zip, in bytes: the end record of its directory (22), and the comment after it.
pub const ARCHIVE_END: u64 = 22 + 65_535;

/// A bundle in the artifact bucket, as it was read.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// The bucket.
    pub bucket: String,
    /// The key it was uploaded to.
    pub key: String,
    /// The entity tag without quotes. It says whether an object is still the same, not whether two have the same content.
    pub etag: String,
    /// The id of the object's version; `None` in a bucket without versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The size in bytes.
    pub size: u64,
    /// The checksum of the content.
    pub checksum: Checksum,
}

/// The first part of the keys of kept copies.
const KEPT: &str = "versions";

impl Artifact {
    /// Refuses a bundle that Beanstalk does not accept. `head` is its first bytes.
    pub fn check(&self, head: &[u8]) -> Result<(), Error> {
        match problem(self.size, head) {
            None => Ok(()),
            Some(problem) => {
                Err(Error::InvalidArtifact { key: self.key.clone(), problem: problem.to_owned() })
            }
        }
    }

    /// Refuses a truncated bundle. `tail` is its end, at least [`ARCHIVE_END`] bytes or all of it: a zip ends with a
    /// record that has the place of its directory and the length of the comment after it.
    pub fn check_end(&self, tail: &[u8]) -> Result<(), Error> {
        let ends = |record: &[u8]| match record {
            [b'P', b'K', 5, 6, rest @ ..] if rest.len() >= 18 => {
                rest.len() - 18 == usize::from(u16::from_le_bytes([rest[16], rest[17]]))
            }
            _ => false,
        };
        if (0..tail.len()).any(|at| ends(&tail[at..])) {
            return Ok(());
        }
        let problem = "is truncated: the end of the zip is missing".to_owned();
        Err(Error::InvalidArtifact { key: self.key.clone(), problem })
    }

    /// The key of the copy that Beanstalk deploys: `versions/APPLICATION/LABEL/SHA256.zip`, or `.war`. Beanstalk
    /// reads a bundle whenever an instance starts, so the copy never changes.
    pub fn kept_key(&self, application: &str, version: &VersionLabel) -> String {
        let ending = self.key.rsplit_once('.').map_or("zip", |(_, ending)| ending);
        format!("{}{}.{ending}", kept_folder(application, version), self.checksum.hex())
    }
}

/// The folder of the kept copies of a version, with the final slash.
pub fn kept_folder(application: &str, version: &VersionLabel) -> String {
    format!("{KEPT}/{application}/{version}/")
}

/// The label in the name of a bundle, `LABEL.zip` or `LABEL.war`. For any other name, the error is why it is no bundle, as
/// the rest of a sentence.
pub fn label(file: &str) -> Result<&str, String> {
    if let Some(label) = file.strip_suffix(".zip").or_else(|| file.strip_suffix(".war")) {
        return Ok(label);
    }
    // Beanstalk takes these as they are. A bundle of mist has a label in its name, and is a zip.
    Err(match file {
        "Dockerrun.aws.json" => {
            "is not a zip: pack the file `Dockerrun.aws.json` into one".to_owned()
        }
        jar if jar.strip_suffix(".jar").is_some() => {
            format!(
                "is a jar: pack it into a zip, with a `Procfile` that has `web: java -jar {jar}`"
            )
        }
        _ => "does not end with `.zip` or `.war`".to_owned(),
    })
}

/// What is wrong with a bundle of `size` bytes that begins with `head`, as the rest of a sentence about it.
pub fn problem(size: u64, head: &[u8]) -> Option<&'static str> {
    match size {
        0 => Some("is empty"),
        size if size > LARGEST_BUNDLE => Some("is larger than the 512 MB that Beanstalk takes"),
        // Every zip and war begins with a local file header; the second is an empty archive.
        _ if head.starts_with(b"PK\x03\x04") => None,
        _ if head.starts_with(b"PK\x05\x06") => Some("is an archive without a file"),
        _ => Some("is not a zip"),
    }
}

/// The parts of the key of an upload: `PREFIX/STACK/LABEL.zip`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArtifactKey {
    /// The part before the stack, without the final slash.
    pub prefix: String,
    /// The stack to release to.
    pub stack: StackName,
    /// The label of the version.
    pub version: VersionLabel,
}

impl ArtifactKey {
    /// Parses `key`. A key of another form is [`Error::InvalidArtifactKey`].
    pub fn parse(key: &str) -> Result<Self, Error> {
        let refuse = |problem: String| Error::InvalidArtifactKey { key: key.to_owned(), problem };
        let mut parts = key.rsplitn(3, '/');
        let (Some(file), Some(stack), Some(prefix)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(refuse("is not `PREFIX/STACK/LABEL.zip`".to_owned()));
        };
        if prefix.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(refuse("has an empty part, `.` or `..` in its prefix".to_owned()));
        }
        let label = label(file).map_err(refuse)?;
        Ok(Self {
            prefix: prefix.to_owned(),
            stack: stack.parse().map_err(refuse)?,
            version: label.parse().map_err(refuse)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(size: u64) -> Artifact {
        Artifact {
            bucket: "artifacts".to_owned(),
            key: "releases/QA/v2.zip".to_owned(),
            etag: "abc".to_owned(),
            version_id: None,
            size,
            checksum: Checksum::of(b""),
        }
    }

    #[test]
    fn refuses_a_truncated_bundle() {
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 16]);
        end.extend([3, 0]);
        end.extend(b"mis");
        let whole = [b"PK\x03\x04 a file PK\x05\x06".as_slice(), &end].concat();
        artifact(100).check_end(&whole).unwrap();
        for cut in
            [&whole[..whole.len() - 1], &whole[..20], &[whole.as_slice(), b"x"].concat(), b""]
        {
            let error = artifact(100).check_end(cut).unwrap_err();
            assert_eq!(
                error.to_string(),
                "bundle `releases/QA/v2.zip` is truncated: the end of the zip is missing; build and upload it again"
            );
        }
    }

    #[test]
    fn parses_stack_and_version_of_a_key() {
        let key = ArtifactKey::parse("releases/web/QA/v2.zip").unwrap();
        assert_eq!(key.prefix, "releases/web");
        assert_eq!(key.stack.as_str(), "QA");
        assert_eq!(key.version.as_str(), "v2");
    }

    #[test]
    fn what_only_beanstalk_takes_is_refused_with_the_way_to_pack_it() {
        let problem = |key: &str| ArtifactKey::parse(key).unwrap_err().to_string();
        assert!(
            problem("releases/QA/app.jar")
                .contains("a `Procfile` that has `web: java -jar app.jar`")
        );
        let docker = problem("releases/QA/Dockerrun.aws.json");
        assert!(docker.contains("pack the file `Dockerrun.aws.json` into one"), "{docker}");
    }

    #[test]
    fn refuses_keys_that_do_not_name_a_release() {
        for key in [
            "v2.zip",
            "QA/v2.zip",
            "releases/QA/v2.tar",
            "releases/QA/.zip",
            "releases//v2.zip",
            "releases/../v2.zip",
            "../QA/v2.zip",
            "releases/QA/..zip",
        ] {
            let error = ArtifactKey::parse(key).unwrap_err();
            assert_eq!(error.code(), "Mist.InvalidArtifactKey", "{key}");
        }
    }

    #[test]
    fn refuses_bundles_that_beanstalk_does_not_accept() {
        let problem = |size, head: &[u8]| artifact(size).check(head).unwrap_err().to_string();
        assert!(problem(0, b"").contains("is empty"));
        assert!(problem(LARGEST_BUNDLE + 1, b"PK\x03\x04").contains("512 MB"));
        assert!(problem(10, b"hello").contains("is not a zip"));
        assert!(problem(22, b"PK\x05\x06").contains("without a file"));
        assert!(artifact(LARGEST_BUNDLE).check(b"PK\x03\x04").is_ok());
    }
}
