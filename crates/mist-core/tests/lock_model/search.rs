//! The search through all worlds, step by step, until there is no new one.

use std::collections::{BTreeMap, HashMap, VecDeque};

use mist_core::{
    release::{
        lock::{Decision, acquire},
        state::{LEASE_SECONDS, TaskToken},
    },
    stack::lock::OnConflict,
};

use crate::{
    setup::{Setup, deploy},
    steps::{Action, Broken, actions, step},
    world::{At, PATIENCE, World, time},
};

/// The result of a search.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The number of different states.
    pub(crate) states: usize,
    /// The number of steps between states.
    pub(crate) steps: usize,
    /// The rules that were broken, each with the shortest list of actions to it.
    pub(crate) broken: BTreeMap<Broken, Vec<Action>>,
}

/// Plays all that can happen in `setup`, or stops when `enough` is found.
pub(crate) fn search(setup: &Setup, enough: Option<Broken>) -> Found {
    let mut found = Found::default();
    let first = setup.world();
    let mut known = HashMap::from([(first.key(), 0)]);
    let mut ways = vec![(0, Action::Ticks)];
    let mut calm = vec![is_calm(&first)];
    // The states before each one, by actions without a fault.
    let mut before = vec![Vec::new()];
    let mut open = VecDeque::from([(0, first)]);
    while let Some((id, world)) = open.pop_front() {
        for action in actions(setup, &world) {
            found.steps += 1;
            let (next, mut broken) = step(setup, &world, action);
            let new = ways.len();
            let next_id = *known.entry(next.key()).or_insert(new);
            if next_id == new {
                ways.push((id, action));
                calm.push(is_calm(&next));
                before.push(Vec::new());
                broken = broken.or_else(|| broken_state(&next));
                open.push_back((new, next));
            }
            if goes_well(action) {
                before[next_id].push(id);
            }
            if let Some(broken) = broken {
                found.broken.entry(broken).or_insert_with(|| way(&ways, id, Some(action)));
            }
        }
        if enough.is_some_and(|enough| found.broken.contains_key(&enough)) {
            return found;
        }
    }
    found.states = ways.len();
    if let Some(stuck) = stuck(&calm, &before) {
        found.broken.insert(Broken::Stuck, way(&ways, stuck, None));
    }
    found
}

/// Whether `action` happens without a fault and without a person.
fn goes_well(action: Action) -> bool {
    matches!(
        action,
        Action::Moment | Action::Time | Action::Goes(_) | Action::Writes(_) | Action::Looks
    )
}

/// Whether all executions have ended, the lock is free and the queue is empty.
fn is_calm(world: &World) -> bool {
    world.executions.iter().all(|execution| execution.at == At::Ended)
        && world.state.holder(world.now).is_none()
        && world.state.queue.iter().all(|queued| queued.until <= world.now)
}

/// The rule that `world` breaks, if any.
fn broken_state(world: &World) -> Option<Broken> {
    let World { now, state, executions, .. } = world;
    let holds = |index: usize| state.lease_of(&executions[index].holder(index)).is_ok();
    if (0..executions.len()).filter(|index| holds(*index)).count() > 1 {
        return Some(Broken::TwoHolders);
    }
    // If all executions stop now, leases and queue end by then, and a newcomer acquires the lock.
    let lease = state.lease.iter().map(|lease| (lease.expires, LEASE_SECONDS));
    let queue = state.queue.iter().map(|queued| (queued.until, i64::from(PATIENCE)));
    let mut over = *now;
    for (until, most) in lease.chain(queue) {
        if until - now > most {
            return Some(Broken::Outlives);
        }
        over = over.max(until);
    }
    let request = deploy(OnConflict::Reject).request(executions.len(), TaskToken::from(""));
    let decision = acquire(state, &request, time(over)).decision;
    (!matches!(decision, Decision::Acquired { .. })).then_some(Broken::Outlives)
}

/// A state from which no calm one can be reached, if there is one.
fn stuck(calm: &[bool], before: &[Vec<usize>]) -> Option<usize> {
    let mut leads = calm.to_vec();
    let mut open: Vec<_> = (0..calm.len()).filter(|state| calm[*state]).collect();
    while let Some(state) = open.pop() {
        for earlier in &before[state] {
            if !leads[*earlier] {
                leads[*earlier] = true;
                open.push(*earlier);
            }
        }
    }
    leads.iter().position(|leads| !leads)
}

/// How one gets to `state`, and what happens there at last.
fn way(ways: &[(usize, Action)], mut state: usize, last: Option<Action>) -> Vec<Action> {
    let mut way: Vec<_> = last.into_iter().collect();
    while state != 0 {
        let (before, action) = ways[state];
        way.push(action);
        state = before;
    }
    way.reverse();
    way
}
