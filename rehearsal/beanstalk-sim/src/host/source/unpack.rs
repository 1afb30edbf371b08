//! The unpacking of bundles.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::{Refusal, SourceError};

/// The file type bits of a Unix mode.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// Unpacks all entries, up to `bound` bytes in total. The error names the refused entry.
pub(super) fn unpack_all(
    archive: &mut ZipArchive<BufReader<File>>,
    folder: &Path,
    bound: u64,
) -> Result<(), SourceError> {
    let mut left = bound;
    for index in 0..archive.len() {
        let name = String::from_utf8_lossy(
            archive.by_index_raw(index).map_err(SourceError::NotAZip)?.name_raw(),
        )
        .escape_debug()
        .to_string();
        let refused = |refusal| SourceError::Entry { entry: name.clone(), refusal };
        let mut entry =
            archive.by_index(index).map_err(|error| refused(Refusal::Unreadable(error.into())))?;
        let path = path_of(&entry).map_err(refused)?;
        let written = unpack_one(&mut entry, &folder.join(path), left).map_err(refused)?;
        left = left
            .checked_sub(written)
            .ok_or_else(|| SourceError::Bomb { bound, entry: name.clone() })?;
    }
    Ok(())
}

/// The path of an entry below the folder of the source.
fn path_of<R: Read>(entry: &ZipFile<'_, R>) -> Result<PathBuf, Refusal> {
    let name = std::str::from_utf8(entry.name_raw()).map_err(|_| Refusal::NotUtf8)?;
    if name.contains('\\') {
        return Err(Refusal::Backslash);
    }
    if name.contains('\0') {
        return Err(Refusal::Unusable);
    }
    match entry.unix_mode().map(|mode| mode & KIND) {
        _ if entry.is_symlink() => return Err(Refusal::Link),
        None | Some(0 | REGULAR | FOLDER) => {}
        Some(_) => return Err(Refusal::Special),
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(Refusal::Outside),
            Component::RootDir | Component::Prefix(_) => return Err(Refusal::Absolute),
        }
    }
    if path.as_os_str().is_empty() && !entry.is_dir() { Err(Refusal::Unusable) } else { Ok(path) }
}

/// Writes one entry, up to one byte more than `left`, and returns the number of bytes.
fn unpack_one<R: Read>(entry: &mut ZipFile<'_, R>, path: &Path, left: u64) -> Result<u64, Refusal> {
    if entry.is_dir() {
        return fs::create_dir_all(path).map(|()| 0).map_err(in_the_way);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(in_the_way)?;
    }
    // The owner must be able to copy and delete the files.
    let mode = entry.unix_mode().map_or(0o644, |mode| mode & 0o777 | 0o600);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(in_the_way)?;
    // The umask may have removed bits.
    file.set_permissions(Permissions::from_mode(mode)).map_err(Refusal::Unreadable)?;
    // The size in the archive's directory may be false, so the bytes are counted.
    let bound = left.saturating_add(1);
    io::copy(&mut entry.by_ref().take(bound), &mut file).map_err(Refusal::Unreadable)
}

fn in_the_way(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => Refusal::Twice,
        io::ErrorKind::InvalidFilename => Refusal::Unusable,
        _ => Refusal::Unreadable(error),
    }
}
