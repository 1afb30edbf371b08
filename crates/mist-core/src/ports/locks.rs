//! The locks of stacks.

use crate::{error::Error, names::StackName, release::state::StackState};

/// The state of a stack as it was read, or why it cannot be read.
pub type ReadState = Result<(StackName, StackState), Error>;

/// The locks of stacks: the table `mist-stacks`.
pub trait Locks {
    /// The state of `stack` at this moment. A stack without one has the default; an item that cannot be
    /// read is [`Error::InvalidItem`].
    fn state(&self, stack: &StackName) -> impl Future<Output = Result<StackState, Error>> + Send;

    /// Writes `next` if the revision is still that of `seen`. Returns whether it was; if not, nothing is
    /// written, and the caller decides again.
    fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// The states of all stacks. An item that cannot be read is [`Error::InvalidItem`] in its place.
    fn all(&self) -> impl Future<Output = Result<Vec<ReadState>, Error>> + Send;
}
