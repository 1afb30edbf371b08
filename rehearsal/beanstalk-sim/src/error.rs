//! Why a simulator could not start.

use std::io;
use std::net::SocketAddr;

use crate::state::StateError;

/// A start that failed; nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the API is taken or not ours.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// No port could be reserved for the environments.
    #[error("cannot reserve a port for the environments")]
    DataPort(#[source] io::Error),
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A setting has a value that makes no sense.
    #[error("`{name}` {problem}")]
    Setting {
        /// The setting, such as `time_scale`.
        name: &'static str,
        /// What it must be, and is not.
        problem: String,
    },
}
