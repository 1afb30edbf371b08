//! The files of a background cloud.

use std::path::PathBuf;

use crate::error::{Context, Error};

/// The files by which processes find each other.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    folder: PathBuf,
}

impl Places {
    /// Those of the cloud that keeps everything below this target folder.
    pub(crate) fn of(target: impl Into<PathBuf>) -> Self {
        Self { folder: target.into().join("mist-local") }
    }

    /// Where a running cloud says how to reach it.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("cloud.json")
    }

    /// Locked as long as a cloud is served.
    pub(crate) fn served(&self) -> PathBuf {
        self.folder.join("cloud.lock")
    }

    /// Locked while somebody starts one.
    pub(crate) fn starting(&self) -> PathBuf {
        self.folder.join("up.lock")
    }

    /// There when somebody wants a cloud to stop that is not there yet.
    pub(crate) fn unwanted(&self) -> PathBuf {
        self.folder.join("cloud.unwanted")
    }

    /// What the serving process prints.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("cloud.log")
    }

    /// Makes the folder of all these.
    pub(crate) fn make(&self) -> Result<(), Error> {
        std::fs::create_dir_all(&self.folder)
            .context(|| format!("make `{}`", self.folder.display()))
    }
}
