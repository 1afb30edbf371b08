//! The uploaded and fetched bundles of a stack.

use mist_core::{
    checksum::Checksum,
    error::Error,
    names::VersionLabel,
    ports::Artifacts,
    release::{
        request::{Fetched, ReleaseRequest, Upload},
        state::Queued,
    },
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
    /// The releases that wait for the lock.
    pub(crate) queue: &'a [Queued],
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

    /// Ends `release` if a newer upload of `given` goes live instead. That one would be refused once Beanstalk has its
    /// label with this bundle. It must be in the queue, and sound: otherwise neither might go live.
    pub(crate) async fn give_way(
        &self,
        release: &ReleaseRequest,
        given: &Artifact,
    ) -> Result<(), Error> {
        let Some(Upload { key, time, .. }) = &release.upload else { return Ok(()) };
        let newer = |it: &Queued| it.reason == release.reason && it.uploaded_at > Some(*time);
        if !self.queue.iter().any(newer) {
            return Ok(());
        }
        match self.sound(key).await {
            Ok(newer) if newer.version_id != given.version_id => {
                Err(Error::Superseded { by: format!("a newer upload of `{key}`") })
            }
            Ok(_) => Ok(()),
            Err(error) if is_of_bundle(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The object at `key`, if it is a sound bundle.
    async fn sound(&self, key: &str) -> Result<Artifact, Error> {
        let found = self.artifacts.find(&self.stack.artifacts.bucket, key, None).await?;
        self.artifacts.check(&found).await?;
        Ok(found)
    }

    /// The bundle of `version` with the content `wanted`, uploaded to `key` or as a war, or fetched; `None` if there is
    /// none. Others are passed over.
    pub(crate) async fn with_content(
        &self,
        (version, key): (&VersionLabel, &str),
        wanted: Checksum,
    ) -> Result<Option<Artifact>, Error> {
        for key in self.places(version, key) {
            match self.artifacts.find(&self.stack.artifacts.bucket, &key, None).await {
                Ok(found) if found.checksum == wanted => return Ok(Some(found)),
                Ok(_) => {}
                Err(error) if is_of_bundle(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The bundle of `version`, uploaded to `key` or as a war, or fetched; `None` if there is none.
    pub(crate) async fn of(
        &self,
        version: &VersionLabel,
        key: &str,
    ) -> Result<Option<Artifact>, Error> {
        for key in self.places(version, key) {
            match self.artifacts.find(&self.stack.artifacts.bucket, &key, None).await {
                Err(Error::ArtifactMissing { .. }) => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    }

    fn places(&self, version: &VersionLabel, key: &str) -> [String; 3] {
        let war = format!("{}/{version}.war", self.folder());
        [key.to_owned(), war, fetched_key(&self.stack.application, version)]
    }
}

/// Whether `error` is a fault of the bundle that was looked at, and not of the service.
fn is_of_bundle(error: &Error) -> bool {
    matches!(
        error,
        Error::ArtifactMissing { .. }
            | Error::InvalidArtifact { .. }
            | Error::ArtifactChanged { .. }
    )
}
