//! The trait of stores of source bundles.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

/// The largest source bundle that Beanstalk accepts, in bytes.
pub(crate) const LARGEST: u64 = 512 * 1024 * 1024;

/// The location of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The S3 bucket.
    pub bucket: String,
    /// The key in the bucket.
    pub key: String,
}

/// An object that is not available.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unavailable {
    /// The reason in the words of S3, such as `Not Found`.
    pub reason: String,
}

impl From<&io::Error> for Unavailable {
    fn from(error: &io::Error) -> Self {
        Self { reason: error.to_string() }
    }
}

/// The future of a result of [`Bundles`].
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// A store of source bundles and of the files in the storage bucket.
pub trait Bundles: fmt::Debug + Send + Sync {
    /// Checks that a bundle exists, without reading it.
    fn check<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Copies a bundle to a file.
    fn fetch<'a>(&'a self, location: &'a Location, file: &'a Path) -> Answer<'a, ()>;

    /// Stores an object and replaces the previous one.
    fn put<'a>(&'a self, location: &'a Location, content: Vec<u8>) -> Answer<'a, ()>;

    /// Deletes an object. A missing one is not an error.
    fn delete<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Creates a bucket if it does not exist.
    fn ensure_bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()>;

    /// Whether the store takes uploads that no call asks for, such as deployment logs. Default: yes.
    fn takes_logs(&self) -> bool {
        true
    }
}
