//! Temporary folders of sources and instances, and the removal of those of killed simulators.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tempfile::{Builder, TempDir};

const PREFIX: &str = "beanstalk-sim-";
/// The lock file of a room.
const LOCK: &str = "lock";
/// The age below which a room is not removed, as it may be about to be locked.
const AGE: Duration = Duration::from_mins(1);

/// The room of this process.
static ROOM: Mutex<Weak<Room>> = Mutex::new(Weak::new());

/// A folder that is removed when it is dropped, or at the next simulator's start.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: TempDir,
    // Dropped after the folder, which it contains.
    _room: Arc<Room>,
}

/// The folder of one process, which contains its other folders.
#[derive(Debug)]
struct Room {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Creates an empty folder with a prefix.
    pub(super) fn new(prefix: &str) -> io::Result<Self> {
        let room = Room::of_this_process()?;
        let folder = Builder::new().prefix(prefix).tempdir_in(room.folder.path())?;
        Ok(Self { folder, _room: room })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Room {
    fn of_this_process() -> io::Result<Arc<Self>> {
        let mut current = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = current.upgrade() {
            return Ok(room);
        }
        let parent = std::env::temp_dir();
        sweep(&parent, AGE);
        let room = Arc::new(Self::open(&parent)?);
        *current = Arc::downgrade(&room);
        Ok(room)
    }

    fn open(parent: &Path) -> io::Result<Self> {
        let folder = Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes the rooms of processes that no longer run.
fn sweep(parent: &Path, age: Duration) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let is_room = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_room && is_left_behind(&entry.path(), age) {
            // Another simulator may remove rooms at the same time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left_behind(room: &Path, age: Duration) -> bool {
    let Ok(lock) = File::open(room.join(LOCK)) else { return false };
    let old = lock
        .metadata()
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|modified| modified.elapsed().is_ok_and(|elapsed| elapsed >= age));
    old && lock.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_in_use_stays_and_one_left_behind_goes() {
        let parent = tempfile::tempdir().unwrap();
        let used = Room::open(parent.path()).unwrap();
        let left = parent.path().join("beanstalk-sim-left");
        fs::create_dir_all(left.join("source")).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        let foreign = parent.path().join("beanstalk-sim-foreign");
        fs::create_dir(&foreign).unwrap();

        sweep(parent.path(), AGE);
        assert!(left.exists(), "it is too young");
        sweep(parent.path(), Duration::ZERO);
        assert!(used.folder.path().exists() && foreign.exists());
        assert!(!left.exists());
    }

    #[test]
    fn a_folder_goes_with_its_user() {
        let scratch = Scratch::new("source-").unwrap();
        let path = scratch.path().to_owned();
        assert!(path.exists());
        drop(scratch);
        assert!(!path.exists());
    }
}
