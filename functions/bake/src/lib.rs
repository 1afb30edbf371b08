//! Watches a version that went live, and decides whether it may stay: the task waits until that is decided.

mod judge;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mist_core::{
    beanstalk::{environment::Environment, health::AllowedHealth},
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Alarms, Beanstalk, Clock, Locks, Monitor, Quota, Tasks, Wakes},
    release::{
        look::{self, Waiting},
        state::{Holder, TaskToken, Wait, WaitKind},
        steps,
    },
    stack::bake::BakeSettings,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that a bake is watched with.
#[derive(Debug)]
pub struct Ports<L, Q, T, W, B, A, C> {
    /// The locks of stacks, with what waits.
    pub locks: L,
    /// At most one look a second.
    pub quota: Q,
    /// The tasks that wait.
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

/// The environment to watch, for how long, and by which figures.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution with the lock.
    pub holder: Holder,
    /// The environment that is live.
    pub environment: EnvironmentName,
    /// The version that it must run; null where it had none.
    pub version: Option<String>,
    /// When it went live.
    pub since: Timestamp,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
    /// For how long it is watched, and by which figures.
    pub bake: BakeSettings,
    /// Whether there is an environment to swap back to.
    pub can_swap_back: bool,
}

impl Request {
    /// When the bake is over. Past its end, any next look may decide.
    fn next_end(&self, now: Timestamp) -> Timestamp {
        let end = self.since + SignedDuration::from_secs(self.bake.seconds.get().into());
        if end > now { end } else { Timestamp::MAX }
    }

    /// Whether figures decide as well. They are those of ten seconds, and no event tells of them.
    fn has_figures(&self) -> bool {
        self.bake.max_failed_percent.is_some() || self.bake.max_p90_ms.is_some()
    }
}

/// The version may stay.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whether it is known to be good.
    pub verdict: Verdict,
    /// The reason, if that is unknown.
    pub reason: Option<String>,
    /// For how long it was watched, in seconds.
    pub seconds: i64,
}

/// The verdict on a version that may stay. A bad version is an error: [`Error::BakeFailed`], [`Error::Held`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It was good for as long as it was watched.
    Good,
    /// Its health is unknown, and the stack goes on without.
    Inconclusive,
}

/// The time between two looks while figures decide.
const FIGURES_RECHECK: Duration = Duration::from_secs(15);

/// A bake that waits for its end.
struct Bake {
    waiting: Waiting,
    request: Request,
}

impl<L, Q, T, W, B, A, C> Ports<L, Q, T, W, B, A, C>
where
    L: Locks,
    Q: Quota,
    T: Tasks,
    W: Wakes,
    B: Beanstalk + Monitor,
    A: Alarms,
    C: Clock,
{
    /// Begins the bake: the task with `token` waits for its end, unless there is none. It changes nothing else,
    /// and the token of a later call takes the place of an earlier one.
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

    /// Looks once at every environment that bakes, ends the waits of those that are decided, and sees to it that
    /// the others are looked at again: after `recheck`, or when the next of them is over.
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

    /// All bakes that wait. A request that cannot be read ends its own wait and no other.
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

    /// Ends the waits that are decided; gives the ends of all other bakes.
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
            tracing::warn!(error.name = error.code(), "no environment could be looked at: {error}");
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
        // A bake makes many calls, and one that fails is only one look less.
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

    /// Ends the wait if it is decided, or else keeps its lease. Returns whether it is over.
    async fn settle(&self, waiting: &Waiting, decision: Result<Option<Response>, Error>) -> bool {
        let decision = match decision {
            Ok(None) => look::renew(&self.locks, &self.clock, waiting).await.map(|()| None),
            decided => decided,
        };
        match decision {
            Ok(None) => false,
            Err(error) if look::passes(&error) => {
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

    /// Ends the wait. Returns whether that succeeded; if not, the next look tries again.
    async fn end(&self, waiting: &Waiting, end: Result<Value, Error>) -> bool {
        if let Err(error) = &end {
            tracing::error!(stack.name = %waiting.stack, error.name = error.code(), "{error}");
        }
        match look::end((&self.locks, &self.tasks), waiting, end.as_ref()).await {
            Ok(true) => true,
            Ok(false) => {
                let why = "it timed out, or its execution ended";
                tracing::warn!(stack.name = %waiting.stack, "the task waited no longer: {why}");
                true
            }
            Err(error) => {
                tracing::warn!(stack.name = %waiting.stack, "the wait cannot be ended now: {error}");
                false
            }
        }
    }
}
