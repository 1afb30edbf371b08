//! The calls of the functions `lock` and `swap`: what they read, decide and write.

use jiff::Timestamp;
use mist_core::{
    Side,
    lock::{Answer, Look, look},
};

use crate::{
    setup::{Fault, Setup},
    steps::Broken,
    world::{At, Call, Next, Pending, SWAP, Then, World, name},
};

/// The function `lock` reads and decides. Where there is nothing to write, that is its answer.
pub(crate) fn look_for(
    setup: &Setup,
    world: &mut World,
    index: usize,
    began: i64,
) -> Option<Broken> {
    let wish = setup.kinds[index].wish(index, world.runs[index].since);
    let now = Timestamp::from_second(world.now).unwrap_or_default();
    let Look { write, answer } = look(&world.state, &wish, now);
    let then = match answer {
        Answer::Taken { fence } => Then::Holds(fence),
        Answer::Waits { .. } => Then::Waits,
        Answer::Refused(_) => Then::Ends,
    };
    let Some(next) = write else {
        world.runs[index].call = None;
        if let Then::Holds(fence) = then {
            hold(world, index, fence);
            return None;
        }
        return answered(world, index, then, world.now, None);
    };
    let pending = Pending { seen: world.state.revision, next };
    world.runs[index].call = Some(Call { began, read: world.now, next: Next::Look(pending, then) });
    None
}

/// The function `swap` reads and decides.
pub(crate) fn begin(setup: &Setup, world: &mut World, index: usize, began: i64) {
    let run = &mut world.runs[index];
    let mut next = world.state.swapping(&run.holder(index), world.now, SWAP).ok();
    if next.is_none() && setup.has(Fault::SwapsUnchecked) {
        let mut state = world.state.clone();
        state.revision += 1;
        next = Some(state);
    }
    let pending = next.map(|next| Pending { seen: world.state.revision, next });
    if pending.is_none() && run.at != At::Ended {
        run.at = At::Releases;
    }
    run.call = pending.map(|pending| Call { began, read: world.now, next: Next::Begin(pending) });
}

/// The next write of a call. Where somebody wrote meanwhile, it looks again.
pub(crate) fn write(setup: &Setup, world: &mut World, index: usize) -> Option<Broken> {
    let Call { began, read, next } = world.runs[index].call.take()?;
    match next {
        Next::Look(pending, then) => {
            let before = world.state.clone();
            if !guarded(setup, world, pending) {
                return look_for(setup, world, index, began);
            }
            let from = before.holder(read).and_then(|lease| {
                (0..world.runs.len()).find(|other| *other != index && name(*other) == lease.run)
            });
            answered(world, index, then, read, from)
        }
        Next::Begin(pending) => {
            let held = has_lock(world, index);
            if !guarded(setup, world, pending) {
                begin(setup, world, index, began);
                return None;
            }
            let fence = world.runs[index].fence;
            world.newest_swap = world.newest_swap.max(fence);
            world.runs[index].call = Some(Call { began, read, next: Next::Move { held } });
            None
        }
        Next::Move { held } => move_name(world, index, held),
    }
}

fn answered(
    world: &mut World,
    index: usize,
    then: Then,
    read: i64,
    superseded: Option<usize>,
) -> Option<Broken> {
    match then {
        Then::Waits => {
            if !world.order.contains(&index) && world.runs[index].at != At::Ended {
                world.order.push(index);
            }
            world.runs[index].asked = read;
            None
        }
        Then::Ends => {
            end(world, index);
            None
        }
        Then::Holds(fence) => {
            let broken = match superseded {
                Some(other) => {
                    world.runs[other].superseded = true;
                    None
                }
                None => out_of_turn(world, index),
            };
            hold(world, index, fence);
            broken
        }
    }
}

pub(crate) fn hold(world: &mut World, index: usize, fence: u64) {
    world.order.retain(|other| *other != index);
    let run = &mut world.runs[index];
    run.fence = fence;
    if run.at != At::Ended {
        run.at = At::Plans;
    }
}

pub(crate) fn out_of_turn(world: &World, index: usize) -> Option<Broken> {
    // What the call of an aborted run takes is freed when its end is told.
    if world.runs[index].at == At::Ended {
        return None;
    }
    let mut before = world.order.iter().take_while(|other| **other != index);
    before.any(|other| !world.runs[*other].late).then_some(Broken::OutOfTurn)
}

/// Compares the record with the plan's, and swaps it.
fn move_name(world: &mut World, index: usize, held: bool) -> Option<Broken> {
    let run = &world.runs[index];
    let other = |side| if side == Side::A { Side::B } else { Side::A };
    let planned = run.from?;
    let (from, to) = if run.back { (other(planned), planned) } else { (planned, other(planned)) };
    let next = if run.back { At::Releases } else { At::Watches };
    let mut broken = None;
    if world.record == from {
        let holder = world.state.holder(world.now);
        if !held {
            broken = Some(Broken::MovedWithoutLock);
        } else if run.superseded {
            broken = Some(Broken::MovedThoughSuperseded);
        } else if run.fence < world.newest_swap {
            broken = Some(Broken::MovedTooLate);
        } else if holder.is_some_and(|lease| lease.run != name(index)) {
            broken = Some(Broken::MovedUnderAnother);
        }
        world.record = to;
    }
    if world.runs[index].at != At::Ended {
        world.runs[index].at = next;
    }
    broken
}

pub(crate) fn guarded(setup: &Setup, world: &mut World, Pending { seen, next }: Pending) -> bool {
    let may = seen == world.state.revision || setup.has(Fault::WritesUnguarded);
    if may {
        world.state = next;
        if setup.has(Fault::ForgetsSuperseded) {
            world.state.superseded = None;
        }
    }
    may
}

fn has_lock(world: &World, index: usize) -> bool {
    let run = &world.runs[index];
    let holds = world.state.lease.as_ref().is_some_and(|lease| lease.run == name(index));
    holds && world.state.fence == run.fence
}

pub(crate) fn end(world: &mut World, index: usize) {
    world.order.retain(|other| *other != index);
    world.runs[index].at = At::Ended;
}
