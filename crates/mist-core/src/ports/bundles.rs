//! Bundles that are written piece by piece.

use crate::{error::Error, stack::artifact::Artifact};

/// Writes bundles piece by piece, so that none is ever whole in memory.
pub trait Bundles {
    /// A bundle that is being written.
    type Upload: Upload;

    /// Begins a bundle at `key`. Nothing is there before [`Upload::finish`].
    fn begin(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Future<Output = Result<Self::Upload, Error>> + Send;
}

/// A bundle that is being written. One that is neither finished nor abandoned is thrown away by the bucket
/// some days later.
pub trait Upload: Send {
    /// Writes the next piece. All pieces have 8 MiB, but for the last one.
    fn write(&mut self, piece: Vec<u8>) -> impl Future<Output = Result<(), Error>> + Send;

    /// Puts the whole bundle to its key, in one step.
    fn finish(self) -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// Throws away what was written. What goes wrong then is only logged.
    fn abandon(self) -> impl Future<Output = ()> + Send;
}
