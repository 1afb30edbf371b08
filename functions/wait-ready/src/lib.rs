//! Waits until a deployment is over and its environment is healthy. The task waits for the decision.

mod judge;
mod request;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use mist_core::{
    beanstalk::environment::Environment,
    error::Error,
    names::StackName,
    ports::{Beanstalk, Clock, Locks, Monitor, Quota, Tasks, Wakes},
    release::{
        lock,
        look::{self, Waiting},
        state::{StackState, TaskToken, Wait, WaitKind},
        steps,
    },
};
use serde_json::json;

pub use request::{Request, Response, Target};

use judge::Found;

/// The time of the next look if none is known to be worthwhile: it always comes after the regular one.
const LATER: Timestamp = Timestamp::MAX;

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<B, L, Q, T, W, C> {
    /// The environments. Each call is tried once, as another look follows.
    pub beanstalk: B,
    /// The locks of stacks, with the waits of their holders.
    pub locks: L,
    /// The claims of looks and timers.
    pub quota: Q,
    /// The waiting tasks.
    pub tasks: T,
    /// The wake-ups for the next look.
    pub wakes: W,
    /// The time.
    pub clock: C,
}

impl<B: Beanstalk + Monitor, L: Locks, Q: Quota, T: Tasks, W: Wakes, C: Clock>
    Ports<B, L, Q, T, W, C>
{
    /// Parks the task with `token`. A later [`look`](Self::look) ends its wait. Parking again replaces the token.
    pub async fn park(
        &self,
        token: TaskToken,
        request: Request,
    ) -> Result<Option<Response>, Error> {
        let wait = Wait::new(WaitKind::Health, &token, self.clock.now(), &json!(request));
        let ports = (&self.locks, &self.wakes, &self.clock);
        steps::park(ports, &request.stack, &request.holder, &wait).await?;
        Ok(None)
    }

    /// Looks once at all deployments, with one call for all environments, and ends the waits that are decided. It also
    /// ends the waits of releases whose turn has come: in a queue, or for their calls of Beanstalk. For all others it
    /// sets a timer: after `recheck`, or earlier if a decision is due.
    pub async fn look(&self, recheck: Duration) -> Result<(), Error> {
        let ports = (&self.quota, &self.wakes, &self.clock);
        if !look::claim(ports, WaitKind::Health).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let (states, unreadable) = look::states(&self.locks).await?;
        for error in unreadable {
            tracing::warn!(error.name = error.code(), "{error}");
        }
        let mut undecided = self.turns(&states, now).await;
        undecided.extend(self.deployments(&states, now).await);
        if undecided.is_empty() {
            return Ok(());
        }
        look::again(ports, WaitKind::Health, (now, recheck), undecided).await
    }

    /// Ends the waits of releases whose turn has come. Returns the times of the next worthwhile looks, one for each wait
    /// that continues.
    async fn turns(&self, states: &[(StackName, StackState)], now: Timestamp) -> Vec<Timestamp> {
        let mut undecided = Vec::new();
        for (stack, state) in states {
            let tick = lock::tick(state, stack.as_str(), now);
            if tick.next.is_some() || !tick.resume.is_empty() {
                let decide = steps::decide((&self.locks, &self.tasks), stack, |state| {
                    lock::tick(state, stack.as_str(), now)
                });
                if let Err(error) = decide.await {
                    tracing::warn!(stack.name = %stack, "the queue moves on later: {error}");
                    undecided.push(LATER);
                }
            }
            undecided.extend(admission(state, now));
            let queue = tick.next.as_ref().map_or(&state.queue, |next| &next.queue);
            let limits = queue.iter().map(|it| Timestamp::from_second(it.until).unwrap_or(LATER));
            undecided.extend(limits);
            undecided.extend(lock::drained(tick.next.as_ref().unwrap_or(state), now));
        }
        undecided
    }

    /// Ends the waits for deployments that are over. Returns the times of the next worthwhile looks, one for each wait
    /// that continues.
    async fn deployments(
        &self,
        states: &[(StackName, StackState)],
        now: Timestamp,
    ) -> Vec<Timestamp> {
        let (mut waits, mut undecided) = (Vec::new(), Vec::new());
        for waiting in look::waiting(states, WaitKind::Health, now) {
            match waiting.request::<Request>() {
                Ok(request) => waits.push((waiting, request)),
                Err(error) => undecided.extend(self.end(&waiting, Err(&error)).await),
            }
        }
        if waits.is_empty() {
            return undecided;
        }
        let names: Vec<_> = waits.iter().map(|(_, request)| &request.environment).collect();
        match self.beanstalk.environments(&names).await {
            Ok(found) => {
                for (waiting, request) in &waits {
                    undecided.extend(self.deployment(waiting, request, &found).await);
                }
            }
            Err(error) => {
                tracing::warn!(
                    error.name = error.code(),
                    "the environments cannot be described: {error}"
                );
                for (waiting, request) in &waits {
                    if request.survives(&error, waiting.since, now) {
                        undecided.push(LATER);
                    } else {
                        undecided.extend(self.end(waiting, Err(&error)).await);
                    }
                }
            }
        }
        undecided
    }

    /// Ends the wait for one deployment if it is over; otherwise returns the time of the next worthwhile look.
    async fn deployment(
        &self,
        waiting: &Waiting,
        request: &Request,
        found: &[Environment],
    ) -> Option<Timestamp> {
        let name = request.environment.as_str();
        let environment = found.iter().find(|environment| environment.name == name).cloned();
        match judge::judge(&self.beanstalk, &self.clock, request, environment).await {
            Ok(Found::NotYet { status, at }) => {
                tracing::info!(environment.name = name, "`{name}` is not ready yet: {status}");
                at.or(Some(LATER))
            }
            Ok(Found::Healthy(response)) => {
                let Request { version, .. } = request;
                let health = &response.health;
                tracing::info!(
                    environment.name = name,
                    version.label = %version,
                    "`{name}` runs `{version}`, and its health is {health}"
                );
                self.end(waiting, Ok(&response)).await
            }
            Err(error) => self.end(waiting, Err(&error)).await,
        }
    }

    /// Ends a wait. If that fails, the wait continues, and the next look ends it.
    async fn end(
        &self,
        waiting: &Waiting,
        outcome: Result<&Response, &Error>,
    ) -> Option<Timestamp> {
        let output = outcome.map(|response| json!(response));
        let output = output.as_ref().map_err(|error| *error);
        match look::end((&self.locks, &self.tasks), waiting, output).await {
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(stack.name = %waiting.stack, "the wait ends later: {error}");
                Some(LATER)
            }
        }
    }
}

/// The time at which the waiting holder of the lock is admitted. `None` if it is past, although the wait is still stored:
/// the task was called again.
fn admission(state: &StackState, now: Timestamp) -> Option<Timestamp> {
    let lease = state.holder(now.as_second())?;
    let wait = lease.wait.as_ref()?;
    let at = lease.admitted.filter(|at| *at > now.as_millisecond())?;
    (wait.kind == WaitKind::Admission).then(|| Timestamp::from_millisecond(at).unwrap_or(LATER))
}
