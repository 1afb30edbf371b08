//! The uploaded and fetched bundles of a stack.

use mist_core::{
    error::Error,
    names::VersionLabel,
    ports::Artifacts,
    stack::{
        artifact::{Artifact, ArtifactKey},
        settings::Stack,
        source::fetched_key,
    },
};

/// The bundles of `stack`.
pub(crate) struct Bundles<'a, A> {
    pub(crate) artifacts: &'a A,
    pub(crate) stack: &'a Stack,
}

impl<A: Artifacts> Bundles<'_, A> {
    fn folder(&self) -> String {
        format!("{}/{}", self.stack.artifacts.prefix, self.stack.name)
    }

    /// The key to which a zip of `version` is uploaded.
    pub(crate) fn key(&self, version: &VersionLabel) -> String {
        format!("{}/{version}.zip", self.folder())
    }

    /// The version and the key of the newest upload.
    pub(crate) async fn newest(&self) -> Result<(VersionLabel, String), Error> {
        let (bucket, prefix) = (&self.stack.artifacts.bucket, self.folder());
        match self.artifacts.newest(bucket, &format!("{prefix}/")).await? {
            Some(key) => Ok((ArtifactKey::parse(&key)?.version, key)),
            None => Err(Error::NoArtifact { bucket: bucket.clone(), prefix }),
        }
    }

    /// The bundle at `key` with the entity tag `etag`. Another one belongs to another release.
    pub(crate) async fn exact(&self, key: &str, etag: &str) -> Result<Artifact, Error> {
        let artifact = self.artifacts.find(&self.stack.artifacts.bucket, key).await?;
        if artifact.etag == etag {
            return Ok(artifact);
        }
        Err(Error::ArtifactChanged { key: key.to_owned() })
    }

    /// The bundle of `version`, uploaded to `key` or as a war, or fetched; `None` if there is none.
    pub(crate) async fn of(
        &self,
        version: &VersionLabel,
        key: &str,
    ) -> Result<Option<Artifact>, Error> {
        let war = format!("{}/{version}.war", self.folder());
        let fetched = fetched_key(&self.stack.application, version);
        for key in [key, &war, &fetched] {
            match self.artifacts.find(&self.stack.artifacts.bucket, key).await {
                Err(Error::ArtifactMissing { .. }) => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    }
}
