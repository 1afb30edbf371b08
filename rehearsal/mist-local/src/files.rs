//! The folders and files of local clouds in the target folder.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::error::{Context, Error};

/// The number of folders of ended clouds that are kept for their logs.
const KEPT_RUNS: usize = 8;

/// The permissions of files and folders that only their owner can read.
const OWN_FILE: u32 = 0o600;
const OWN_FOLDER: u32 = 0o700;

/// The folder of one running cloud: logs, and a scratch folder that the emulator's launcher removes.
///
/// The lock shows other processes that it is in use. The operating system releases it when the process ends.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Creates a folder in `<folder>/runs`, and removes the oldest folders that are not in use.
    pub(crate) fn create(folder: &Path) -> Result<Self, Error> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let runs = folder.join("runs");
        sweep(&runs);
        let millis = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map(|age| age.as_millis())
            .unwrap_or_default();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = runs.join(format!("{millis}-{}-{count}", std::process::id()));
        for private in [folder, &runs, &path, &path.join("scratch")] {
            make_private_folder(private)?;
        }
        let path = path.canonicalize().context(|| format!("find `{}`", path.display()))?;
        let lock = open_lock(&path.join("lock"))?;
        lock.lock().context(|| format!("lock `{}`", path.display()))?;
        Ok(Self { path, _lock: lock })
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Removes all but the newest folders. A folder whose lock is held stays, and so does one that cannot be removed.
fn sweep(runs: &Path) {
    let Ok(entries) = fs::read_dir(runs) else { return };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let old = folders.len().saturating_sub(KEPT_RUNS);
    for folder in folders.into_iter().take(old) {
        let Ok(lock) = File::open(folder.join("lock")) else { continue };
        if lock.try_lock().is_ok() && fs::remove_dir_all(&folder).is_err() {
            tracing::debug!("cannot remove `{}`", folder.display());
        }
    }
}

/// Twelve hexadecimal digits of the hash of `content`.
pub(crate) fn short_hash(content: &[u8]) -> String {
    let number = Sha256::digest(content)
        .iter()
        .take(6)
        .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    format!("{number:012x}")
}

/// Opens or creates a lock file.
pub(crate) fn open_lock(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .mode(OWN_FILE)
        .open(path)
        .context(|| format!("open `{}`", path.display()))
}

/// Creates a folder that only its owner can enter. The folders above it are created as usual.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), Error> {
    let what = || format!("make `{}`", path.display());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).context(what)?;
    }
    match DirBuilder::new().mode(OWN_FOLDER).create(path) {
        // An older version created it readable for all.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::set_permissions(path, Permissions::from_mode(OWN_FOLDER)).context(what)
        }
        made => made.context(what),
    }
}

/// Creates an empty file that only its owner can read.
pub(crate) fn make_private(path: &Path) -> Result<File, Error> {
    let what = || format!("make `{}`", path.display());
    let mut options = OpenOptions::new();
    let file = options.create(true).write(true).truncate(true).mode(OWN_FILE).open(path);
    let file = file.context(what)?;
    file.set_permissions(Permissions::from_mode(OWN_FILE)).context(what)?;
    Ok(file)
}

/// The last `count` lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The last `count` lines of a file; empty if it cannot be read.
pub(crate) fn tail(path: &Path, count: usize) -> String {
    fs::read(path)
        .map(|bytes| last_lines(&String::from_utf8_lossy(&bytes), count))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest_runs_and_those_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        for number in 0..12 {
            fs::create_dir_all(runs.join(format!("{number:02}"))).unwrap();
            fs::write(runs.join(format!("{number:02}/lock")), "").unwrap();
        }
        let used = open_lock(&runs.join("01/lock")).unwrap();
        used.lock().unwrap();
        sweep(&runs);
        let mut left: Vec<_> =
            fs::read_dir(&runs).unwrap().flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, ["01", "04", "05", "06", "07", "08", "09", "10", "11"]);
    }

    #[test]
    fn files_of_a_cloud_are_private_even_if_they_were_not() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let target = tempfile::tempdir().unwrap();
        let folder = target.path().join("mist-local");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let run = RunFolder::create(&folder).unwrap();
        for private in [&folder, &folder.join("runs"), run.path(), &run.path().join("scratch")] {
            assert_eq!(mode(private), OWN_FOLDER, "{}", private.display());
        }
        assert_eq!(mode(&run.path().join("lock")), OWN_FILE);
        let log = folder.join("cloud.log");
        fs::write(&log, "old").unwrap();
        fs::set_permissions(&log, Permissions::from_mode(0o644)).unwrap();
        make_private(&log).unwrap();
        assert_eq!((mode(&log), fs::read(&log).unwrap()), (OWN_FILE, Vec::new()));
    }

    #[test]
    fn other_content_has_another_hash() {
        assert_ne!(short_hash(b"a==1"), short_hash(b"a==2"));
        assert_eq!(short_hash(b"").len(), 12);
    }

    #[test]
    fn the_tail_is_the_end_of_the_text() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a", 2), "a");
    }
}
