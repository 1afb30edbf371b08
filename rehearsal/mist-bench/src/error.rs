//! The error of a measurement.

use std::error::Error;

/// The reason why a measurement failed.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The result of a measurement.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;
