//! The saving of the state, after each change and at the end.

use std::io;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::document::Document;
use super::file::StateFile;
use crate::clock::pause;
use crate::shared_world::{SharedWorld, lock};

/// The real time for which changes are collected before a save.
const SETTLE: Duration = Duration::from_millis(100);
/// The pause after a save, as a multiple of its duration, which limits the share of time for saving.
const REST: u32 = 10;

/// The state file, if any, with the world that is written to it.
#[derive(Debug)]
pub(crate) struct Keeper {
    world: Arc<SharedWorld>,
    data_port: u16,
    file: Mutex<Option<StateFile>>,
}

impl Keeper {
    pub(crate) fn new(world: Arc<SharedWorld>, data_port: u16, file: Option<StateFile>) -> Self {
        Self { world, data_port, file: Mutex::new(file) }
    }

    /// Writes the state file, if there is one and something has changed.
    ///
    /// The file stays locked from the reading of the world to the end of the write, so that of two concurrent saves
    /// the later one writes the newer state. The world is locked only while it is copied.
    pub(crate) fn save(&self) {
        self.save_with(StateFile::write);
    }

    /// Writes the state file for the last time, even if nothing but the time has changed, and releases it.
    pub(crate) fn close(&self) {
        // The next simulator continues from this moment.
        self.save_with(StateFile::write_anyway);
        *lock(&self.file) = None;
    }

    fn save_with(&self, write: impl FnOnce(&mut StateFile, &Document) -> io::Result<()>) {
        let mut file = lock(&self.file);
        let Some(file) = file.as_mut() else { return };
        if let Err(error) = write(file, &self.document()) {
            tracing::warn!("the state could not be saved: {error}");
        }
    }

    /// The document of this moment.
    fn document(&self) -> Document {
        self.world.read(|world, request_ids| Document::of(world, request_ids, self.data_port))
    }
}

/// Saves the state soon after each change, for as long as the keeper lives.
pub(crate) async fn keep(keeper: Weak<Keeper>, mut changes: watch::Receiver<()>) {
    while changes.changed().await.is_ok() {
        pause(SETTLE).await;
        changes.mark_unchanged();
        let Some(keeper) = keeper.upgrade() else { return };
        let began = Instant::now();
        // A panic is treated as a failed save; the next one may succeed.
        let _ = tokio::task::spawn_blocking(move || keeper.save()).await;
        pause(began.elapsed() * REST).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::TryLockError;

    use super::*;
    use crate::clock::{Clock, Moment};
    use crate::settings::Settings;
    use crate::world::{Names, World};

    #[tokio::test]
    async fn the_world_is_free_while_it_is_saved_and_only_one_saves_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let settings = Settings::default();
        let (file, _) = StateFile::open(&path, &settings).unwrap();
        let clock = Clock::start(Moment::default(), 1.0, false, None);
        let world = World::new(&settings.region, &settings.account, clock, None);
        let world = Arc::new(SharedWorld::new(world, Names::new(None)));
        let keeper = Keeper::new(Arc::clone(&world), 80, Some(file));
        world.hold().last_operation = 7;
        keeper.save_with(|file, document| {
            assert!(matches!(keeper.file.try_lock(), Err(TryLockError::WouldBlock)));
            assert!(world.is_free());
            world.hold().last_operation = 8;
            file.write(document)
        });
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("\"lastOperation\":7"), "{text}");
    }
}
