//! Runs cases: each has a stack, clients all the time, and a release with a fault.

use std::{
    collections::VecDeque,
    iter,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::future::join_all;
use mist_tests::{Result, World};
use tokio::sync::{RwLock, Semaphore};

use crate::{
    bystander::Bystander,
    cases::Case,
    release::{self, Verdict},
    say,
};

/// The most attempts of a case that has no verdict about mist.
const TRIES: usize = 4;

/// The most stacks that are built at a time in one cloud.
const BUILD_AT_ONCE: usize = 2;

/// A cloud, and the locks of the cases in it.
struct Place {
    world: &'static World,
    bystander: Bystander,
    /// A lock that each release reads, and that a release which must be alone writes.
    turns: RwLock<()>,
    /// The permits to build a stack: starting environments is the largest load of the machine.
    building: Semaphore,
}

/// The number of slow cases at a time in each cloud. Each has clients all the time, and a machine of two cores can
/// serve only so many.
const SLOW_AT_ONCE: usize = 5;

/// Runs `cases`, `at_once` at a time in each of `worlds`; cases that mostly wait for time limits run beside them.
pub(crate) async fn all(
    worlds: &[&'static World],
    mut cases: Vec<Case>,
    at_once: usize,
) -> Result<Vec<Verdict>> {
    let mut places = Vec::new();
    for &world in worlds {
        let bystander = Bystander::new(world).await?;
        let (turns, building) = (RwLock::new(()), Semaphore::new(BUILD_AT_ONCE));
        places.push(Place { world, bystander, turns, building });
    }
    // Cases that need a cloud for themselves come last.
    cases.sort_by_key(|case| !case.point.tells_its_stack);
    let total = cases.len();
    let (slow, quick): (Vec<_>, Vec<_>) = cases.into_iter().partition(Case::is_slow);
    let slow_at_once = slow.len().div_ceil(worlds.len()).min(SLOW_AT_ONCE);
    let (slow, quick) = (Mutex::new(VecDeque::from(slow)), Mutex::new(VecDeque::from(quick)));
    let verdicts = Mutex::new(Vec::new());
    let workers = places.iter().flat_map(|place| {
        let queues = iter::repeat_n(&quick, at_once).chain(iter::repeat_n(&slow, slow_at_once));
        queues.map(|queue| work(place, queue, &verdicts, total))
    });
    join_all(workers).await;
    let mut verdicts = verdicts.into_inner().unwrap_or_else(PoisonError::into_inner);
    verdicts.sort_by_key(|verdict| verdict.case.number);
    Ok(verdicts)
}

async fn work(
    place: &Place,
    queue: &Mutex<VecDeque<Case>>,
    verdicts: &Mutex<Vec<Verdict>>,
    total: usize,
) {
    while let Some(mut case) = next(queue) {
        let before = place.bystander.lost();
        let verdict = one(place, case.clone()).await;
        let lost = match verdict.broken.as_slice() {
            [] => 0,
            _ => place.bystander.lost_in_the_end().await - before,
        };
        if lost > 0 && case.tried + 1 < TRIES {
            say(&format!("again, because a bystander lost {lost} requests: {verdict}"));
            case.tried += 1;
            lock(queue).push_back(case);
            continue;
        }
        let mut verdicts = lock(verdicts);
        say(&format!("{}/{total} {verdict}", verdicts.len() + 1));
        verdicts.push(verdict);
    }
}

async fn one(place: &Place, case: Case) -> Verdict {
    // A call that does not name its stack could be of any release, so there must be no other one.
    if case.point.tells_its_stack {
        let _shared = place.turns.read().await;
        release::of(place.world, &place.building, case).await
    } else {
        let _alone = place.turns.write().await;
        release::of(place.world, &place.building, case).await
    }
}

fn next(queue: &Mutex<VecDeque<Case>>) -> Option<Case> {
    lock(queue).pop_front()
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
