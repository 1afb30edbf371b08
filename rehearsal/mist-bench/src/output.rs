//! Progress for the person who waits for a measurement.

use std::{fmt::Display, io::Write as _};

/// Writes a line of progress to standard error.
pub(crate) fn note(text: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
