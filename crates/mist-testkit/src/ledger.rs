//! What mist remembers, in memory.

use std::{collections::BTreeMap, sync::Mutex};

use jiff::Timestamp;
use mist_core::{
    Error, Side, StackName,
    ledger::{Lease, PastRelease, Phase, ReleaseEnd, StackState, Stopped},
    ports::Ledger,
};

use crate::{START, lock};

/// What mist remembers, in memory.
#[derive(Debug, Default)]
pub struct FakeLedger {
    states: Mutex<BTreeMap<String, StackState>>,
    releases: Mutex<Vec<PastRelease>>,
    rival: Mutex<Option<StackState>>,
}

/// The state of a stack whose lock `run` has with the number `fence`, for ten minutes from the start; it
/// has not begun to move the name.
pub fn held(run: &str, fence: u64) -> StackState {
    let lease = Lease {
        run: run.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v2 by {run}"),
        since: Timestamp::UNIX_EPOCH,
        expires: START + 600,
        phase: Phase::Preparing,
    };
    StackState { revision: fence, fence, lease: Some(lease), ..StackState::default() }
}

impl FakeLedger {
    /// Remembers `state` of `stack`.
    pub fn with(stack: &str, state: StackState) -> Self {
        let fake = Self::default();
        fake.put(stack, state);
        fake
    }

    /// Remembers `state` of `stack` from now on.
    pub fn put(&self, stack: &str, state: StackState) {
        lock(&self.states).insert(stack.to_owned(), state);
    }

    /// What is remembered of `stack`.
    pub fn current(&self, stack: &str) -> StackState {
        lock(&self.states).get(stack).cloned().unwrap_or_default()
    }

    /// Remembers `release`.
    pub fn put_release(&self, release: PastRelease) {
        lock(&self.releases).push(release);
    }

    /// Just before the next write, somebody else writes `state`.
    pub fn write_first(&self, state: StackState) {
        *lock(&self.rival) = Some(state);
    }
}

impl Ledger for FakeLedger {
    async fn state(&self, stack: &StackName) -> Result<StackState, Error> {
        Ok(self.current(stack.as_str()))
    }

    async fn write(
        &self,
        stack: &StackName,
        seen: &StackState,
        next: &StackState,
    ) -> Result<bool, Error> {
        if let Some(rival) = lock(&self.rival).take() {
            self.put(stack.as_str(), rival);
        }
        let found = self.current(stack.as_str());
        if found.revision != seen.revision {
            return Ok(false);
        }
        let StackState { live, stopped_a, stopped_b, .. } = found;
        self.put(stack.as_str(), StackState { live, stopped_a, stopped_b, ..next.clone() });
        Ok(true)
    }

    async fn remember_stopped(
        &self,
        stack: &StackName,
        side: Side,
        stopped: &Stopped,
    ) -> Result<(), Error> {
        let mut state = self.current(stack.as_str());
        match side {
            Side::A => state.stopped_a = Some(stopped.clone()),
            Side::B => state.stopped_b = Some(stopped.clone()),
        }
        self.put(stack.as_str(), state);
        Ok(())
    }

    async fn releases(
        &self,
        stack: &StackName,
        most: u32,
    ) -> Result<Vec<Result<PastRelease, Error>>, Error> {
        let releases = lock(&self.releases);
        let mut found: Vec<_> =
            releases.iter().filter(|release| release.stack == stack.as_str()).cloned().collect();
        found.sort_by(|left, right| right.id.cmp(&left.id));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(Ok).collect())
    }

    async fn end(&self, release: &PastRelease, end: &ReleaseEnd) -> Result<(), Error> {
        let mut releases = lock(&self.releases);
        for found in releases.iter_mut().filter(|found| found.id == release.id) {
            found.steps.clone_from(&end.steps);
            if found.verdict == PastRelease::RUNNING {
                found.verdict.clone_from(&end.verdict);
                found.reason.clone_from(&end.reason);
                found.ended_at = Some(end.ended_at);
            }
        }
        Ok(())
    }
}
