//! The bucket that bundles are uploaded to.

use crate::{error::Error, stack::artifact::Artifact};

/// The bucket that bundles are uploaded to.
pub trait Artifacts {
    /// The bundle at `key`, with its size and first bytes checked. No object is [`Error::ArtifactMissing`], a bad one
    /// [`Error::InvalidArtifact`].
    fn find(&self, bucket: &str, key: &str)
    -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// The key directly under `prefix` that was last uploaded; `None` if there is none. Keys in a folder below it do
    /// not count, nor do those with another ending than `.zip` and `.war`.
    fn newest(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Copies `artifact` to `key` in the same bucket, as it was when it was found. Copying again changes nothing. If its
    /// content has changed, the error is [`Error::ArtifactChanged`].
    fn keep(
        &self,
        artifact: &Artifact,
        key: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
