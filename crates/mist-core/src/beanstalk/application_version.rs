//! A version of an application that Beanstalk knows.

use crate::checksum::Checksum;

/// A version of an application.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApplicationVersion {
    /// Its bundle. `None` for the sample application and for builds.
    pub bundle: Option<Bundle>,
    /// Whether it can be deployed.
    pub status: VersionStatus,
    /// The checksum of its bundle, as its description has it; `None` if that has none.
    pub checksum: Option<Checksum>,
}

/// The place of a bundle in S3.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// Whether a version can be deployed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VersionStatus {
    /// It was not processed, or was processed with success: it can be deployed.
    Usable,
    /// Beanstalk is still processing or building it.
    Processing,
    /// Beanstalk rejected it.
    Failed,
}
