//! The actions, and their effects.

use mist_core::release::{
    lock::EndedBy,
    state::{CALL_SECONDS, LEASE_SECONDS, REMEMBERED_SECONDS, StackState},
};

use crate::{
    atomic::{end_of, go, look, person, stop, ticks},
    calls::write,
    setup::{Fault, Setup, Swaps},
    world::{At, CALL, Execution, Person, World},
};

/// An action; its number is that of the execution.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// A moment passes, in which a call may continue.
    Moment,
    /// Time passes until the next lease is half over or expires, or the next wait is over.
    Time,
    /// The execution's next step, or its waiting task is called again after its timeout: a call of a
    /// function reads and decides.
    Goes(usize),
    /// The same, but the function is gone before it ends the waits, so it is called again.
    GoesUnheard(usize),
    /// The next write of a call whose steps are played one by one.
    Writes(usize),
    /// The same, but the function is gone before it ends the waits.
    WritesUnheard(usize),
    /// The function is gone before it writes.
    Dies(usize),
    /// After its swap the new version becomes unhealthy.
    Unhealthy(usize),
    /// A person stops the execution. Its call continues.
    Stopped(usize),
    /// `reconcile` is called after the end of the execution.
    Reconciled(usize),
    /// The same, but it is gone before it ends the waits.
    ReconciledUnheard(usize),
    /// A call applies the passing of time.
    Ticks,
    /// The same, but the call is gone before it ends the waits.
    TicksUnheard,
    /// The environment is found healthy, and the wait for it ended.
    Looks,
    /// The same, but the call is gone before it notes so.
    LooksUnnoted,
    /// `mist lock release`: a person looks, and confirms later.
    Person,
}

/// The rules that an action or a state can break.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Broken {
    /// Two executions hold the lock.
    TwoHolders,
    /// An execution takes the lock from one that it may not supersede.
    TakenFromHolder,
    /// An execution acquires the lock after it ended or was superseded.
    AcquiredAgain,
    /// An upload acquires the lock after a newer one.
    OlderUpload,
    /// An execution moves the record that did not hold the lock when it began to.
    MovedWithoutLock,
    /// An execution moves the record while another one holds the lock.
    MovedUnderAnother,
    /// An execution moves the record after one that acquired the lock later has begun to.
    MovedTooLate,
    /// An execution moves the record after a newer one superseded it.
    MovedThoughSuperseded,
    /// A call moves the record, and may not note the live environment.
    NotNoted,
    /// An execution acquires the lock before one that waits for longer.
    OutOfTurn,
    /// The wait of the next in the queue is ended under a token that is not that of its task.
    Unwoken,
    /// Something is left that holds the lock, or its queue, for longer than it may.
    Outlives,
    /// There is no way from here to a stack whose lock is free and has no queue.
    Stuck,
}

/// All actions that are possible in `world`.
pub(crate) fn actions(setup: &Setup, world: &World) -> Vec<Action> {
    let mut actions = vec![Action::Ticks, Action::Looks];
    let urgent = |execution: &Execution| execution.at == At::Ended && execution.call.is_some();
    let left = world.state.lease.as_ref().map_or(0, |lease| lease.expires - world.now);
    let hurry = (1..=CALL_SECONDS).contains(&left) || world.executions.iter().any(urgent);
    if setup.swaps != Swaps::Never && hurry {
        actions.push(Action::Moment);
    }
    if later(world).is_some() {
        actions.push(Action::Time);
    }
    for (index, execution) in world.executions.iter().enumerate() {
        let lives = execution.at != At::Ended;
        let may_lose = lives && world.losses > 0;
        match &execution.call {
            Some(_) => {
                actions.push(Action::Writes(index));
                if may_lose {
                    actions.extend([Action::WritesUnheard(index), Action::Dies(index)]);
                }
            }
            None if lives => {
                actions.push(Action::Goes(index));
                if may_lose && execution.at == At::Finishes {
                    actions.push(Action::GoesUnheard(index));
                }
                if execution.at == At::Bakes && setup.swaps == Swaps::MayFail {
                    actions.push(Action::Unhealthy(index));
                }
            }
            None => {}
        }
        if lives && world.aborts > 0 {
            actions.push(Action::Stopped(index));
        }
        if !lives {
            actions.push(Action::Reconciled(index));
        }
        if !lives && world.losses > 0 {
            actions.push(Action::ReconciledUnheard(index));
        }
    }
    if world.losses > 0 {
        actions.extend([Action::TicksUnheard, Action::LooksUnnoted]);
    }
    if !matches!(world.person, Person::Away) {
        actions.push(Action::Person);
    }
    actions
}

/// `world` after `action`, and the rule that it breaks, if any.
pub(crate) fn step(setup: &Setup, world: &World, action: Action) -> (World, Option<Broken>) {
    let mut world = world.clone();
    let unheard = matches!(
        action,
        Action::GoesUnheard(_)
            | Action::WritesUnheard(_)
            | Action::Dies(_)
            | Action::ReconciledUnheard(_)
            | Action::TicksUnheard
            | Action::LooksUnnoted
    );
    world.losses -= u8::from(unheard);
    let broken = match action {
        Action::Moment | Action::Time => {
            let later = later(&world).filter(|_| action == Action::Time);
            world.now = later.unwrap_or(world.now + CALL);
            time_out(setup, &mut world);
            None
        }
        Action::Goes(index) => go(setup, &mut world, index),
        Action::GoesUnheard(index) => end_of(setup, &mut world, index, EndedBy::Itself, false),
        Action::Writes(index) => write(setup, &mut world, index, true),
        Action::WritesUnheard(index) => {
            let Execution { at, fence, .. } = world.executions[index].clone();
            let broken = write(setup, &mut world, index, false);
            let execution = &mut world.executions[index];
            (execution.at, execution.fence, execution.call) = (at, fence, None);
            broken
        }
        Action::Dies(index) => {
            world.executions[index].call = None;
            None
        }
        Action::Unhealthy(index) => {
            let execution = &mut world.executions[index];
            (execution.at, execution.back) = (At::Swaps, true);
            None
        }
        Action::Stopped(index) => {
            world.aborts -= 1;
            stop(&mut world, index);
            None
        }
        Action::Reconciled(index) | Action::ReconciledUnheard(index) => {
            end_of(setup, &mut world, index, EndedBy::StepFunctions, !unheard)
        }
        Action::Ticks | Action::TicksUnheard => ticks(setup, &mut world, !unheard),
        Action::Looks | Action::LooksUnnoted => look(setup, &mut world, !unheard),
        Action::Person => person(setup, &mut world),
    };
    (world, broken)
}

/// When the next lease is half over or expires, or the next wait is over.
///
/// What a call of an execution that still acts must find is not forgotten before: its tasks are called again
/// long before that.
fn later(world: &World) -> Option<i64> {
    let StackState { lease, queue, past, .. } = &world.state;
    let lease = lease.iter().flat_map(|lease| {
        let admitted = lease.admitted.map_or(0, |at| at / 1000);
        [lease.expires - LEASE_SECONDS / 2, lease.expires, admitted]
    });
    let times = lease.chain(queue.iter().map(|queued| queued.until));
    let soon = world.now + 2 * LEASE_SECONDS;
    let next = times.filter(|time| (world.now + 1..=soon).contains(time)).min()?;
    let kept = past.iter().filter(|past| {
        let index = world.index_of(&past.execution);
        index.is_some_and(|index| world.executions[index].acts())
    });
    let forgotten = kept.map(|past| past.at + REMEMBERED_SECONDS).min();
    forgotten.is_none_or(|forgotten| next < forgotten).then_some(next)
}

/// Ends the calls that take too long.
fn time_out(setup: &Setup, world: &mut World) {
    let may_last = if setup.has(Fault::CallsNeverEnd) { i64::MAX } else { CALL };
    for execution in &mut world.executions {
        if execution.call.as_ref().is_some_and(|call| world.now - call.began > may_last) {
            execution.call = None;
        }
    }
}
