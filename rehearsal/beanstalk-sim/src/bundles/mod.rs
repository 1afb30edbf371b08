//! Stores of source bundles.

mod memory;
mod s3;
mod store;

pub use memory::MemoryBundles;
pub(crate) use s3::S3Bundles;
pub(crate) use store::LARGEST;
pub use store::{Answer, Bundles, Location, Unavailable};
