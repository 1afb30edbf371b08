//! The pushed configuration of stacks.

use crate::{error::Error, names::StackName, stack::settings::Stack};

/// The pushed configuration of stacks.
pub trait Stacks {
    /// The stack `name`. A missing stack is [`Error::UnknownStack`], one that cannot be read
    /// [`Error::OutdatedStackConfig`] or [`Error::InvalidStackConfig`].
    fn load(&self, name: &StackName) -> impl Future<Output = Result<Stack, Error>> + Send;
}
