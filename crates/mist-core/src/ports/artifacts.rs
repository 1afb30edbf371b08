//! The bucket that bundles are uploaded to.

use crate::{error::Error, stack::artifact::Artifact};

/// The bucket that bundles are uploaded to.
pub trait Artifacts {
    /// The bundle at `key`, checked as far as its size and first bytes tell. None there is
    /// [`Error::ArtifactMissing`], a bad one [`Error::InvalidArtifact`].
    fn find(&self, bucket: &str, key: &str)
    -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// The key directly under `prefix` that was last uploaded, if there is any. Keys in a folder below
    /// it do not count, nor do those that end with neither `.zip` nor `.war`.
    fn newest(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Copies `artifact` to `key` in the same bucket, exactly as it was when it was found; doing it
    /// again changes nothing. Another content there by now is [`Error::ArtifactChanged`].
    fn keep(
        &self,
        artifact: &Artifact,
        key: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
