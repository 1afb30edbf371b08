//! Why a simulator could not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

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

/// Why a simulator cannot use a state file; the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another simulator has it.
    #[error("another simulator uses `{}`", .0.display())]
    InUse(PathBuf),
    /// The file, or its folder, cannot be read or written.
    #[error("cannot use `{}`", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or no state of a simulator.
    #[error("`{}` is damaged, or no state of a simulator: {problem}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
    },
    /// The file was written by another version of the simulator.
    #[error("`{}` has version {version}, and only {known} can be read", .path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        version: u64,
        /// The version that this simulator reads and writes.
        known: u64,
    },
    /// The file is about another place.
    #[error("`{}` is the state of account {account} in {region}", .path.display())]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// Its region.
        region: String,
        /// Its account.
        account: String,
    },
}
