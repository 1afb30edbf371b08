//! Plays the lock of a stack through: every order of the steps of several runs, with runs that are stopped,
//! answers and events that are lost, and time that passes at any moment.
//!
//! What decides is the code itself: `look`, `swapping`, `check_holder`, `settled`, `without`. What the
//! workflow writes without a function is mirrored in `native`. Two things are taken for granted: a call of
//! a function ends in time, also that of a stopped run (its `Timeout`, which is less than `CALL_SECONDS`),
//! and the next call of a run begins when the one before is over. As long as that is so, the name of the
//! run alone tells whose lock it is; its number is for the call that should come too late after all.
//!
//! One thing is known not to hold: only the last run whose place was taken is remembered. If the answer that
//! told a run of its lock is lost, and two newer ones take each other's place before it asks again, it waits
//! its turn like a run that never had the lock.

mod calls;
mod native;
mod search;
mod setup;
mod steps;
mod world;

use std::io::Write as _;

use mist_core::OnConflict::{Queue, Reject, Supersede};
use search::{Found, search};
use setup::{Fault, Setup, asked, rollback, uploaded};
use steps::Broken;

fn holds(setup: &Setup) {
    let Found { states, steps, broken } = search(setup, None);
    // Tests capture what is printed, and this is worth seeing.
    let told = format!("lock: {states} states, {steps} steps: {:?}\n", setup.kinds);
    drop(std::io::stderr().write_all(told.as_bytes()));
    assert!(broken.is_empty(), "{broken:#?}");
}

fn misses(fault: Fault, setup: Setup, expected: Broken) {
    let Found { broken, .. } = search(&Setup { fault: Some(fault), ..setup }, Some(expected));
    assert!(broken.contains_key(&expected), "{fault:?}: {broken:#?}");
}

#[test]
fn two_runs_that_are_stopped_and_not_answered_do_no_harm() {
    let setup = Setup::new(&[asked(Supersede), uploaded(1, Supersede)], 2);
    holds(&Setup { losses: 1, ..setup });
}

#[test]
fn a_rollback_and_somebody_who_releases_the_lock_by_hand_do_no_harm() {
    let setup = Setup::new(&[rollback(Queue), asked(Supersede)], 1);
    holds(&Setup { person: true, ..setup });
}

#[test]
fn three_runs_wait_for_each_other_first_come_first_served() {
    let setup = Setup::new(&[asked(Queue), asked(Queue), rollback(Queue)], 1);
    holds(&Setup { swaps: false, ..setup });
}

#[test]
fn three_uploads_take_each_others_place() {
    let uploads = [uploaded(1, Supersede), uploaded(2, Supersede), uploaded(3, Supersede)];
    holds(&Setup { turns_bad: false, ..Setup::new(&uploads, 0) });
}

#[test]
fn an_upload_that_is_replaced_and_a_rollback_that_does_not_wait_do_no_harm() {
    let setup = Setup::new(&[uploaded(1, Reject), uploaded(2, Supersede), rollback(Reject)], 0);
    holds(&Setup { turns_bad: false, ..setup });
}

#[test]
fn every_rule_that_is_dropped_is_missed() {
    let two = |aborts| Setup::new(&[asked(Queue), asked(Queue)], aborts);
    let three = Setup::new(&[asked(Queue), asked(Queue), asked(Queue)], 0);
    let replaced = Setup::new(&[asked(Supersede), asked(Supersede)], 0);
    misses(Fault::TakesFromHolder, two(0), Broken::MovedUnderAnother);
    misses(Fault::TakesBeforeQueue, Setup { swaps: false, ..three }, Broken::OutOfTurn);
    misses(Fault::WritesUnguarded, two(0), Broken::MovedUnderAnother);
    misses(Fault::SwapsUnchecked, two(0), Broken::MovedWithoutLock);
    misses(Fault::SettleFreesSwap, two(1), Broken::MovedUnderAnother);
    misses(Fault::CallsNeverEnd, two(0), Broken::MovedTooLate);
    misses(
        Fault::ForgetsSuperseded,
        Setup { losses: 1, ..replaced },
        Broken::MovedThoughSuperseded,
    );
    misses(Fault::LeasesNeverEnd, two(1), Broken::Outlives);
    misses(Fault::LeasesNeverEnd, two(1), Broken::Stuck);
}
