//! The configuration of stacks, as it was pushed.

use crate::{error::Error, names::StackName, stack::settings::Stack};

/// The configuration of stacks, as it was pushed.
pub trait Stacks {
    /// The stack `name`. None there is [`Error::UnknownStack`], one that this mist cannot read
    /// [`Error::OutdatedStackConfig`] or [`Error::InvalidStackConfig`].
    fn load(&self, name: &StackName) -> impl Future<Output = Result<Stack, Error>> + Send;
}
