//! The calls of the functions `begin` and `swap`: their reads, decisions and writes.

use mist_core::{
    release::{
        lock::{Outcome, acquire},
        state::{LiveSide, StackState},
    },
    stack::side::Side,
};

use crate::{
    setup::{Fault, Setup},
    steps::Broken,
    world::{At, Call, Execution, Next, Pending, Then, World, name, time},
    writes::{deliver, join_order, may_write, put},
};

/// The function `begin` reads and decides. If it has nothing to write, it answers.
pub(crate) fn begin(setup: &Setup, world: &mut World, index: usize, began: i64) -> Option<Broken> {
    let token = world.executions[index].token.clone();
    let request = setup.kinds[index].request(index, token);
    let mut state = world.state.clone();
    if setup.has(Fault::TakesFromHolder) {
        state.lease = None;
    }
    if setup.has(Fault::TakesBeforeQueue) {
        state.queue.clear();
    }
    let Outcome { next, decision, resume } = acquire(&state, &request, time(world.now));
    let then = Then::from(decision);
    let Some(mut next) = next else {
        world.executions[index].call = None;
        answered(setup, world, index, then, world.now);
        return None;
    };
    if setup.has(Fault::TakesBeforeQueue) {
        next.queue.splice(0..0, world.state.queue.iter().cloned());
    }
    if setup.has(Fault::KeepsOldToken) {
        for queued in &mut next.queue {
            let old = state.queue.iter().find(|old| old.execution == queued.execution);
            queued.token = old.map_or(queued.token.clone(), |old| old.token.clone());
        }
    }
    let resume = resume.into_iter().map(Into::into).collect();
    let pending = Pending { seen: world.state.revision, next, resume };
    let next = Next::Acquire(pending, then);
    world.executions[index].call = Some(Call { began, read: world.now, next });
    None
}

/// The function `swap` reads and decides.
pub(crate) fn swap(setup: &Setup, world: &mut World, index: usize, began: i64) {
    let read = world.now;
    let Some((_, to)) = move_of(world, index) else { return };
    if world.record == to {
        let next = Next::Note { moved: false };
        world.executions[index].call = Some(Call { began, read, next });
        return;
    }
    let holder = world.executions[index].holder(index);
    let mut next = world.state.swapping(&holder, world.now).ok();
    if next.is_none() && setup.has(Fault::SwapsUnchecked) {
        let mut state = world.state.clone();
        state.revision += 1;
        next = Some(state);
    }
    let pending = next.map(|next| Pending { seen: world.state.revision, next, resume: Vec::new() });
    let execution = &mut world.executions[index];
    if pending.is_none() && execution.at != At::Ended {
        execution.at = At::Finishes;
    }
    execution.call = pending.map(|pending| Call { began, read, next: Next::Swapping(pending) });
}

/// The next step of a call. If another call wrote meanwhile, it decides again.
///
/// `heard`: whether the function lives long enough to end the waits of its decision.
pub(crate) fn write(setup: &Setup, world: &mut World, index: usize, heard: bool) -> Option<Broken> {
    let Call { began, read, next } = world.executions[index].call.take()?;
    let call = |next| Some(Call { began, read, next });
    match next {
        Next::Acquire(pending, then) => {
            if !may_write(setup, world, &pending) {
                return begin(setup, world, index, began);
            }
            let before = world.state.clone();
            let mut broken = put(setup, world, pending.next, Some((index, read)));
            if heard {
                broken = broken.or(deliver(world, &before, &pending.resume));
            }
            answered(setup, world, index, then, read);
            broken
        }
        Next::Swapping(pending) => {
            if !may_write(setup, world, &pending) {
                swap(setup, world, index, began);
                return None;
            }
            let held = has_lock(world, index);
            let broken = put(setup, world, pending.next, None);
            let fence = world.executions[index].fence;
            world.newest_swap = world.newest_swap.max(fence);
            world.executions[index].call = call(Next::Move { held });
            broken
        }
        Next::Move { held } => {
            let (moved, broken) = move_record(world, index, held);
            world.executions[index].call = call(Next::Note { moved });
            broken
        }
        Next::Note { moved } => note(world, index, moved),
    }
}

fn answered(setup: &Setup, world: &mut World, index: usize, then: Then, read: i64) {
    match then {
        Then::Waits => join_order(world, index, read),
        Then::Holds(..) | Then::Fails => world.order.retain(|(other, _)| *other != index),
    }
    let now = world.now * 1000;
    let execution = &mut world.executions[index];
    if let Then::Holds(fence, _) = then {
        execution.fence = fence;
    }
    if execution.at == At::Ended {
        return;
    }
    execution.at = match then {
        Then::Waits => At::Queued,
        Then::Fails => At::Finishes,
        Then::Holds(_, admitted) if setup.admission && admitted.is_none_or(|at| at > now) => {
            At::Admits
        }
        Then::Holds(..) => At::Plans,
    };
}

/// The sides between which the execution moves the record.
fn move_of(world: &World, index: usize) -> Option<(Side, Side)> {
    let execution = &world.executions[index];
    let planned = execution.from?;
    let other = if planned == Side::A { Side::B } else { Side::A };
    Some(if execution.back { (other, planned) } else { (planned, other) })
}

/// Moves the record if it is as planned.
fn move_record(world: &mut World, index: usize, held: bool) -> (bool, Option<Broken>) {
    let Some((from, to)) = move_of(world, index) else { return (false, None) };
    if world.record != from {
        return (false, None);
    }
    world.record = to;
    let execution = &world.executions[index];
    let holder = world.state.holder(world.now);
    let broken = if !held {
        Some(Broken::MovedWithoutLock)
    } else if execution.superseded {
        Some(Broken::MovedThoughSuperseded)
    } else if execution.fence < world.newest_swap {
        Some(Broken::MovedTooLate)
    } else if holder.is_some_and(|lease| lease.execution != name(index)) {
        Some(Broken::MovedUnderAnother)
    } else {
        None
    };
    (true, broken)
}

/// Notes the live environment if the record points to it. It decides on the current state, so read and write are one.
fn note(world: &mut World, index: usize, moved: bool) -> Option<Broken> {
    let (_, to) = move_of(world, index)?;
    let Execution { at, back, noted, .. } = world.executions[index].clone();
    let holder = world.executions[index].holder(index);
    let expires = |state: &StackState| state.lease.as_ref().map(|lease| lease.expires);
    let before = expires(&world.state);
    let next = live(to).map(|live| world.state.went_live(&holder, live, world.now));
    let (next, broken) = match next {
        Some(Ok(next)) if world.record == to => {
            world.state = next.unwrap_or_else(|| world.state.clone());
            let longer = noted && expires(&world.state) > before;
            let next = if back { At::Finishes } else { At::Bakes };
            (next, longer.then_some(Broken::Outlives))
        }
        _ => (At::Finishes, moved.then_some(Broken::NotNoted)),
    };
    if at != At::Ended {
        world.executions[index].at = next;
    }
    broken
}

fn live(side: Side) -> Option<LiveSide> {
    let environment = match side {
        Side::A => "shop-a",
        Side::B => "shop-b",
    };
    let environment = environment.parse().ok()?;
    let (version, previous) = (None, None);
    Some(LiveSide { side, environment, version, since: 0, drained: 0, previous })
}

fn has_lock(world: &World, index: usize) -> bool {
    let execution = &world.executions[index];
    let lease = world.state.lease.as_ref();
    lease.is_some_and(|lease| lease.execution == name(index))
        && world.state.fence == execution.fence
}
