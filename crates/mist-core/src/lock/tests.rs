//! Stories of the lock.
