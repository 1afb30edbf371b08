//! Wake-ups for functions that end the waits of tasks.

use std::time::Duration;

use crate::{error::Error, release::state::WaitKind};

/// Wake-ups: messages in the queues of the functions that look at waiting tasks.
pub trait Wakes {
    /// Wakes the function that ends waits of `kind` after `delay`, or after 15 minutes if `delay` is longer. The function
    /// looks at all waits, so a wake-up too many is harmless.
    fn wake(
        &self,
        kind: WaitKind,
        delay: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
