//! Sides: which of its two environments a stack means.

use serde::{Deserialize, Serialize};
use strum::Display;

/// One of the two environments of a stack.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
pub enum Side {
    /// The first environment.
    A,
    /// The second environment.
    B,
}

impl Side {
    /// Both sides, A first.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}
