//! Watches a version that went live, and decides whether it may stay live. The task waits for the decision.

mod judge;
mod request;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use mist_core::{
    beanstalk::environment::Environment,
    error::Error,
    ports::{Alarms, Beanstalk, Clock, Locks, Monitor, Quota, Tasks, Wakes},
    release::{
        look::{self, Waiting},
        state::{TaskToken, Wait, WaitKind},
        steps,
    },
};
use serde_json::Value;

pub use request::{Request, Response, Verdict};

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<L, Q, T, W, B, A, C> {
    /// The locks of stacks, with the waits of their holders.
    pub locks: L,
    /// The claims of looks and timers.
    pub quota: Q,
    /// The waiting tasks.
    pub tasks: T,
    /// The wake-ups for the next look.
    pub wakes: W,
    /// Elastic Beanstalk.
    pub beanstalk: B,
    /// The alarms.
    pub alarms: A,
    /// The time.
    pub clock: C,
}

/// The time between two looks if figures decide.
const FIGURES_RECHECK: Duration = Duration::from_secs(15);

/// A bake whose task waits.
struct Bake {
    waiting: Waiting,
    request: Request,
}

impl<L: Locks, Q: Quota, T: Tasks, W: Wakes, B: Beanstalk + Monitor, A: Alarms, C: Clock>
    Ports<L, Q, T, W, B, A, C>
{
    /// Begins the bake: parks the task with `token`, unless the bake has no duration. Beginning again replaces the token.
    pub async fn park(
        &self,
        token: TaskToken,
        request: Request,
    ) -> Result<Option<Response>, Error> {
        if request.bake.seconds.get() == 0 {
            return Ok(Some(Response { verdict: Verdict::Good, reason: None, seconds: 0 }));
        }
        let text = serde_json::to_value(&request)
            .map_err(|error| Error::InvalidInput { problem: error.to_string() })?;
        let wait = Wait::new(WaitKind::Bake, &token, self.clock.now(), &text);
        let ports = (&self.locks, &self.wakes, &self.clock);
        steps::park(ports, &request.stack, &request.holder, &wait).await?;
        Ok(None)
    }

    /// Looks once at every environment that bakes, ends the waits that are decided, and sets a timer for the others: after
    /// `recheck`, or at the next end of a bake.
    pub async fn look(&self, recheck: Duration) -> Result<(), Error> {
        let ports = (&self.quota, &self.wakes, &self.clock);
        if !look::claim(ports, WaitKind::Bake).await? {
            return Ok(());
        }
        let now = self.clock.now();
        let bakes = self.waiting(now).await?;
        let figures = bakes.iter().any(|bake| bake.request.has_figures());
        let recheck = if figures { recheck.min(FIGURES_RECHECK) } else { recheck };
        let undecided = self.decide(bakes, now).await;
        if undecided.is_empty() {
            return Ok(());
        }
        look::again(ports, WaitKind::Bake, (now, recheck), undecided).await
    }

    /// All bakes whose tasks wait. A request that cannot be read ends its own wait only.
    async fn waiting(&self, now: Timestamp) -> Result<Vec<Bake>, Error> {
        let (states, unreadable) = look::states(&self.locks).await?;
        for error in unreadable {
            tracing::warn!(error.name = error.code(), "{error}");
        }
        let mut bakes = Vec::new();
        for waiting in look::waiting(&states, WaitKind::Bake, now) {
            match waiting.request() {
                Ok(request) => bakes.push(Bake { waiting, request }),
                Err(error) => drop(self.end(&waiting, Err(error)).await),
            }
        }
        Ok(bakes)
    }

    /// Ends the waits that are decided. Returns the ends of all other bakes.
    async fn decide(&self, bakes: Vec<Bake>, now: Timestamp) -> Vec<Timestamp> {
        let names: BTreeSet<_> = bakes.iter().map(|bake| &bake.request.environment).collect();
        let names: Vec<_> = names.into_iter().collect();
        if names.is_empty() {
            return Vec::new();
        }
        let found = self.beanstalk.environments(&names).await;
        let mut undecided = Vec::new();
        for bake in &bakes {
            let decision = self.judge(&bake.request, found.as_deref(), now).await;
            if !self.settle(&bake.waiting, decision).await {
                undecided.push(bake.request.next_end(now));
            }
        }
        if let Err(error) = &found {
            tracing::warn!(
                error.name = error.code(),
                "the environments cannot be described: {error}"
            );
        }
        undecided
    }

    /// The decision on one bake; `None` if there is none yet.
    async fn judge(
        &self,
        request: &Request,
        found: Result<&[Environment], &Error>,
        now: Timestamp,
    ) -> Result<Option<Response>, Error> {
        let name = request.environment.as_str();
        // A call that fails costs one look of many.
        let finding = match found {
            Ok(found) => {
                let environment = found.iter().find(|environment| environment.name == name);
                let ports = (&self.beanstalk, &self.alarms);
                let inspected = judge::inspect(ports, request, environment).await;
                inspected.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        judge::decide(request, finding, now.duration_since(request.since).as_secs())
    }

    /// Ends the wait if it is decided. Returns whether it is over.
    async fn settle(&self, waiting: &Waiting, decision: Result<Option<Response>, Error>) -> bool {
        match decision {
            Ok(None) => false,
            Err(error) if error.may_pass() => {
                tracing::warn!(stack.name = %waiting.stack, error.name = error.code(), "{error}");
                false
            }
            Ok(Some(response)) => {
                let Response { verdict, seconds, .. } = &response;
                let what = format!("the bake on `{}` is over after {seconds} s", waiting.stack);
                tracing::info!(stack.name = %waiting.stack, "{what}: {verdict:?}");
                let output = serde_json::to_value(response).unwrap_or_default();
                self.end(waiting, Ok(output)).await
            }
            Err(error) => self.end(waiting, Err(error)).await,
        }
    }

    /// Ends the wait. Returns `false` if that failed; then the next look tries again.
    async fn end(&self, waiting: &Waiting, end: Result<Value, Error>) -> bool {
        if let Err(error) = &end {
            tracing::error!(stack.name = %waiting.stack, error.name = error.code(), "{error}");
        }
        match look::end((&self.locks, &self.tasks), waiting, end.as_ref()).await {
            Ok(true) => true,
            Ok(false) => {
                let why = "it timed out, or its execution ended";
                tracing::warn!(stack.name = %waiting.stack, "the task no longer waits: {why}");
                true
            }
            Err(error) => {
                tracing::warn!(stack.name = %waiting.stack, "the wait cannot be ended now: {error}");
                false
            }
        }
    }
}
