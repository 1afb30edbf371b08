//! The locks of stacks in memory.

use std::{collections::BTreeMap, sync::Mutex};

use jiff::Timestamp;
use mist_core::{
    error::Error,
    names::StackName,
    ports::Locks,
    release::state::{LEASE_SECONDS, Lease, LiveSide, Phase, Queued, StackState},
    stack::side::Side,
};

use crate::{clock::START, mutex::lock};

/// The locks of stacks in memory.
#[derive(Debug, Default)]
pub struct FakeLocks {
    states: Mutex<BTreeMap<String, StackState>>,
    rival: Mutex<Option<StackState>>,
    writes: Mutex<usize>,
}

/// The state of a stack whose lock `execution` holds with the fencing token `fence`: the lease is new at [`START`], it
/// has not swapped yet, and it is admitted.
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

/// `version` is live on `side` of stack `QA` since [`START`], after `previous`; the other side is drained.
pub fn live(side: Side, version: &str, previous: Option<&str>) -> Result<LiveSide, String> {
    Ok(LiveSide {
        side,
        environment: format!("Demo-QA-{side}").parse()?,
        version: Some(version.to_owned()),
        since: START,
        drained: START,
        previous: previous.map(str::to_owned),
    })
}

/// The place in the queue of a deployment by `execution`, which has waited since [`START`] and waits for an hour. The
/// execution's name is its task token.
pub fn queued(execution: &str) -> Queued {
    Queued {
        execution: execution.to_owned(),
        operation: "deploy".to_owned(),
        reason: format!("deploy v3 by {execution}"),
        since: Timestamp::from_second(START).unwrap_or(Timestamp::UNIX_EPOCH),
        until: START + 3600,
        uploaded_at: None,
        needs_drained: false,
        token: execution.into(),
    }
}

impl FakeLocks {
    /// A stack with `state`.
    pub fn with(stack: &str, state: StackState) -> Self {
        let fake = Self::default();
        fake.put(stack, state);
        fake
    }

    /// Sets the state of `stack`.
    pub fn put(&self, stack: &str, state: StackState) {
        lock(&self.states).insert(stack.to_owned(), state);
    }

    /// The state of `stack`.
    pub fn current(&self, stack: &str) -> StackState {
        lock(&self.states).get(stack).cloned().unwrap_or_default()
    }

    /// Makes another call write `state` just before the next write.
    pub fn write_first(&self, state: StackState) {
        *lock(&self.rival) = Some(state);
    }

    /// The number of writes, without refused ones.
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
