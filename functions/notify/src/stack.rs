//! The stack of the execution.

use mist_core::{error::Error, ports::Stacks, stack::settings::Stack};
use mist_lambda::Ended;

/// The stack of the execution; `None` if its input names none, or one that does not exist.
pub(crate) async fn load(stacks: &impl Stacks, ended: &Ended) -> Result<Option<Stack>, Error> {
    let Some(name) = ended.stack() else { return Ok(None) };
    match stacks.load(&name).await {
        Ok(stack) => Ok(Some(stack)),
        Err(Error::UnknownStack { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
