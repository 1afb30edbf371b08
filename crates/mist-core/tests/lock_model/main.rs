//! A model of the lock of a stack: it plays every order of the steps of several executions, with stopped executions, lost
//! answers, and time that passes at any moment.
//!
//! The product's own code decides: `acquire`, `tick`, `end`, and the rules of `StackState`. The model assumes three things:
//! a call of a function ends in time, even that of a stopped execution (its `Timeout` is less than `CALL_SECONDS`); the next
//! call of an execution begins after the one before; and an execution that continues does so before its end is forgotten
//! (`REMEMBERED_SECONDS`), as each wait has a timeout of minutes. Under these assumptions, the name of an execution alone
//! identifies the holder; its fencing token is for a call that comes too late nevertheless.

mod atomic;
mod calls;
mod key;
mod search;
mod setup;
mod steps;
mod world;
mod writes;

use std::io::Write as _;

use mist_core::stack::lock::OnConflict::{Queue, Reject, Supersede};
use search::{Found, search};
use setup::{Fault, Setup, Swaps, deploy, rollback, uploaded};
use steps::Broken;

fn holds(setup: &Setup) {
    let Found { states, steps, broken } = search(setup, None);
    // The test harness captures standard output, and this figure is worth seeing.
    let found = format!("lock: {states} states, {steps} steps: {:?}\n", setup.kinds);
    drop(std::io::stderr().write_all(found.as_bytes()));
    assert!(broken.is_empty(), "{broken:#?}");
}

fn misses(fault: Fault, setup: Setup, expected: Broken) {
    let Found { broken, .. } = search(&Setup { fault: Some(fault), ..setup }, Some(expected));
    assert!(broken.contains_key(&expected), "{fault:?}: {broken:#?}");
}

#[test]
fn two_stopped_executions_with_a_lost_answer_keep_the_rules() {
    let setup = Setup::new(&[deploy(Supersede), uploaded(1, Supersede)], 2);
    holds(&Setup { losses: 1, ..setup });
}

#[test]
fn two_deployments_that_wait_for_their_slots_keep_the_rules() {
    let setup = Setup::new(&[uploaded(1, Supersede), uploaded(2, Supersede)], 1);
    holds(&Setup { admission: true, losses: 1, swaps: Swaps::Succeed, ..setup });
}

#[test]
fn a_rollback_and_a_person_who_releases_the_lock_keep_the_rules() {
    let setup = Setup::new(&[rollback(Queue), deploy(Supersede)], 1);
    holds(&Setup { person: true, ..setup });
}

#[test]
fn three_executions_wait_for_each_other_first_come_first_served() {
    let setup = Setup::new(&[deploy(Queue), deploy(Queue), rollback(Queue)], 1);
    holds(&Setup { swaps: Swaps::Never, ..setup });
}

#[test]
fn three_uploads_that_wait_are_released_in_the_order_of_their_times() {
    let uploads = [uploaded(1, Queue), uploaded(2, Queue), uploaded(3, Queue)];
    holds(&Setup { losses: 1, swaps: Swaps::Never, ..Setup::new(&uploads, 1) });
}

#[test]
fn three_uploads_supersede_each_other_with_a_lost_answer() {
    let uploads = [uploaded(1, Supersede), uploaded(2, Supersede), uploaded(3, Supersede)];
    holds(&Setup { losses: 1, swaps: Swaps::Succeed, ..Setup::new(&uploads, 0) });
}

#[test]
fn two_deployments_that_were_superseded_never_acquire_again() {
    let setup = Setup::new(&[deploy(Supersede), deploy(Supersede), deploy(Supersede)], 0);
    holds(&Setup { losses: 1, swaps: Swaps::Never, ..setup });
}

#[test]
fn a_superseded_upload_and_a_rollback_that_does_not_wait_keep_the_rules() {
    let setup = Setup::new(&[uploaded(1, Reject), uploaded(2, Supersede), rollback(Reject)], 0);
    holds(&Setup { swaps: Swaps::Succeed, ..setup });
}

#[test]
fn the_model_finds_every_rule_that_is_dropped() {
    let two = |aborts| Setup::new(&[deploy(Queue), deploy(Queue)], aborts);
    let three = Setup::new(&[deploy(Queue), deploy(Queue), deploy(Queue)], 0);
    let queue = Setup { swaps: Swaps::Never, ..three };
    let superseded = Setup::new(&[deploy(Supersede), deploy(Supersede)], 0);
    let unheard = Setup { losses: 1, ..superseded };
    let twice = Setup::new(&[deploy(Supersede), deploy(Supersede), deploy(Supersede)], 0);
    let uploads = Setup::new(&[rollback(Queue), uploaded(1, Queue), uploaded(2, Queue)], 0);
    misses(Fault::TakesFromHolder, two(0), Broken::TakenFromHolder);
    misses(Fault::TakesBeforeQueue, queue.clone(), Broken::OutOfTurn);
    misses(Fault::HandsOnToLast, queue.clone(), Broken::OutOfTurn);
    misses(Fault::KeepsOldToken, two(0), Broken::Unwoken);
    misses(Fault::WritesUnguarded, two(0), Broken::MovedUnderAnother);
    misses(Fault::SwapsUnchecked, two(0), Broken::MovedWithoutLock);
    misses(Fault::ReconcileFreesSwap, two(1), Broken::MovedUnderAnother);
    misses(Fault::CallsNeverEnd, two(0), Broken::MovedTooLate);
    misses(Fault::ForgetsSuperseded, unheard, Broken::AcquiredAgain);
    misses(
        Fault::RemembersOneSuperseded,
        Setup { losses: 1, swaps: Swaps::Never, ..twice },
        Broken::AcquiredAgain,
    );
    misses(Fault::ForgetsEnds, two(1), Broken::AcquiredAgain);
    misses(Fault::ForgetsUploads, uploads, Broken::OlderUpload);
    misses(Fault::LeasesNeverEnd, two(1), Broken::Outlives);
    misses(Fault::LeasesNeverEnd, two(1), Broken::Stuck);
    misses(Fault::QueueNeverEnds, two(1), Broken::Outlives);
}
