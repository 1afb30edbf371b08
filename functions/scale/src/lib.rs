//! Changes how many instances an environment has: as many as the live one, as many as it had, or none.

mod match_capacity;
mod serving;
mod start;
mod stop;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    beanstalk::capacity::Capacity,
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Beanstalk, Clock, Dns, Groups, Locks, Monitor},
    release::{
        capacity::{CAPACITY_SECONDS, CapacityWait},
        state::Holder,
    },
};
use serde::{Deserialize, Serialize};

pub use self::{match_capacity::Match, start::Start, stop::Stop};

/// Everything that is looked at and changed.
#[derive(Debug)]
pub struct World<G, B, D, L, C> {
    /// The Auto Scaling groups.
    pub groups: G,
    /// The environments, and what their instances run.
    pub beanstalk: B,
    /// The records that decide which environment is live.
    pub dns: D,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// The environment, and the change of its capacity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The execution, which must hold the stack's lock; null if nothing is to be changed.
    pub holder: Option<Holder>,
    /// The environment to scale.
    pub environment: EnvironmentName,
    /// When the step began.
    pub since: Timestamp,
    /// How many of its instances were just found to run its version, with a health that is good enough; null if that
    /// is unknown.
    #[serde(default)]
    pub serving: Option<u32>,
    /// The change.
    pub action: Action,
}

/// The change of an environment's capacity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// None.
    None,
    /// At least as many instances as the live environment has.
    Match(Match),
    /// The capacity that it had before mist stopped it.
    Start(Start),
    /// No instances.
    Stop(Stop),
}

/// The capacity of the environment. What does not apply is absent.
#[derive(Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The change: `none`, `match`, `start` or `stop`.
    pub action: &'static str,
    /// How many instances the environment has or gets; absent if that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u32>,
    /// How many instances the live environment has; absent if that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_instances: Option<u32>,
    /// The error that does not hold up a rollback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The capacity that a stopped environment gets back when it is started; absent if mist did not stop it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered: Option<Capacity>,
    /// The health of an environment that was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
}

/// Changes the capacity. [`Error::NotReady`] asks to look again later, until instances have come or gone;
/// [`Error::CapacityNotReached`] is the end of that. Running it again changes nothing.
pub async fn run<G: Groups, B: Beanstalk + Monitor, D: Dns, L: Locks, C: Clock>(
    world: &World<G, B, D, L, C>,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, environment, since, serving, action } = request;
    let now = world.clock.now();
    let wait = |timeout| CapacityWait::new(&environment, since, timeout, now);
    let lock = || match &holder {
        Some(holder) => Ok((&stack, holder)),
        None => Err(Error::InvalidInput { problem: "holder: is needed to scale".to_owned() }),
    };
    match action {
        Action::None => Ok(Response { action: "none", ..Response::default() }),
        Action::Match(it) => {
            match_capacity::run(world, lock()?, wait(CAPACITY_SECONDS), (&it, serving)).await
        }
        Action::Start(it) => start::run(world, lock()?, wait(it.timeout_seconds), &it).await,
        Action::Stop(it) => stop::run(world, lock()?, wait(CAPACITY_SECONDS), &it).await,
    }
}
