//! A cloud that goes on in the background: started, asked, emptied and stopped from other processes.

mod client;
mod control;
mod error;
mod serve;
mod state;

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::cloud::Cloud;
use crate::error::{Error, causes};

pub use client::{Status, Up, down, reset, status, up};
pub use error::Background;
pub use serve::{Service, serve};
pub use state::CloudState;

/// Puts into a cloud what its user wants there, when it starts and after each reset. What it gives can be
/// read in [`CloudState::furnished`].
pub type Furnish = Arc<dyn Fn(Arc<Cloud>) -> Furnishing + Send + Sync>;

/// A [`Furnish`] under way.
pub type Furnishing =
    Pin<Box<dyn Future<Output = Result<Furnished, Box<dyn StdError + Send + Sync>>> + Send>>;

/// What is in a cloud, by name: outputs of stacks, addresses of sites.
pub type Furnished = BTreeMap<String, String>;

async fn furnish(with: &Furnish, cloud: &Arc<Cloud>) -> Result<Furnished, Error> {
    with(Arc::clone(cloud))
        .await
        .map_err(|error| Background::Furnish { reason: causes(error.as_ref()) }.into())
}

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
        use crate::error::Doing as _;
        std::fs::create_dir_all(&self.folder).doing(|| format!("make `{}`", self.folder.display()))
    }
}

#[cfg(test)]
mod tests;
