//! From an archive with a top folder to a bundle without one.

use std::{
    io::{self, Read, Write},
    path::{Component, Path},
};

use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, tz::TimeZone};
use tar::{Archive, Entry, EntryType};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::ignored::{IGNORE_FILE, Ignored};

/// The limits of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The bytes of all files, unpacked. Ignored files count too, since they must be read.
    pub unpacked: u64,
    /// The number of files. More files need the format ZIP64, which some tools cannot read.
    pub files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 4 * 1024 * 1024 * 1024, files: 65_535 }
    }
}

/// The reason why an archive cannot become a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The content is unfit. A retry does not help.
    #[error("{0}")]
    Content(String),
    /// The archive could not be read, or the bundle could not be written.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

fn unfit<T>(problem: String) -> Result<T, Unfit> {
    Err(Unfit::Content(problem))
}

/// Reads a `tar.gz` from `archive` and writes its files to the zip `bundle`: without the top folder, without files that
/// are `ignored`, in the same order, with times and executable bits. Returns the number of files. The same archive makes
/// the same bytes.
pub fn reroot(
    archive: impl Read,
    ignored: &Ignored,
    limits: Limits,
    bundle: impl Write,
) -> Result<u64, Unfit> {
    let unpacked = Counted { inner: MultiGzDecoder::new(archive), left: limits.unpacked };
    let mut archive = Archive::new(unpacked);
    let mut bundle = ZipWriter::new_stream(bundle);
    let (mut files, mut root) = (0, None);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        // A global header, in which GitHub puts the name of the commit.
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let Some(path) = inner_path(&entry, &mut root)? else { continue };
        if kind == EntryType::Directory || path == IGNORE_FILE || ignored.covers(&path) {
            continue;
        }
        if !kind.is_file() {
            return unfit(format!(
                "`{path}` is a {}, and a bundle can only contain files; remove it from the repository, or \
                 add it to `{IGNORE_FILE}`",
                describe(kind)
            ));
        }
        files += 1;
        if files > limits.files {
            return unfit(format!(
                "it has more than {} files; add those that are not needed to `{IGNORE_FILE}`",
                limits.files
            ));
        }
        bundle.start_file(path, options(&entry)?).map_err(io::Error::from)?;
        io::copy(&mut entry, &mut bundle)?;
    }
    if files == 0 {
        return unfit("it has no files, or all of them are ignored".to_owned());
    }
    // The checksum after the last file shows whether the archive is complete.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    bundle.finish().map_err(io::Error::from)?;
    Ok(files)
}

/// The path of `entry` in the top folder; `None` for the top folder itself.
fn inner_path<R: Read>(
    entry: &Entry<'_, R>,
    root: &mut Option<String>,
) -> Result<Option<String>, Unfit> {
    let path = entry.path()?;
    let shown = path.display().to_string();
    let Some(parts) = plain(&path) else {
        return unfit(format!("`{shown}` is outside of the archive, or is not text"));
    };
    let Some((first, rest)) = parts.split_first() else { return Ok(None) };
    if *root.get_or_insert_with(|| (*first).to_owned()) != **first {
        return unfit(format!("`{shown}` is not in the top folder"));
    }
    if rest.is_empty() {
        return match entry.header().entry_type() {
            EntryType::Directory => Ok(None),
            _ => unfit(format!("`{shown}` is not in a folder")),
        };
    }
    Ok(Some(rest.join("/")))
}

/// The parts of `path`; `None` if one is not a plain name.
fn plain(path: &Path) -> Option<Vec<&str>> {
    let names = path.components().filter(|component| *component != Component::CurDir);
    let name = |component| match component {
        // On Windows, a backslash separates folders.
        Component::Normal(name) => name.to_str().filter(|name| !name.contains('\\')),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            None
        }
    };
    names.map(name).collect()
}

fn describe(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink => "symbolic link",
        EntryType::Link => "hard link",
        EntryType::Char | EntryType::Block => "device",
        EntryType::Fifo => "pipe",
        _ => "file of an unknown type",
    }
}

// The time is that of the commit. Web servers send it to browsers, which cache by it.
fn options<R: Read>(entry: &Entry<'_, R>) -> Result<SimpleFileOptions, Unfit> {
    let header = entry.header();
    let executable = header.mode()? & 0o111 != 0;
    let seconds = i64::try_from(header.mtime()?).unwrap_or_default();
    let time = Timestamp::from_second(seconds).unwrap_or_default().to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let time = DateTime::from_date_and_time(
        u16::try_from(time.year()).unwrap_or_default(),
        part(time.month()),
        part(time.day()),
        part(time.hour()),
        part(time.minute()),
        part(time.second()),
    );
    Ok(SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // The default is 1980, the earliest time of a zip.
        .last_modified_time(time.unwrap_or_default())
        .unix_permissions(if executable { 0o755 } else { 0o644 }))
}

/// A reader that fails after more bytes than its limit.
struct Counted<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "larger than the limit of a bundle")
        })?;
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests;
