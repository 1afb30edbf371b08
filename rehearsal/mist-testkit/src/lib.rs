//! In-memory stand-ins for the ports, for tests: they keep state, and never lie about it.

mod alarms;
mod artifacts;
mod beanstalk;
mod bundles;
mod clock;
mod dns;
mod executions;
mod github;
mod groups;
mod history;
mod locks;
mod logs;
mod marker;
mod name_servers;
mod probe;
mod quota;
mod secrets;
mod stacks;
mod tasks;
mod wakes;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use alarms::FakeAlarms;
pub use artifacts::FakeArtifacts;
pub use beanstalk::{FakeBeanstalk, environment};
pub use bundles::FakeUpload;
pub use clock::FakeClock;
pub use dns::FakeDns;
pub use executions::FakeExecutions;
pub use github::{FakeChunks, FakeGitHub};
pub use groups::FakeGroups;
pub use history::{FakeHistory, opened};
pub use locks::{FakeLocks, held};
pub use logs::FakeLogs;
pub use marker::{FakeMarker, Fault as MarkFault};
pub use name_servers::FakeNameServers;
pub use probe::FakeProbe;
pub use quota::FakeQuota;
pub use secrets::FakeSecrets;
pub use stacks::{FakeStacks, stack, stack_on_github};
pub use tasks::{FakeTasks, TaskEnd};
pub use wakes::FakeWakes;

/// The time at which fakes begin, in seconds since 1970: 2026-01-02T03:04:05Z.
pub const START: i64 = 1_767_323_045;

// A test that failed while it held the lock must not hide its own message behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
