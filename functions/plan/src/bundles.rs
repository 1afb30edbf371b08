//! The uploaded and fetched bundles of a stack.

use mist_core::{
    error::Error,
    names::VersionLabel,
    ports::Artifacts,
    release::request::{Fetched, ReleaseRequest, Upload},
    stack::{
        artifact::{Artifact, ArtifactKey},
        lock::OnConflict,
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

    /// The bundle that `release` is about: the uploaded or the fetched one; `None` if it is about a version. Another one at
    /// its key belongs to another release.
    pub(crate) async fn given(&self, release: &ReleaseRequest) -> Result<Option<Artifact>, Error> {
        let bucket = &self.stack.artifacts.bucket;
        let (found, same) = match (&release.upload, &release.fetched) {
            (Some(Upload { key, etag, version_id, .. }), _) => {
                let found = self.artifacts.find(bucket, key, version_id.as_deref()).await?;
                // In a bucket with versions, this is always the same one.
                let same = found.etag == *etag;
                // The newer upload waits for this one, and would be refused if Beanstalk had its label with this bundle.
                let waits = release.lock.on_conflict() != OnConflict::Reject;
                if same && waits && !self.artifacts.is_current(&found).await? {
                    return Err(Error::Superseded { by: format!("a newer upload of `{key}`") });
                }
                (found, same)
            }
            (None, Some(Fetched { key, checksum, .. })) => {
                let found = self.artifacts.find(bucket, key, None).await?;
                let same = found.checksum == *checksum;
                (found, same)
            }
            (None, None) => return Ok(None),
        };
        if same { Ok(Some(found)) } else { Err(Error::ArtifactChanged { key: found.key }) }
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
            match self.artifacts.find(&self.stack.artifacts.bucket, key, None).await {
                Err(Error::ArtifactMissing { .. }) => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    }
}
