//! Why a simulator could not start.

use std::io;
use std::net::SocketAddr;

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
    /// A setting has a value that makes no sense.
    #[error("`{name}` must be a positive number, not `{value}`")]
    NotPositive {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
}
