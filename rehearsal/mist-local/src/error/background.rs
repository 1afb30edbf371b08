//! The errors of a background cloud.

use std::path::PathBuf;

/// The reason why a background cloud cannot be started, called or stopped.
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
    /// The serving process ended at its start, or did not answer.
    #[error("the local cloud did not start: {reason}\n{log_tail}")]
    DidNotStart {
        /// The exit status, or the time limit that passed.
        reason: String,
        /// The last lines of its log.
        log_tail: String,
    },
    /// The cloud was stopped before it was ready.
    #[error("the local cloud was stopped while it started")]
    StoppedMeanwhile,
    /// The cloud is still starting and has not stopped in time.
    #[error("the local cloud is still starting and has not stopped after {seconds} s")]
    StillStarting {
        /// The time limit, in seconds.
        seconds: u64,
    },
    /// The cloud still runs although it was requested to stop.
    #[error("the local cloud (process {pid}) still runs {seconds} s after the request to stop")]
    DidNotStop {
        /// The process that serves it.
        pid: u32,
        /// The time limit, in seconds.
        seconds: u64,
    },
    /// The setup of the cloud failed.
    #[error("setup of the local cloud failed: {reason}")]
    Setup {
        /// The error, with its causes.
        reason: String,
    },
    /// The serving process refused or failed.
    #[error("the local cloud answered: {message}")]
    Refused {
        /// The error that it answered.
        message: String,
    },
}
