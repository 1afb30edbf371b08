//! Errors of the parts that have many ways to fail.

use std::path::PathBuf;

/// Why the emulator's Python packages are not there.
#[derive(Debug, thiserror::Error)]
pub enum Python {
    /// No interpreter was found at all.
    #[error("no Python found (tried {}); install Python 3.10 or newer, or name one in MIST_PYTHON", tried.join(", "))]
    Missing {
        /// The names that were tried.
        tried: Vec<String>,
    },
    /// Every interpreter that was found is too old.
    #[error("`{}` is Python {version}; the AWS emulator needs 3.10 or newer (name another one in MIST_PYTHON)", path.display())]
    TooOld {
        /// The newest interpreter found.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// The interpreter cannot make virtual environments.
    #[error("`{}` has no module `{module}`; install it (on Debian and Ubuntu: apt install python3-venv)", path.display())]
    NoVenv {
        /// The interpreter.
        path: PathBuf,
        /// The missing module.
        module: String,
    },
    /// Making the virtual environment or filling it failed.
    #[error("{step} failed:\n{tail}")]
    Install {
        /// The step, such as "pip install".
        step: &'static str,
        /// The last lines of its output.
        tail: String,
    },
}

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
    /// The cloud was asked to stop and still runs.
    #[error("the local cloud (process {pid}) was asked to stop and still runs after {seconds} s")]
    DidNotStop {
        /// The process that serves it.
        pid: u32,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// The serving process refused or failed.
    #[error("the local cloud answered: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
}
