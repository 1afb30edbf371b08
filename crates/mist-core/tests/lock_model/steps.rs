//! What can happen next, and what comes of it.

use mist_core::{StackState, ledger::Phase};

use crate::{
    calls::{begin, end, guarded, hold, look_for, out_of_turn, write},
    native,
    setup::{Fault, Setup},
    world::{At, CALL, LEASE, PUNCTUAL, Pending, Person, Run, TICK, World, name},
};

/// Something that happens; the number is that of the run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// Time passes. A call that goes on for too long is ended by Lambda.
    Tick,
    /// The run's next step: a write of the workflow, or what a function reads and decides.
    Goes(usize),
    /// The same write, but its answer is lost, so it is made again.
    GoesUnheard(usize),
    /// The next write of the run's function.
    Writes(usize),
    /// The same, but the function is gone before anybody hears of it, so it is called again.
    WritesUnheard(usize),
    /// The function is gone before it writes.
    Dies(usize),
    /// After its swap the new side turns bad.
    TurnsBad(usize),
    /// Somebody stops the run. Its call goes on.
    Aborted(usize),
    /// The end of the run is told to `settle`. As it writes only what it decided on the current state, its
    /// read and its write are one.
    Settled(usize),
    /// `mist lock release`: somebody looks, and confirms later.
    Person,
}

/// What must never be.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Broken {
    /// Two runs hold the lock.
    TwoHolders,
    /// A run moves the name that did not hold the lock when it began to.
    MovedWithoutLock,
    /// A run moves the name while another one holds the lock.
    MovedUnderAnother,
    /// A run moves the name after one that took the lock later has begun to.
    MovedTooLate,
    /// A run moves the name after a newer one took its place.
    MovedThoughSuperseded,
    /// A run gets the lock before one that waits for longer.
    OutOfTurn,
    /// Something is left that holds the lock, or its queue, for longer than it may.
    Outlives,
    /// There is no way from here to a stack that nobody holds and nobody waits for.
    Stuck,
}

/// All that can happen in `world`.
pub(crate) fn actions(setup: &Setup, world: &World) -> Vec<Action> {
    let mut actions = vec![Action::Tick];
    for (index, run) in world.runs.iter().enumerate() {
        let lives = run.at != At::Ended;
        let may_lose = lives && world.losses > 0;
        match &run.call {
            Some(_) => {
                actions.push(Action::Writes(index));
                if may_lose {
                    actions.extend([Action::WritesUnheard(index), Action::Dies(index)]);
                }
            }
            None if lives => {
                actions.push(Action::Goes(index));
                if may_lose && run.at == At::Takes {
                    actions.push(Action::GoesUnheard(index));
                }
                if run.at == At::Watches && setup.turns_bad {
                    actions.push(Action::TurnsBad(index));
                }
            }
            None => {}
        }
        if lives && world.aborts > 0 {
            actions.push(Action::Aborted(index));
        }
        if !lives {
            actions.push(Action::Settled(index));
        }
    }
    if !matches!(world.person, Person::Away) {
        actions.push(Action::Person);
    }
    actions
}

/// `world` after `action`, and what must not have happened thereby.
pub(crate) fn step(setup: &Setup, world: &World, action: Action) -> (World, Option<Broken>) {
    let mut world = world.clone();
    let broken = match action {
        Action::Tick => {
            tick(setup, &mut world);
            None
        }
        Action::Goes(index) => go(setup, &mut world, index),
        Action::GoesUnheard(index) => {
            world.losses -= 1;
            let broken = go(setup, &mut world, index);
            world.runs[index].at = At::Takes;
            broken
        }
        Action::Writes(index) => write(setup, &mut world, index),
        Action::WritesUnheard(index) => {
            world.losses -= 1;
            let Run { at, fence, .. } = world.runs[index];
            let broken = write(setup, &mut world, index);
            let run = &mut world.runs[index];
            (run.at, run.fence, run.call) = (at, fence, None);
            broken
        }
        Action::Dies(index) => {
            world.losses -= 1;
            world.runs[index].call = None;
            None
        }
        Action::TurnsBad(index) => {
            let run = &mut world.runs[index];
            (run.at, run.back) = (At::Swaps, true);
            None
        }
        Action::Aborted(index) => {
            world.aborts -= 1;
            end(&mut world, index);
            None
        }
        Action::Settled(index) => {
            if let Some(next) = settled(setup, &world, index) {
                world.state = next;
            }
            None
        }
        Action::Person => {
            person(setup, &mut world);
            None
        }
    };
    (world, broken)
}

fn tick(setup: &Setup, world: &mut World) {
    world.now += TICK;
    let may_last = if setup.has(Fault::CallsNeverEnd) { i64::MAX } else { CALL };
    for (index, run) in world.runs.iter_mut().enumerate() {
        if run.call.as_ref().is_some_and(|call| world.now - call.began > may_last) {
            run.call = None;
        }
        run.late |= world.order.contains(&index) && world.now - run.asked >= PUNCTUAL;
    }
}

fn go(setup: &Setup, world: &mut World, index: usize) -> Option<Broken> {
    let now = world.now;
    let run = &mut world.runs[index];
    let holder = run.holder(index);
    match run.at {
        At::Takes => return take(setup, world, index),
        At::Asks => return look_for(setup, world, index, now),
        At::Swaps => begin(setup, world, index, now),
        At::Plans => {
            run.from = Some(world.record);
            run.at = if setup.swaps { At::Renews } else { At::Releases };
        }
        At::Renews | At::Watches => {
            let renewed = native::renew(&mut world.state, &holder, now + LEASE);
            run.at = if renewed && run.at == At::Renews { At::Swaps } else { At::Releases };
        }
        At::Releases => {
            native::release(&mut world.state, &holder.run);
            end(world, index);
        }
        At::Ended => {}
    }
    None
}

fn take(setup: &Setup, world: &mut World, index: usize) -> Option<Broken> {
    let mut wish = setup.kinds[index].wish(index, world.now);
    if setup.has(Fault::LeasesNeverEnd) {
        wish.lease_seconds = i64::from(u32::MAX);
    }
    let mut state = world.state.clone();
    if setup.has(Fault::TakesFromHolder) {
        state.lease = None;
    }
    if setup.has(Fault::TakesBeforeQueue) {
        state.waiting.clear();
    }
    let Some(fence) = native::take(&mut state, &wish, world.now) else {
        let run = &mut world.runs[index];
        (run.at, run.since) = (At::Asks, world.now);
        return None;
    };
    state.waiting.clone_from(&world.state.waiting);
    world.state = state;
    let broken = out_of_turn(world, index);
    hold(world, index, fence);
    broken
}

fn settled(setup: &Setup, world: &World, index: usize) -> Option<StackState> {
    let run = name(index);
    if setup.has(Fault::SettleFreesSwap) {
        return world.state.without(&run);
    }
    world.state.settled(&run, world.now)
}

fn person(setup: &Setup, world: &mut World) {
    let pending = match std::mem::replace(&mut world.person, Person::Away) {
        Person::Writes(pending) => {
            guarded(setup, world, *pending);
            return;
        }
        Person::Away | Person::Looks => world.state.lease.as_ref(),
    };
    let preparing = pending.filter(|lease| lease.phase == Phase::Preparing);
    if let Some(next) = preparing.and_then(|lease| world.state.without(&lease.run)) {
        let pending = Pending { seen: world.state.revision, next };
        world.person = Person::Writes(Box::new(pending));
    }
}
