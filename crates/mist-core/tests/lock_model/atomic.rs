//! The calls that the model plays in one step: they write only what they decided on the current state.

use mist_core::{
    error::Error,
    release::{
        lock::{EndedBy, Outcome, end, tick},
        state::{Phase, StackState, Wait, WaitKind},
    },
};
use serde_json::Value;

use crate::{
    calls::{begin, swap},
    setup::{Fault, Setup, Swaps},
    steps::Broken,
    world::{At, Ends, Person, TURN, World, name, time},
    writes::{deliver, put},
};

/// The next step of the execution `index`.
pub(crate) fn go(setup: &Setup, world: &mut World, index: usize) -> Option<Broken> {
    let now = world.now;
    let holder = world.executions[index].holder(index);
    match world.executions[index].at {
        At::Begins | At::Queued | At::Admission => {
            world.new_token(index);
            world.executions[index].at = At::Begins;
            return begin(setup, world, index, now);
        }
        At::Swaps => swap(setup, world, index, now),
        At::Admits => {
            let lease = world.state.lease.as_ref();
            let at = lease.and_then(|lease| lease.admitted).unwrap_or((now + TURN) * 1000);
            let wait = wait(world, index, WaitKind::Admission);
            let next = world.state.admitted(&holder, at, Some(wait));
            return continues(setup, world, index, next, At::Admission);
        }
        At::Plans => {
            world.executions[index].from = Some(world.record);
            let wait = wait(world, index, WaitKind::Health);
            let next = world.state.parked(&holder, wait, now);
            return continues(setup, world, index, next, At::Waits);
        }
        At::Waits => {
            let wait = wait(world, index, WaitKind::Health);
            let next = world.state.parked(&holder, wait, now);
            return continues(setup, world, index, next, At::Waits);
        }
        At::Bakes => {
            let next = world.state.renewed(&holder, now);
            let next = next.map(|next| next.unwrap_or_else(|| world.state.clone()));
            return continues(setup, world, index, next, At::Finishes);
        }
        At::Finishes => {
            let broken = end_of(setup, world, index, EndedBy::Itself, true);
            stop(world, index);
            return broken;
        }
        At::Ended => {}
    }
    None
}

/// Writes `next` and continues at `at`; without the lock, the execution fails.
fn continues(
    setup: &Setup,
    world: &mut World,
    index: usize,
    next: Result<StackState, Error>,
    at: At,
) -> Option<Broken> {
    let held = next.is_ok();
    let broken = next.ok().and_then(|next| put(setup, world, next, None));
    world.executions[index].at = if held { at } else { At::Finishes };
    broken
}

/// The wait of the execution's task, with a new token.
fn wait(world: &mut World, index: usize, kind: WaitKind) -> Wait {
    let token = world.new_token(index);
    Wait::new(kind, &token, time(world.now), &Value::Null)
}

/// Stops the execution `index`.
pub(crate) fn stop(world: &mut World, index: usize) {
    world.order.retain(|(other, _)| *other != index);
    world.executions[index].at = At::Ended;
}

/// Notes the end of the execution `index`.
pub(crate) fn end_of(
    setup: &Setup,
    world: &mut World,
    index: usize,
    by: EndedBy,
    heard: bool,
) -> Option<Broken> {
    let by = if setup.has(Fault::ReconcileFreesSwap) { EndedBy::Itself } else { by };
    let now = time(world.now);
    world.executions[index].noted = true;
    decided(setup, world, heard, |state| {
        let Outcome { next, resume, .. } = end(state, name(index), by, now);
        (next, resume.into_iter().map(Into::into).collect())
    })
}

/// A call applies the passing of time.
pub(crate) fn ticks(setup: &Setup, world: &mut World, heard: bool) -> Option<Broken> {
    let now = time(world.now);
    decided(setup, world, heard, |state| {
        let Outcome { next, resume, .. } = tick(state, "QA", now);
        (next, resume.into_iter().map(Into::into).collect())
    })
}

fn decided(
    setup: &Setup,
    world: &mut World,
    heard: bool,
    decide: impl FnOnce(&StackState) -> (Option<StackState>, Vec<Ends>),
) -> Option<Broken> {
    let before = world.state.clone();
    let turned = |mut state: StackState| {
        if setup.has(Fault::HandsOnToLast) {
            state.queue.reverse();
        }
        state
    };
    let (next, resume) = decide(&turned(before.clone()));
    let broken = next.and_then(|next| put(setup, world, turned(next), None));
    if heard { broken.or(deliver(world, &before, &resume)) } else { broken }
}

/// A call finds the environment healthy, ends the wait, and notes that.
pub(crate) fn look(setup: &Setup, world: &mut World, noted: bool) -> Option<Broken> {
    let wait = world.state.lease.as_ref()?.wait.as_ref()?;
    if wait.kind != WaitKind::Health {
        return None;
    }
    let token = wait.token.clone();
    let swaps = setup.swaps != Swaps::Never;
    for execution in &mut world.executions {
        if execution.at == At::Waits && execution.has_token(&token) {
            execution.at = if swaps { At::Swaps } else { At::Finishes };
        }
    }
    let next = world.state.resumed(&token).filter(|_| noted)?;
    put(setup, world, next, None)
}

/// A person releases the lock of the execution that they saw, while it prepares.
pub(crate) fn person(setup: &Setup, world: &mut World) -> Option<Broken> {
    let lease = world.state.lease.as_ref().filter(|lease| lease.phase == Phase::Preparing);
    let execution = lease.map(|lease| lease.execution.clone())?;
    match std::mem::replace(&mut world.person, Person::Away) {
        Person::Looks => world.person = Person::Confirms(execution),
        Person::Confirms(seen) if seen == execution => {
            let index = world.index_of(&seen)?;
            return end_of(setup, world, index, EndedBy::StepFunctions, true);
        }
        Person::Confirms(_) | Person::Away => {}
    }
    None
}
