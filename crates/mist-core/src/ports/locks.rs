//! The locks of stacks.

use crate::{error::Error, names::StackName, release::state::StackState};

/// The state of a stack, or the error of an item that cannot be read.
pub type ReadState = Result<(StackName, StackState), Error>;

/// The locks of stacks: the table `mist-stacks`.
pub trait Locks {
    /// The current state of `stack`: the default if it has none. An item that cannot be read is [`Error::InvalidItem`].
    fn state(&self, stack: &StackName) -> impl Future<Output = Result<StackState, Error>> + Send;

    /// Writes `next` if the revision is still that of `seen`. Returns `false` if it is not; then the caller decides again.
    fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// The states of all stacks. An item that cannot be read is [`Error::InvalidItem`] in its place.
    fn all(&self) -> impl Future<Output = Result<Vec<ReadState>, Error>> + Send;
}
