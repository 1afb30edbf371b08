//! The state file: what the service knows, kept from one run of the simulator to the next.
//!
//! The file is replaced as a whole, so whoever reads it finds either the old or the new state. A lock file beside
//! it, `FILE.lock`, keeps a second simulator away; the operating system lets go of it however the first one ends.

mod document;

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use tokio::sync::watch;

pub(crate) use document::Document;

use crate::clock::pause;
use crate::engine::Engine;
use crate::settings::Settings;

/// How long changes are gathered before they are saved, in real time.
const SETTLE: Duration = Duration::from_millis(100);
/// Saving is followed by so many times the time that it took, so that it never takes much of all time.
const REST: u32 = 10;

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
    #[error("`{}` has version {version}, and only {} can be read", .path.display(), document::VERSION)]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        version: u64,
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

/// A state file that nobody else uses.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// What was written last.
    written: Option<Vec<u8>>,
    _lock: File,
}

impl StateFile {
    /// Takes the file and reads what is in it; a file that is not there yet knows nothing.
    pub(crate) fn open(
        path: &Path,
        settings: &Settings,
    ) -> Result<(Self, Option<Document>), StateError> {
        let failed = |source| StateError::Io { path: path.to_owned(), source };
        let mut lock_path = path.as_os_str().to_owned();
        lock_path.push(".lock");
        let lock = File::options().create(true).truncate(false).write(true).open(lock_path);
        let lock = lock.map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse(path.to_owned()),
            TryLockError::Error(source) => failed(source),
        })?;
        let document = match std::fs::read(path) {
            Ok(bytes) => Some(document::read(path, &bytes, settings)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        Ok((Self { path: path.to_owned(), written: None, _lock: lock }, document))
    }

    /// Replaces the file, unless nothing worth it has changed.
    pub(crate) fn write(&mut self, document: &Document) -> io::Result<()> {
        let knowledge = serde_json::to_vec(&document.knowledge)?;
        if self.written.as_ref() == Some(&knowledge) {
            return Ok(());
        }
        self.write_anyway(document)?;
        self.written = Some(knowledge);
        Ok(())
    }

    /// Replaces the file, even if nothing but the time has changed.
    pub(crate) fn write_anyway(&mut self, document: &Document) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        serde_json::to_writer(&mut file, document)?;
        file.flush()?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// Saves the state soon after each change, for as long as the engine lives.
pub(crate) async fn keep(engine: Weak<Engine>, mut changes: watch::Receiver<()>) {
    while changes.changed().await.is_ok() {
        pause(SETTLE).await;
        changes.mark_unchanged();
        let Some(engine) = engine.upgrade() else { return };
        let began = Instant::now();
        // A save that panicked is as good as one that failed, and the next one may work.
        let _ = tokio::task::spawn_blocking(move || engine.save()).await;
        pause(began.elapsed() * REST).await;
    }
}
