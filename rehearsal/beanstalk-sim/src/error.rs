//! Errors that keep a simulator from starting.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An error that keeps a simulator from starting. Nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the API is in use, or is not an address of this machine.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address in the settings.
        address: SocketAddr,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// No port could be reserved for the environments.
    #[error("cannot reserve a port for the environments")]
    DataPort(#[source] io::Error),
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A setting has an invalid value.
    #[error("`{name}` {problem}")]
    Setting {
        /// The setting, such as `time_scale`.
        name: &'static str,
        /// The rule that the value breaks.
        problem: String,
    },
}

/// An error that keeps a simulator from using a state file. The file is not changed.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another simulator uses the file.
    #[error("another simulator uses `{}`", .0.display())]
    InUse(PathBuf),
    /// The file or its folder cannot be read or written.
    #[error("cannot use state file `{}`", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or is not a state file.
    #[error("`{}` is damaged, or is not a state file: {problem}; delete it or choose another file", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The damage, with its place in the file.
        problem: String,
    },
    /// The file was written by another version of the simulator.
    #[error("state file `{}` has version {version}, but this simulator reads version {known}; choose another file", .path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The format version of the file.
        version: u64,
        /// The format version that this simulator reads and writes.
        known: u64,
    },
    /// The file belongs to another account or region.
    #[error("state file `{}` belongs to account {account} in {region}; choose another file", .path.display())]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// The region of the file.
        region: String,
        /// The account of the file.
        account: String,
    },
}
