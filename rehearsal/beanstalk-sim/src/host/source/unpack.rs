//! The unpacking of bundles.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::read::ZipFile;
use zip::{System, ZipArchive};

use super::error::{Refusal, SourceError};

/// The longest target of a link, in bytes.
const LONGEST_TARGET: u64 = 4096;
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
    // No file is written through a link, because links are made after all files.
    let mut links = BTreeMap::new();
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
        let place = folder.join(&path);
        links.remove(&place);
        let written = if entry.is_symlink() {
            let (link, size) = read_link(&mut entry, &path, &place).map_err(refused)?;
            links.insert(place, (name.clone(), link));
            size
        } else {
            unpack_one(&mut entry, &place, left).map_err(refused)?
        };
        left = left
            .checked_sub(written)
            .ok_or_else(|| SourceError::Bomb { bound, entry: name.clone() })?;
    }
    for (place, (entry, target)) in links {
        symlink(target, place).map_err(|error| {
            let refusal = in_the_way(error);
            SourceError::Entry { entry, refusal }
        })?;
    }
    Ok(())
}

/// The path of an entry below the folder of the source.
fn path_of<R: Read>(entry: &ZipFile<'_, R>) -> Result<PathBuf, Refusal> {
    let name = std::str::from_utf8(entry.name_raw()).map_err(|_| Refusal::NotUtf8)?;
    // On other systems, a backslash is a character like any other.
    if entry.system() == System::Dos && name.contains('\\') && !name.contains('/') {
        return Err(Refusal::Backslash);
    }
    if name.contains('\0') {
        return Err(Refusal::Unusable);
    }
    match entry.unix_mode().map(|mode| mode & KIND) {
        _ if entry.is_symlink() => {}
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
    make_room(path)?;
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

/// Removes a file in the place of an entry, which overwrites it.
fn make_room(path: &Path) -> Result<(), Refusal> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(in_the_way(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Reads the target of a link and makes room for it. Returns the target and its size.
fn read_link<R: Read>(
    entry: &mut ZipFile<'_, R>,
    path: &Path,
    place: &Path,
) -> Result<(PathBuf, u64), Refusal> {
    let mut target = String::new();
    let read = entry.by_ref().take(LONGEST_TARGET + 1).read_to_string(&mut target);
    let size = read.map_err(Refusal::Unreadable)? as u64;
    let target = PathBuf::from(target);
    if size > LONGEST_TARGET || !stays_inside(path, &target) {
        return Err(Refusal::Link);
    }
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(in_the_way)?;
    }
    make_room(place)?;
    Ok((target, size))
}

/// Whether the target of a link at a path of the bundle is inside the bundle.
///
/// `..` is allowed at the beginning only, where it leaves real folders. After a name it could leave the target of
/// another link.
fn stays_inside(path: &Path, target: &Path) -> bool {
    let folders = path.components().count().saturating_sub(1);
    let mut components = target.components().peekable();
    let mut up = 0;
    while let Some(Component::ParentDir | Component::CurDir) = components.peek() {
        up += usize::from(components.next() == Some(Component::ParentDir));
    }
    let is_path = !target.as_os_str().is_empty();
    is_path
        && up <= folders
        && components.all(|component| matches!(component, Component::Normal(_)))
        && !target.to_string_lossy().contains('\0')
}

fn in_the_way(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => Refusal::Both,
        io::ErrorKind::InvalidFilename => Refusal::Unusable,
        _ => Refusal::Unreadable(error),
    }
}
