//! Where source bundles come from.

mod memory;
mod s3;

use std::fmt;
use std::pin::Pin;

use axum::body::Bytes;
use serde::Serialize;

pub use memory::MemoryBundles;
pub(crate) use s3::S3Bundles;

/// The place of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

/// What a [`Bundles`] will have answered.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// A store of source bundles.
pub trait Bundles: fmt::Debug + Send + Sync {
    /// Makes sure that a bundle is there, without reading it.
    fn check<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Reads a bundle.
    fn fetch<'a>(&'a self, location: &'a Location) -> Answer<'a, Bytes>;

    /// Deletes a bundle; one that is absent is fine.
    fn delete<'a>(&'a self, location: &'a Location) -> Answer<'a, ()>;

    /// Makes sure that a bucket is there.
    fn ensure_bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, ()>;
}
