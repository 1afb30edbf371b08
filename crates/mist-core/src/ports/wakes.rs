//! Wake-ups for functions that look at what others wait for.

use std::time::Duration;

use crate::{error::Error, release::state::WaitKind};

/// Wake-ups: messages in the queue of the function that looks.
pub trait Wakes {
    /// Wakes the function that ends waits of `kind`, after at most `delay` (15 minutes if it is longer). It
    /// looks at all waits then, so one wake-up more is harmless.
    fn wake(
        &self,
        kind: WaitKind,
        delay: Duration,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}
