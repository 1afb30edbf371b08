//! The content of versions. A checksum decides whether a version was made of a bundle: not its key, its entity tag or
//! its size.

use crate::{
    beanstalk::application_version::{ApplicationVersion, Bundle},
    checksum::Checksum,
    error::Error,
    names::VersionLabel,
    ports::Artifacts,
    stack::artifact::{Artifact, kept_folder},
};

/// The longest description of a version that Beanstalk accepts, in characters.
const LONGEST_DESCRIPTION: usize = 200;

/// The description of a version that is made of `artifact`: where its bundle came from, for people, and the checksum.
pub fn description(artifact: &Artifact) -> String {
    let checksum = format!(" {}", artifact.checksum);
    let origin = format!("mist: s3://{}/{}", artifact.bucket, artifact.key);
    let mut text: String = origin.chars().take(LONGEST_DESCRIPTION - checksum.len()).collect();
    text.push_str(&checksum);
    text
}

/// The checksum in the `description` of a version; `None` if it has none, as those of older mists and of other tools.
pub fn recorded(description: &str) -> Option<Checksum> {
    description.split_whitespace().rev().find_map(|word| word.parse().ok())
}

/// The content of a version that Beanstalk has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Content {
    /// The key of its bundle, for messages.
    place: String,
    /// Its copy that mist keeps; `None` if its bundle is elsewhere, or if the copy is gone.
    pub kept: Option<Artifact>,
    /// The place of a copy that is gone.
    pub gone: Option<Bundle>,
    /// Its checksum; `None` if that is unknown.
    pub checksum: Option<Checksum>,
}

impl Content {
    /// The content of version `label` of `application`, which Beanstalk has as `found`. The copy that mist keeps in
    /// `bucket` is looked at: if its content is not what the version was made of, the error is
    /// [`Error::KeptCopyChanged`].
    pub async fn of(
        artifacts: &impl Artifacts,
        (application, label): (&str, &VersionLabel),
        bucket: &str,
        found: &ApplicationVersion,
    ) -> Result<Self, Error> {
        let folder = kept_folder(application, label);
        let ours = |at: &&Bundle| at.bucket == bucket && at.key.starts_with(&folder);
        let place = found.bundle.as_ref().filter(ours);
        let kept = match place {
            Some(at) => match artifacts.describe(&at.bucket, &at.key).await {
                Err(Error::ArtifactMissing { .. }) => None,
                kept => Some(kept?),
            },
            None => None,
        };
        let checksum = found.checksum.or(kept.as_ref().map(|kept| kept.checksum));
        if let (Some(kept), Some(recorded)) = (&kept, checksum) {
            same_copy(kept, label, recorded)?;
        }
        let gone = place.filter(|_| kept.is_none()).cloned();
        let key = found.bundle.as_ref().map_or("none", |at| at.key.as_str());
        Ok(Self { place: key.to_owned(), kept, gone, checksum })
    }

    /// Refuses version `label` if it is not known to be made of `artifact`.
    pub fn check(
        &self,
        artifact: &Artifact,
        (application, label): (&str, &VersionLabel),
    ) -> Result<(), Error> {
        if self.checksum == Some(artifact.checksum) {
            return Ok(());
        }
        let place = || self.place.clone();
        Err(Error::VersionTaken {
            version: label.to_string(),
            application: application.to_owned(),
            found: self.checksum.map_or_else(place, |checksum| checksum.to_string()),
        })
    }
}

/// Refuses `kept` as the copy of version `label` if its content is not `recorded`.
pub fn same_copy(kept: &Artifact, label: &VersionLabel, recorded: Checksum) -> Result<(), Error> {
    if kept.checksum == recorded {
        return Ok(());
    }
    Err(Error::KeptCopyChanged {
        key: kept.key.clone(),
        version: label.to_string(),
        found: kept.checksum.to_string(),
        recorded: recorded.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(key: &str) -> Artifact {
        Artifact {
            bucket: "artifacts".to_owned(),
            key: key.to_owned(),
            etag: "e".to_owned(),
            version_id: None,
            size: 4,
            checksum: Checksum::of(b"abc"),
        }
    }

    #[test]
    fn the_description_of_a_version_has_the_origin_and_the_checksum() {
        let text = description(&artifact("releases/QA/v2.zip"));
        assert_eq!(
            text,
            "mist: s3://artifacts/releases/QA/v2.zip sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(recorded(&text), Some(Checksum::of(b"abc")));
    }

    #[test]
    fn a_long_origin_is_cut_and_the_checksum_is_not() {
        let text = description(&artifact(&format!("releases/{}/v2.zip", "ä".repeat(300))));
        assert_eq!(text.chars().count(), LONGEST_DESCRIPTION);
        assert_eq!(recorded(&text), Some(Checksum::of(b"abc")));
    }

    #[test]
    fn a_description_without_a_checksum_says_nothing_about_the_content() {
        for text in ["", "mist: s3://artifacts/releases/QA/v2.zip", "sha256:", "built by CI"] {
            assert_eq!(recorded(text), None, "{text}");
        }
    }
}
