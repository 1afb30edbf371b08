//! Time limits that several clients share.

use std::time::Duration;

/// The time limit for a connection.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
