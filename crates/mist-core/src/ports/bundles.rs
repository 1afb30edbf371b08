//! Bundles that are written in pieces.

use crate::{error::Error, stack::artifact::Artifact};

/// Writes bundles in pieces, so that no bundle has to fit into memory.
pub trait Bundles {
    /// A bundle that is being written.
    type Upload: Upload;

    /// Begins a bundle at `key`. The object appears with [`Upload::finish`].
    fn begin(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Future<Output = Result<Self::Upload, Error>> + Send;
}

/// A bundle that is being written. The bucket deletes one that is neither finished nor abandoned after some days.
pub trait Upload: Send {
    /// Writes the next piece. All pieces but the last one have 8 MiB.
    fn write(&mut self, piece: Vec<u8>) -> impl Future<Output = Result<(), Error>> + Send;

    /// Completes the object at its key, in one step.
    fn finish(self) -> impl Future<Output = Result<Artifact, Error>> + Send;

    /// Deletes the pieces. An error is only logged.
    fn abandon(self) -> impl Future<Output = ()> + Send;
}
