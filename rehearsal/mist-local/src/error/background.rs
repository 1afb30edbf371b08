//! What can go wrong with a background cloud.

use std::path::PathBuf;

/// Why a background cloud cannot be started, asked or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Background {
    /// Another process already serves a cloud for this folder.
    #[error("a local cloud already runs for `{}`", folder.display())]
    AlreadyServed {
        /// The folder of the cloud.
        folder: PathBuf,
    },
    /// No cloud runs for this folder.
    #[error("no local cloud runs; start one with `mist local up`")]
    NotRunning,
    /// The serving process ended or stayed silent at its start.
    #[error("the local cloud did not start: {reason}\n{log_tail}")]
    DidNotStart {
        /// What was seen.
        reason: String,
        /// The last lines of its log.
        log_tail: String,
    },
    /// Somebody asked it to stop before it was there.
    #[error("the local cloud was stopped while it started")]
    StoppedMeanwhile,
    /// The cloud did not stop while it started.
    #[error("the local cloud is being started and does not stop after {seconds} s")]
    StillStarting {
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The cloud was asked to stop and still runs.
    #[error("the local cloud (process {pid}) was asked to stop and still runs after {seconds} s")]
    DidNotStop {
        /// The process that serves it.
        pid: u32,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The setup of the cloud failed.
    #[error("setup of the local cloud failed: {reason}")]
    Setup {
        /// Why not, with its causes.
        reason: String,
    },
    /// The serving process refused or failed.
    #[error("the local cloud answered: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
}
