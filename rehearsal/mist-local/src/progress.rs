//! Where the local cloud says what it is doing.

use std::fmt;
use std::sync::Arc;

/// A callback that gets one line of text per step; cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Says everything to `listener`.
    pub fn new(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Says nothing.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Passes one line, without its line end, to the listener.
    pub fn say(&self, line: &str) {
        (self.0)(line);
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::silent()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Progress")
    }
}
