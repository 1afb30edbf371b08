//! Simulated time, which runs at a scale of real time or is moved by hand.
//!
//! Every task that changes the world holds a [`Worker`] and waits with [`Clock::until`] only. So the clock knows when
//! all tasks wait, and manual time does not advance before all due work is done.

mod moment;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

pub(crate) use moment::Moment;
use moment::micros;

/// The real time that due work may take when time is moved by hand.
const PATIENCE: Duration = Duration::from_mins(2);

/// A clock of simulated time. Clones share one time.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Shared>);

/// The registration of a task that changes the world, until it is dropped.
#[derive(Debug)]
pub(crate) struct Worker(Clock);

/// The reason why time cannot be moved by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotMove {
    /// Time is running.
    #[error("time is running; stop it first")]
    Running,
    /// Due work is still in progress.
    #[error("due work took longer than {} s", PATIENCE.as_secs())]
    StillAtWork,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// A notification that the next sleeper or the pace may have changed.
    changed: Arc<Notify>,
    /// A notification that no worker is active.
    settled: Notify,
    /// A lock for moving time by hand.
    moving: tokio::sync::Mutex<()>,
    driver: Mutex<Option<AbortHandle>>,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    scale: f64,
    /// The start of dates; `None` if dates are those of the wall clock.
    epoch: Option<Timestamp>,
    sleepers: BTreeMap<(Moment, u64), oneshot::Sender<()>>,
    /// The number of sleeps so far, which orders sleepers of one moment.
    slept: u64,
    /// The number of workers that are not asleep.
    working: usize,
}

#[derive(Debug, Clone, Copy)]
enum Pace {
    Running { since: Instant, from: Moment },
    Standing { at: Moment },
}

/// One wait, which may be dropped early.
struct Nap {
    clock: Clock,
    key: (Moment, u64),
    woken: oneshot::Receiver<()>,
    over: bool,
}

impl Clock {
    /// Starts a clock at a moment, at a scale of real time or stopped. Dates count from `epoch`; with `None` they are
    /// those of the wall clock.
    ///
    /// Must be called within a Tokio runtime.
    pub(crate) fn start(
        from: Moment,
        scale: f64,
        standing: bool,
        epoch: Option<Timestamp>,
    ) -> Self {
        let pace = if standing {
            Pace::Standing { at: from }
        } else {
            Pace::Running { since: Instant::now(), from }
        };
        let state = State { pace, scale, epoch, sleepers: BTreeMap::new(), slept: 0, working: 0 };
        let clock = Self(Arc::new(Shared {
            state: Mutex::new(state),
            changed: Arc::default(),
            settled: Notify::new(),
            moving: tokio::sync::Mutex::default(),
            driver: Mutex::default(),
        }));
        let driver = tokio::spawn(drive(Arc::downgrade(&clock.0), Arc::clone(&clock.0.changed)));
        *clock.0.driver.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(driver.abort_handle());
        clock
    }

    pub(crate) fn moment(&self) -> Moment {
        self.state().now()
    }

    /// The current date of the world.
    pub(crate) fn date(&self) -> Timestamp {
        let state = self.state();
        state.epoch.map_or_else(Timestamp::now, |epoch| {
            let passed = i64::try_from(state.now().0).unwrap_or(i64::MAX);
            epoch.saturating_add(SignedDuration::from_micros(passed)).unwrap_or(epoch)
        })
    }

    /// Whether a date is less than `seconds` old.
    pub(crate) fn is_younger(&self, date: Timestamp, seconds: f64) -> bool {
        let counts_simulated_time = self.state().epoch.is_some();
        let age = if counts_simulated_time {
            Duration::from_micros(micros(seconds))
        } else {
            self.real(seconds)
        };
        self.date().duration_since(date)
            < SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX)
    }

    /// The real duration of simulated seconds while time runs.
    pub(crate) fn real(&self, seconds: f64) -> Duration {
        Duration::from_micros(micros(seconds / self.state().scale))
    }

    /// Registers a worker. Manual time waits until it sleeps or is dropped.
    pub(crate) fn worker(&self) -> Worker {
        self.state().working += 1;
        Worker(self.clone())
    }

    /// Waits for a moment. Only for tasks that hold a [`Worker`].
    pub(crate) async fn until(&self, moment: Moment) {
        let Some(mut nap) = self.nap(moment) else { return };
        poll_fn(|context| Pin::new(&mut nap.woken).poll(context)).await.ok();
        nap.over = true;
    }

    /// Waits for some seconds. Only for tasks that hold a [`Worker`].
    pub(crate) async fn sleep(&self, seconds: f64) {
        self.until(self.moment().plus(seconds)).await;
    }

    /// Stops time, or starts it again.
    pub(crate) fn stand(&self, still: bool) {
        let mut state = self.state();
        let now = state.now();
        state.pace = if still {
            Pace::Standing { at: now }
        } else {
            Pace::Running { since: Instant::now(), from: now }
        };
        drop(state);
        self.0.changed.notify_one();
    }

    pub(crate) fn stands(&self) -> bool {
        matches!(self.state().pace, Pace::Standing { .. })
    }

    /// Advances stopped time by some seconds, and stops at each due moment on the way.
    pub(crate) async fn advance(&self, seconds: f64) -> Result<(), CannotMove> {
        let _turn = self.0.moving.lock().await;
        let goal = self.moment().plus(seconds);
        self.settle().await?;
        while self.state().wake_next(goal)? {
            self.settle().await?;
        }
        let mut state = self.state();
        if let Pace::Standing { at } = &mut state.pace {
            *at = goal.max(*at);
        }
        Ok(())
    }

    /// Advances stopped time to the next due moment. Returns whether there was one.
    pub(crate) async fn step(&self) -> Result<bool, CannotMove> {
        let _turn = self.0.moving.lock().await;
        self.settle().await?;
        let next = self.state().sleepers.keys().next().map(|(moment, _)| *moment);
        let Some(goal) = next else { return Ok(false) };
        while self.state().wake_next(goal)? {
            self.settle().await?;
        }
        Ok(true)
    }

    /// Waits until no worker is active. Time must be stopped.
    async fn settle(&self) -> Result<(), CannotMove> {
        if !self.stands() {
            return Err(CannotMove::Running);
        }
        let settled = async {
            loop {
                let notified = self.0.settled.notified();
                if self.state().working == 0 {
                    return;
                }
                notified.await;
            }
        };
        tokio::time::timeout(PATIENCE, settled).await.map_err(|_| CannotMove::StillAtWork)
    }

    /// Puts the caller to sleep, unless the moment has passed.
    fn nap(&self, moment: Moment) -> Option<Nap> {
        let mut state = self.state();
        if moment <= state.now() {
            return None;
        }
        let (sender, woken) = oneshot::channel();
        state.slept += 1;
        let key = (moment, state.slept);
        state.sleepers.insert(key, sender);
        state.working = state.working.saturating_sub(1);
        let (first, idle) = (state.sleepers.keys().next() == Some(&key), state.working == 0);
        drop(state);
        if first {
            self.0.changed.notify_one();
        }
        if idle {
            self.0.settled.notify_waiters();
        }
        Some(Nap { clock: self.clone(), key, woken, over: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> Moment {
        match self.pace {
            Pace::Running { since, from } => from.plus(since.elapsed().as_secs_f64() * self.scale),
            Pace::Standing { at } => at,
        }
    }

    /// Wakes the first sleeper and counts it as active.
    fn wake_first(&mut self) {
        if let Some((_, sleeper)) = self.sleepers.pop_first() {
            self.working += 1;
            // A dropped nap has already counted its worker as active.
            if sleeper.send(()).is_err() {
                self.working = self.working.saturating_sub(1);
            }
        }
    }

    /// Wakes the next sleeper that is due by `goal`, with time at its moment.
    fn wake_next(&mut self, goal: Moment) -> Result<bool, CannotMove> {
        let Pace::Standing { at } = &mut self.pace else { return Err(CannotMove::Running) };
        let next = self.sleepers.keys().next().map(|(moment, _)| *moment);
        let Some(moment) = next.filter(|moment| *moment <= goal) else { return Ok(false) };
        *at = moment.max(*at);
        self.wake_first();
        Ok(true)
    }

    /// Wakes all due sleepers. Returns the real time until the next one is due.
    fn wake_due(&mut self) -> Option<Duration> {
        if matches!(self.pace, Pace::Standing { .. }) {
            return None;
        }
        let now = self.now();
        loop {
            let (moment, _) = *self.sleepers.keys().next()?;
            if moment > now {
                return Some(Duration::from_micros(micros(moment.since(now) / self.scale)));
            }
            self.wake_first();
        }
    }
}

/// Wakes sleepers for as long as the clock exists.
async fn drive(clock: Weak<Shared>, changed: Arc<Notify>) {
    loop {
        let Some(shared) = clock.upgrade() else { return };
        let wait = shared.state().wake_due();
        drop(shared);
        match wait {
            None => changed.notified().await,
            Some(wait) => {
                tokio::select! {
                    () = pause(wait) => {}
                    () = changed.notified() => {}
                }
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.get_mut().unwrap_or_else(PoisonError::into_inner) {
            driver.abort();
        }
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        // A worker that stops waiting is active again. A woken one has been counted already.
        let mut state = self.clock.state();
        if !self.over && state.sleepers.remove(&self.key).is_some() {
            state.working += 1;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.working = state.working.saturating_sub(1);
        let idle = state.working == 0;
        drop(state);
        if idle {
            self.0.0.settled.notify_waiters();
        }
    }
}

/// Waits in real time.
#[expect(clippy::disallowed_methods, reason = "to let time pass is what a simulator is for")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
