//! What is live, as the state of the stack has it.

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

/// Why there is no swap back after a rollback, and after a deployment in place.
pub const NO_SWAP_BACK: &str = "there is no environment to swap back to";

/// A side that goes live.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoingLive {
    /// The side.
    pub side: Side,
    /// Its environment.
    pub environment: EnvironmentName,
    /// Its version; null if it has none.
    pub version: Option<String>,
    /// The version that was live before on the other side; null if there is none to return to.
    pub previous: Option<String>,
    /// How long DNS caches may keep the other side, in seconds.
    pub drain_seconds: u32,
}

/// Notes that `live` is live from now on, and renews the lease of `holder`. Noting it again changes nothing, so the
/// times are those of the first call.
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
