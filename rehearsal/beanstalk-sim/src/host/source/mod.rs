//! Source bundles, checked and unpacked once for all instances.

mod error;
#[cfg(test)]
mod tests;
mod unpack;

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use self::error::ENTRIES;
pub(crate) use self::error::SourceError;
use self::unpack::unpack_all;
use super::extensions::{Broken, Extensions};
use super::procfile::BUILDFILE;
use super::scratch::Scratch;
use crate::bundles::LARGEST;

/// The most unpacked bytes of any bundle.
const UNPACKED: u64 = 2 * 1024 * 1024 * 1024;
/// The unpacked bytes that even the smallest bundle may have.
const ALWAYS: u64 = 64 * 1024 * 1024;
/// The most times its own size that a bundle may unpack to.
const RATIO: u64 = 200;

/// The most bytes of a text that are read.
const MOST_TEXT: u64 = 256 * 1024;
/// The only folder of a WAR file without pages.
const WAR: &str = "WEB-INF";
/// The metadata folder in archives of macOS.
const MACOS: &str = "__MACOSX";
/// The folder of platform hooks.
const PLATFORM: &str = ".platform";

/// A source bundle, checked as Beanstalk does and unpacked into a folder, which is removed with the last user.
#[derive(Debug)]
pub(crate) struct Source {
    folder: Option<Scratch>,
    extensions: Result<Extensions, Broken>,
}

impl Source {
    /// The sample application: one static page.
    pub(crate) fn sample() -> Arc<Self> {
        Arc::new(Self { folder: None, extensions: Ok(Extensions::default()) })
    }

    /// Checks and unpacks a ZIP or WAR file as `unzip -o` does: of entries with one name, the last one wins, and links
    /// are made last. It blocks.
    ///
    /// A bundle with a parent folder is refused, which is *assumed*. Beanstalk documents that such a folder is not
    /// allowed; its deployments then fail or serve nothing, depending on the platform.
    pub(crate) fn unpack(bundle: &Path) -> Result<Self, SourceError> {
        Self::unpack_bounded(bundle, LARGEST, UNPACKED)
    }

    fn unpack_bounded(bundle: &Path, largest: u64, unpacked: u64) -> Result<Self, SourceError> {
        let file = File::open(bundle)?;
        let bytes = file.metadata()?.len();
        if bytes > largest {
            return Err(SourceError::TooLarge { bytes });
        }
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(SourceError::NotAZip)?;
        if archive.len() > ENTRIES {
            return Err(SourceError::TooManyEntries { count: archive.len() });
        }
        let folder = Scratch::new("source-")?;
        let bound = unpacked.min(bytes.saturating_mul(RATIO).max(ALWAYS));
        unpack_all(&mut archive, folder.path(), bound)?;
        Self::of(folder)
    }

    fn of(folder: Scratch) -> Result<Self, SourceError> {
        let mut top = Vec::new();
        for entry in fs::read_dir(folder.path())? {
            let entry = entry?;
            if entry.file_name() != MACOS {
                top.push((PathBuf::from(entry.file_name()), entry.file_type()?.is_dir()));
            }
        }
        match top.as_slice() {
            [] => return Err(SourceError::Empty),
            [(only, true)] if only.as_os_str() != WAR => {
                return Err(SourceError::ParentFolder { folder: only.display().to_string() });
            }
            [..] => {}
        }
        let extensions = Extensions::read(folder.path());
        Ok(Self { folder: Some(folder), extensions })
    }

    /// The configuration files of the bundle, or the first one that cannot be read.
    pub(crate) fn extensions(&self) -> Result<&Extensions, &Broken> {
        self.extensions.as_ref()
    }

    /// Whether a deployment has steps besides the start: hooks, a build, or sections of configuration files.
    pub(super) fn has_steps(&self) -> bool {
        let Some(folder) = self.folder() else { return false };
        let has = |name: &str| folder.join(name).exists();
        has(PLATFORM) || has(BUILDFILE) || self.extensions.as_ref().is_ok_and(Extensions::has_steps)
    }

    /// The text of a small file at the top.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.folder()?.join(file)).ok()?;
        file.take(MOST_TEXT).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// The folder of the files; the sample application has none.
    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(Scratch::path)
    }

    /// Copies all files into an existing folder. It blocks.
    pub(super) fn copy_to(&self, target: &Path) -> io::Result<()> {
        self.folder().map_or(Ok(()), |folder| copy_all(folder, target))
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            // Links are relative and stay inside, so that they do the same in the copy.
            symlink(fs::read_link(entry.path())?, target)?;
        } else if kind.is_dir() {
            fs::create_dir(&target)?;
            copy_all(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
