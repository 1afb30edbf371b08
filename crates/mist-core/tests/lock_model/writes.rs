//! Writes of the state, and the check who may acquire the lock by them.

use mist_core::release::state::{Phase, StackState};

use crate::{
    setup::{Fault, Setup},
    steps::Broken,
    world::{At, Ends, PATIENCE, Pending, World},
};

/// Whether a decision may be written: no other call wrote in between.
pub(crate) fn may_write(setup: &Setup, world: &World, pending: &Pending) -> bool {
    pending.seen == world.state.revision || setup.has(Fault::WritesUnguarded)
}

/// Writes `next`, and checks who acquired the lock by it.
///
/// `asked`: the execution that asked for the lock, and when the state was read.
pub(crate) fn put(
    setup: &Setup,
    world: &mut World,
    mut next: StackState,
    asked: Option<(usize, i64)>,
) -> Option<Broken> {
    for past in next.past.iter().filter(|past| past.superseded_by.is_some()) {
        if let Some(index) = world.index_of(&past.execution) {
            world.executions[index].superseded = true;
        }
    }
    break_on_purpose(setup, &mut next);
    let before = std::mem::replace(&mut world.state, next);
    if world.state.fence <= before.fence {
        return None;
    }
    let holder = world.state.lease.as_ref()?.execution.clone();
    let index = world.index_of(&holder)?;
    let asked = asked.filter(|(asked, _)| *asked == index);
    let lease = asked.and_then(|(_, read)| before.holder(read));
    let superseded = lease.and_then(|lease| world.index_of(&lease.execution));
    if let Some(other) = superseded.filter(|other| *other != index) {
        world.executions[other].superseded = true;
        let may = setup.kinds[index].may_supersede(&setup.kinds[other]);
        if !may || lease.is_some_and(|lease| lease.phase == Phase::Swapping) {
            return Some(Broken::TakenFromHolder);
        }
    }
    // Two at once: the next in the queue got it, and was superseded.
    let supersedes = superseded.is_some() || world.state.fence > before.fence + 1;
    let broken = not_entitled(setup, world, index, supersedes);
    world.order.retain(|(other, _)| *other != index);
    let uploaded_at = setup.kinds[index].uploaded_at;
    world.newest_upload = world.newest_upload.max(uploaded_at);
    broken
}

/// The rule by which the execution `index` may not acquire the lock, if any.
fn not_entitled(setup: &Setup, world: &World, index: usize, supersedes: bool) -> Option<Broken> {
    let execution = &world.executions[index];
    if execution.superseded || execution.noted {
        return Some(Broken::AcquiredAgain);
    }
    let uploaded_at = setup.kinds[index].uploaded_at;
    if uploaded_at.is_some() && uploaded_at < world.newest_upload {
        return Some(Broken::OlderUpload);
    }
    // What a stopped execution acquires is freed when its end is reconciled.
    if supersedes || execution.at == At::Ended {
        return None;
    }
    let earlier = world.order.iter().take_while(|(other, _)| *other != index);
    let passed_over = earlier.filter(|(other, since)| {
        let uploaded_at = setup.kinds[*other].uploaded_at;
        let is_older = uploaded_at.is_some() && uploaded_at < world.newest_upload;
        !is_older && world.now - since < i64::from(PATIENCE)
    });
    (passed_over.count() > 0).then_some(Broken::OutOfTurn)
}

fn break_on_purpose(setup: &Setup, next: &mut StackState) {
    if setup.has(Fault::ForgetsSuperseded) {
        next.past.retain(|past| past.superseded_by.is_none());
    }
    if setup.has(Fault::ForgetsEnds) {
        next.past.retain(|past| past.superseded_by.is_some());
    }
    if setup.has(Fault::RemembersOneSuperseded) {
        let last = next.past.iter().rfind(|past| past.superseded_by.is_some()).cloned();
        next.past.retain(|past| past.superseded_by.is_none() || Some(past) == last.as_ref());
    }
    if setup.has(Fault::LeasesNeverEnd)
        && let Some(lease) = &mut next.lease
    {
        lease.expires = i64::MAX / 2;
    }
    for queued in &mut next.queue {
        if setup.has(Fault::ForgetsUploads) {
            queued.uploaded_at = None;
        }
        if setup.has(Fault::QueueNeverEnds) {
            queued.until = i64::MAX / 2;
        }
    }
}

/// Ends waits. A task that is gone, or has a new token, does not notice.
pub(crate) fn deliver(world: &mut World, before: &StackState, resume: &[Ends]) -> Option<Broken> {
    let mut broken = None;
    for Ends { token, again } in resume {
        let queued = before.queue.iter().find(|queued| queued.token == *token);
        let index = queued.and_then(|queued| world.index_of(&queued.execution));
        if let Some(index) = index.filter(|index| world.executions[*index].at == At::Queued)
            && !world.executions[index].has_token(token)
        {
            broken = Some(Broken::Unwoken);
        }
        for execution in &mut world.executions {
            if !execution.has_token(token) {
                continue;
            }
            execution.at = match execution.at {
                At::Begins | At::Queued | At::Admission if *again => At::Begins,
                At::Begins | At::Queued | At::Admission | At::Waits => At::Finishes,
                at
                @ (At::Admits | At::Plans | At::Swaps | At::Bakes | At::Finishes | At::Ended) => at,
            };
        }
    }
    broken
}

/// Notes that the execution `index` is in the queue.
pub(crate) fn join_order(world: &mut World, index: usize, read: i64) {
    // One that waited too long and did not hear so joins anew.
    world.order.retain(|(other, since)| *other != index || read - since < i64::from(PATIENCE));
    let joined = world.order.iter().any(|(other, _)| *other == index);
    if !joined && world.executions[index].at != At::Ended {
        world.order.push((index, read));
    }
}
