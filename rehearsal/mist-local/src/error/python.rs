//! The reasons why the AWS emulator cannot be installed.

use std::path::PathBuf;

/// The reason why the emulator's Python packages are not installed.
#[derive(Debug, thiserror::Error)]
pub enum Python {
    /// No interpreter was found.
    #[error("no Python found (tried {}); install Python 3.10 or newer, or set MIST_PYTHON", tried.join(", "))]
    Missing {
        /// The names that were tried.
        tried: Vec<String>,
    },
    /// Every interpreter that was found is too old.
    #[error("`{}` is Python {version}; the AWS emulator needs 3.10 or newer; set MIST_PYTHON", path.display())]
    TooOld {
        /// The newest interpreter found.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// The interpreter cannot create virtual environments.
    #[error("`{}` has no module `{module}`; install it (on Debian and Ubuntu: apt install python3-venv)", path.display())]
    NoVenv {
        /// The interpreter.
        path: PathBuf,
        /// The missing module.
        module: String,
    },
    /// The virtual environment cannot be created, or a package cannot be installed.
    #[error("{step} failed:\n{tail}")]
    Install {
        /// The step, such as "pip install".
        step: &'static str,
        /// The last lines of its output.
        tail: String,
    },
}
