//! The bucket that bundles are uploaded to.

use crate::{error::Error, names::VersionLabel, stack::artifact::Artifact};

/// The bucket that bundles are uploaded to.
pub trait Artifacts {
    /// The bundle at `key`, or its version `version`, with its content checked. No object is [`Error::ArtifactMissing`], a
    /// bad one [`Error::InvalidArtifact`].
    fn find(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// The object at `key`, whatever it is, with its checksum. No object is [`Error::ArtifactMissing`].
    fn describe(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// Refuses an `artifact` that Beanstalk or its instances cannot read, with the error [`Error::InvalidArtifact`]. Reads
    /// its directory, and the files that Beanstalk itself reads.
    fn check(&self, artifact: &Artifact) -> impl Future<Output = Result<(), Error>> + Send;

    /// The key directly under `prefix` that was last uploaded; `None` if there is none. Keys in a folder below it do
    /// not count, nor do those with another ending than `.zip` and `.war`.
    fn newest(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Copies `artifact` to `key` in the same bucket, as it was when it was found. Nothing is ever overwritten: an object at
    /// `key` must have the same content, otherwise the error is [`Error::KeptCopyChanged`] of `version`. If the object of
    /// `artifact` was replaced, the error is [`Error::ArtifactChanged`].
    fn keep(
        &self,
        artifact: &Artifact,
        key: &str,
        version: &VersionLabel,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
