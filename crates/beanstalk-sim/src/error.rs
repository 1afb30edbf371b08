//! Why a simulator could not start.

use std::io;
use std::net::SocketAddr;

use crate::event_bridge::NotAnEndpoint;
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
    /// Events cannot be sent to the endpoint of the settings.
    #[error("`events_endpoint`: {problem}")]
    EventsEndpoint {
        /// What is wrong with it.
        problem: String,
    },
    /// A setting has a value that makes no sense.
    #[error("`{name}` must be a positive number, not `{value}`")]
    NotPositive {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
}

impl From<NotAnEndpoint> for Error {
    fn from(error: NotAnEndpoint) -> Self {
        Self::EventsEndpoint { problem: error.to_string() }
    }
}
