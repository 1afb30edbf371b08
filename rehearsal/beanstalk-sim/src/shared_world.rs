//! The world as tasks share it, and the news that it has changed.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::world::{Names, World};

/// The state of the service, for one task at a time.
#[derive(Debug)]
pub(crate) struct SharedWorld {
    world: Mutex<World>,
    /// Apart from the world's names, so that looking at the world does not change what it makes up.
    request_ids: Mutex<Names>,
    /// A message after every change of the world.
    changes: watch::Sender<()>,
}

impl SharedWorld {
    pub(crate) fn new(world: World, request_ids: Names) -> Self {
        Self {
            world: Mutex::new(world),
            request_ids: Mutex::new(request_ids),
            changes: watch::Sender::new(()),
        }
    }

    /// The state, for as long as the guard lives; it is never held while waiting.
    pub(crate) fn hold(&self) -> Held<'_> {
        Held { world: lock(&self.world), changes: &self.changes, changed: false }
    }

    /// Every change of the world from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The identifier of the next call.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.request_ids).uuid().to_string()
    }

    /// Makes identifiers of calls start anew.
    pub(crate) fn reset_request_ids(&self, names: Names) {
        *lock(&self.request_ids) = names;
    }

    /// Reads world and identifiers of the same moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&World, &Names) -> T) -> T {
        let (world, request_ids) = (lock(&self.world), lock(&self.request_ids));
        read(&world, &request_ids)
    }

    /// Does no task hold any of it?
    #[cfg(test)]
    pub(crate) fn is_free(&self) -> bool {
        self.world.try_lock().is_ok() && self.request_ids.try_lock().is_ok()
    }
}

/// The world, as long as somebody holds it; whoever follows it hears when it was changed.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    world: MutexGuard<'a, World>,
    changes: &'a watch::Sender<()>,
    changed: bool,
}

impl Deref for Held<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.changed = true;
        &mut self.world
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.changed {
            self.changes.send_replace(());
        }
    }
}

/// A panic elsewhere leaves the state as it was, which is good enough to go on with.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
