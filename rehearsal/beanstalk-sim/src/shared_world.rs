//! The world, shared by tasks, with notification of changes.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::world::{Names, World};

/// The state of the service behind a lock.
#[derive(Debug)]
pub(crate) struct SharedWorld {
    world: Mutex<World>,
    /// Separate from the world's names, so that read-only calls do not change the names that follow.
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

    /// A guard of the world. It is never held across an `await`.
    pub(crate) fn hold(&self) -> Held<'_> {
        Held { world: lock(&self.world), changes: &self.changes, changed: false }
    }

    /// A receiver of every change of the world from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// The request ID of the next call.
    pub(crate) fn request_id(&self) -> String {
        lock(&self.request_ids).uuid().to_string()
    }

    /// Replaces the source of request IDs.
    pub(crate) fn reset_request_ids(&self, names: Names) {
        *lock(&self.request_ids) = names;
    }

    /// Reads the world and the source of request IDs at the same moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&World, &Names) -> T) -> T {
        let (world, request_ids) = (lock(&self.world), lock(&self.request_ids));
        read(&world, &request_ids)
    }

    /// Whether no task holds a guard.
    #[cfg(test)]
    pub(crate) fn is_free(&self) -> bool {
        self.world.try_lock().is_ok() && self.request_ids.try_lock().is_ok()
    }
}

/// A guard of the world, which notifies receivers when it is dropped after a change.
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

/// Locks a mutex. After a panic in another task, its content is still usable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
