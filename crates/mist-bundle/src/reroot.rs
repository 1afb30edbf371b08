//! From an archive with a folder around everything to a bundle without one.

use std::{
    io::{self, Read, Write},
    path::{Component, Path},
};

use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, tz::TimeZone};
use tar::{Archive, Entry, EntryType};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{IGNORE_FILE, Ignored};

/// How much a bundle may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// All files together, unpacked, in bytes; ignored ones count as well, since they must be read.
    pub unpacked: u64,
    /// How many files. More would need a newer kind of zip, which not every tool reads.
    pub files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 4 * 1024 * 1024 * 1024, files: 65_535 }
    }
}

/// Why an archive became no bundle.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// What it holds makes none; asking again does not help.
    #[error("{0}")]
    Content(String),
    /// It could not be read to its end, or the bundle could not be written.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

fn unfit<T>(problem: String) -> Result<T, Unfit> {
    Err(Unfit::Content(problem))
}

/// Reads a `tar.gz` from `archive`, and writes its files into the zip `bundle`: without the one folder that
/// they are all in, without those that are `ignored`, in their order, with their times and executable bits.
/// Gives how many there are. The same archive makes the same bytes.
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
        // What holds for all that follows: GitHub puts the name of the commit there.
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let Some(path) = inner_path(&entry, &mut root)? else { continue };
        if kind == EntryType::Directory || path == IGNORE_FILE || ignored.covers(&path) {
            continue;
        }
        if !kind.is_file() {
            return unfit(format!(
                "`{path}` is a {}, and a bundle can only have files; take it out of the repository, or \
                 name it in `{IGNORE_FILE}`",
                describe(kind)
            ));
        }
        files += 1;
        if files > limits.files {
            return unfit(format!(
                "it has more than {} files; name those in `{IGNORE_FILE}` that are not needed",
                limits.files
            ));
        }
        bundle.start_file(path, options(&entry)?).map_err(io::Error::from)?;
        io::copy(&mut entry, &mut bundle)?;
    }
    if files == 0 {
        return unfit("it has no files, or all of them are ignored".to_owned());
    }
    // What comes after the last file tells whether the archive is whole.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    bundle.finish().map_err(io::Error::from)?;
    Ok(files)
}

/// The path of `entry` below the folder that everything is in; `None` for that folder itself.
fn inner_path<R: Read>(
    entry: &Entry<'_, R>,
    root: &mut Option<String>,
) -> Result<Option<String>, Unfit> {
    let path = entry.path()?;
    let shown = path.display().to_string();
    let Some(parts) = plain(&path) else {
        return unfit(format!("`{shown}` leads out of the archive, or is no text"));
    };
    let Some((first, rest)) = parts.split_first() else { return Ok(None) };
    if *root.get_or_insert_with(|| (*first).to_owned()) != **first {
        return unfit(format!("`{shown}` is not in the one folder that everything else is in"));
    }
    if rest.is_empty() {
        return match entry.header().entry_type() {
            EntryType::Directory => Ok(None),
            _ => unfit(format!("`{shown}` is not in a folder")),
        };
    }
    Ok(Some(rest.join("/")))
}

/// The parts of `path`, if it is nothing but names.
fn plain(path: &Path) -> Option<Vec<&str>> {
    let names = path.components().filter(|component| *component != Component::CurDir);
    let name = |component| match component {
        // Where a backslash parts folders, it would lead elsewhere.
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
        _ => "thing of an unknown kind",
    }
}

// The time is that of the commit: web servers tell browsers by it whether a page has changed.
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
        // Earlier than a zip can say is its earliest.
        .last_modified_time(time.unwrap_or_default())
        .unix_permissions(if executable { 0o755 } else { 0o644 }))
}

/// Ends with an error when more comes than it may.
struct Counted<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, "more than a bundle may hold")
        })?;
        Ok(read)
    }
}

#[cfg(test)]
pub(crate) mod tests;
