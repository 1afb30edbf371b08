//! The locks of stacks in memory.

use std::{collections::BTreeMap, sync::Mutex};

use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::StackName,
    ports::Locks,
    release::state::{LEASE_SECONDS, Lease, Phase, StackState},
};

use crate::{START, lock};

/// The locks of stacks in memory.
#[derive(Debug, Default)]
pub struct FakeLocks {
    states: Mutex<BTreeMap<String, StackState>>,
    rival: Mutex<Option<StackState>>,
    writes: Mutex<usize>,
}

/// The state of a stack whose lock `execution` holds with the token `fence`: the lease is fresh at the start,
/// it has not swapped yet, and it may call Beanstalk.
pub fn held(execution: &str, fence: u64) -> StackState {
    let lease = Lease {
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v2 by {execution}"),
        since: Timestamp::UNIX_EPOCH,
        expires: START + LEASE_SECONDS,
        phase: Phase::Preparing,
        admitted: Some(0),
        wait: None,
    };
    StackState { revision: fence, fence, lease: Some(lease), ..StackState::default() }
}

impl FakeLocks {
    /// One stack, with `state`.
    pub fn with(stack: &str, state: StackState) -> Self {
        let fake = Self::default();
        fake.put(stack, state);
        fake
    }

    /// The state of `stack` is `state` from now on.
    pub fn put(&self, stack: &str, state: StackState) {
        lock(&self.states).insert(stack.to_owned(), state);
    }

    /// The state of `stack`.
    pub fn current(&self, stack: &str) -> StackState {
        lock(&self.states).get(stack).cloned().unwrap_or_default()
    }

    /// Just before the next write, another call writes `state`.
    pub fn write_first(&self, state: StackState) {
        *lock(&self.rival) = Some(state);
    }

    /// How many writes were made; those that were refused do not count.
    pub fn writes(&self) -> usize {
        *lock(&self.writes)
    }
}

impl Locks for FakeLocks {
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
        if self.current(stack.as_str()).revision != seen.revision {
            return Ok(false);
        }
        self.put(stack.as_str(), next.clone());
        *lock(&self.writes) += 1;
        Ok(true)
    }

    async fn all(&self) -> Result<Vec<Result<(StackName, StackState), Error>>, Error> {
        let states = lock(&self.states);
        let all = states.iter().map(|(stack, state)| {
            let stack = stack.parse().map_err(|problem| Error::InvalidInput { problem })?;
            Ok((stack, state.clone()))
        });
        Ok(all.collect())
    }
}
