//! The state file of a background cloud.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::setup::SetupOutputs;
use crate::endpoints::Endpoints;
use crate::error::{Context, Error};

/// A running background cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudState {
    /// The id of the serving process; for people, not for signals.
    pub pid: u32,
    /// The port of its control API.
    pub control_port: u16,
    /// The token of orders and answers: it proves that the sender may read this file.
    pub token: String,
    /// The time of its start, in seconds since 1970.
    pub started: u64,
    /// The addresses of its services.
    pub endpoints: Endpoints,
    /// The outputs of its setup.
    #[serde(rename = "furnished")]
    pub outputs: SetupOutputs,
    /// The logs of the AWS emulator and its functions, and of the serving process.
    pub logs: Vec<PathBuf>,
}

impl CloudState {
    /// The file's content; `None` if the file does not exist or is not complete.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Error> {
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io { what: format!("read `{}`", path.display()), source }),
        }
    }

    /// Writes the file atomically, readable for its owner only.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let what = || format!("write `{}`", path.display());
        let half = path.with_extension("part");
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::from).context(what)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)
            .context(what)?;
        file.write_all(&text).context(what)?;
        fs::rename(&half, path).context(what)
    }
}

/// Removes a file; does nothing if it does not exist.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::Io { what: format!("remove `{}`", path.display()), source: error })
        }
        _ => Ok(()),
    }
}
