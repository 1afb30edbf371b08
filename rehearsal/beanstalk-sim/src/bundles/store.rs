//! What a store of source bundles can do.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

/// The largest source bundle that Beanstalk takes, in bytes.
pub(crate) const LARGEST: u64 = 512 * 1024 * 1024;

/// The place of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The S3 bucket.
    pub bucket: String,
    /// The key in the bucket.
    pub key: String,
}

/// A bundle that cannot be had; the reason is in S3's words, such as `Not Found`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unavailable {
    /// Why.
    pub reason: String,
}

impl From<&io::Error> for Unavailable {
    fn from(error: &io::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// What a [`Bundles`] will have answered.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// A store of source bundles.
pub trait Bundles: fmt::Debug + Send + Sync {
    /// Makes sure that a bundle is there, without reading it.
    fn check<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Copies a bundle to a file.
    fn fetch<'a>(&'a self, location: &'a Location, file: &'a Path) -> Answer<'a, ()>;

    /// Puts something in place of whatever is there.
    fn put<'a>(&'a self, location: &'a Location, content: Vec<u8>) -> Answer<'a, ()>;

    /// Deletes a bundle; one that is absent is fine.
    fn delete<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Makes sure that a bucket is there.
    fn ensure_bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()>;
}
