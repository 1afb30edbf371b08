//! A version of an application that Beanstalk knows.

/// A version of an application.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApplicationVersion {
    /// Where its bundle lies. Absent for the sample application and for builds.
    pub bundle: Option<Bundle>,
    /// Whether it can be deployed.
    pub status: VersionStatus,
}

/// Where a bundle lies in S3.
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
    /// Never checked, or checked and found good: it can be deployed.
    Usable,
    /// Beanstalk is still checking or building it.
    Processing,
    /// Beanstalk refused it.
    Failed,
}
