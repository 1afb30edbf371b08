//! The files of a background cloud.

use std::path::PathBuf;

use crate::error::Error;
use crate::files;

/// The files by which processes find a background cloud.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    folder: PathBuf,
}

impl Places {
    /// The files of the cloud of this target folder.
    pub(crate) fn of(target: impl Into<PathBuf>) -> Self {
        Self { folder: target.into().join("mist-local") }
    }

    /// The state file of a running cloud.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("cloud.json")
    }

    /// The lock file that the serving process holds.
    pub(crate) fn served(&self) -> PathBuf {
        self.folder.join("cloud.lock")
    }

    /// The lock file that a process holds while it starts a cloud.
    pub(crate) fn starting(&self) -> PathBuf {
        self.folder.join("up.lock")
    }

    /// The file that requests a starting cloud to stop.
    pub(crate) fn unwanted(&self) -> PathBuf {
        self.folder.join("cloud.unwanted")
    }

    /// The output of the serving process.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("cloud.log")
    }

    /// Creates the folder of these files, which only its owner can enter.
    pub(crate) fn make(&self) -> Result<(), Error> {
        files::make_private_folder(&self.folder)
    }
}
