//! The live environment in the state of a stack.

use serde::Deserialize;

use super::{
    state::{Holder, LiveSide},
    steps,
};
use crate::{
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Clock, Locks},
    stack::side::Side,
};

/// The reason why there is no swap back after a rollback or a deployment in place.
pub const NO_SWAP_BACK: &str = "there is no environment to swap back to";

/// An environment that goes live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoingLive {
    /// Its side.
    pub side: Side,
    /// Its name.
    pub environment: EnvironmentName,
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// The version of the other environment that was live before; null if mist cannot roll back to it.
    pub previous: Option<String>,
    /// The time for which DNS caches may point to the other environment, in seconds.
    pub drain_seconds: u32,
}

/// Notes that `live` is live, and renews the lease of `holder`. Noting it again keeps the times of the first call.
pub async fn note(
    locks: &impl Locks,
    clock: &impl Clock,
    (stack, holder): (&StackName, &Holder),
    live: &GoingLive,
) -> Result<(), Error> {
    steps::change(locks, stack, |state| {
        let now = clock.now().as_second();
        let GoingLive { side, environment, version, previous, drain_seconds } = live.clone();
        let drained = now + i64::from(drain_seconds);
        let live = LiveSide { side, environment, version, since: now, drained, previous };
        Ok((state.went_live(holder, live, now)?, ()))
    })
    .await
}

/// Notes that a release of `holder` accepted `live` as it was found. Noting it again keeps the first note.
pub async fn accept(
    locks: &impl Locks,
    (stack, holder): (&StackName, &Holder),
    live: &LiveSide,
) -> Result<(), Error> {
    steps::change(locks, stack, |state| Ok((state.accepted(holder, live)?, ()))).await
}
