//! The state file of one process.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::document::{self, Document};
use crate::error::StateError;
use crate::settings::Settings;

/// A locked state file.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// The state that was written last.
    written: Option<Vec<u8>>,
    _lock: File,
}

impl StateFile {
    /// Locks the file and reads it. A missing file has no document.
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

    /// Replaces the file, unless nothing but the time has changed.
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
