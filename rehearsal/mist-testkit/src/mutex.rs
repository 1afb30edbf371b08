//! The lock of the state of a fake.

use std::sync::{Mutex, MutexGuard, PoisonError};

// A test that failed while it held the lock must not hide its own message behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
