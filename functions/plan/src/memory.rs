//! The comparison of a stack with its stored state.

use jiff::Timestamp;
use mist_core::{
    error::Error,
    release::{
        request::{Operation, ReleaseRequest},
        state::{Drift, LiveSide, StackState},
    },
    stack::side::Side,
};

use crate::sides::Sides;

/// Refuses a release that the stored state forbids: to a stack that was changed without mist, to an environment that
/// DNS caches may still have, or a rollback without a version to return to.
pub(crate) fn check(
    release: &ReleaseRequest,
    sides: &Sides,
    target: Side,
    remembered: &StackState,
    now: Timestamp,
) -> Result<(), Error> {
    match release.operation {
        Operation::Deploy | Operation::Stop => {
            drift(release, sides, remembered)?;
            drained(release, sides, target, remembered, now)
        }
        Operation::Swap => drift(release, sides, remembered),
        Operation::Rollback => {
            drift(release, sides, remembered)?;
            can_roll_back(release, sides, target, remembered)
        }
        Operation::Warm | Operation::Mark | Operation::Start | Operation::Version => Ok(()),
    }
}

fn drift(release: &ReleaseRequest, sides: &Sides, remembered: &StackState) -> Result<(), Error> {
    let Some(live) = remembered.live.as_ref().filter(|_| !release.accept_drift) else {
        return Ok(());
    };
    let named = |version: &Option<String>| {
        version.as_ref().map_or_else(|| "no version".to_owned(), |version| format!("`{version}`"))
    };
    let found = live.drift(Some(sides.live), sides.on(live.side).version.as_deref());
    let differences = match found {
        None => return Ok(()),
        Some(Drift::Record(_)) => {
            format!("its record points to side {}, not to side {}", sides.live, live.side)
        }
        Some(Drift::Version(found)) => {
            let (found, stored) = (named(&found), named(&live.version));
            format!("`{}` runs {found}, not {stored}", live.environment)
        }
    };
    Err(Error::Drift { stack: release.stack.to_string(), differences })
}

// DNS caches may have the address of an environment until the TTL expires: it has users until then.
fn drained(
    release: &ReleaseRequest,
    sides: &Sides,
    target: Side,
    remembered: &StackState,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(live) = &remembered.live else { return Ok(()) };
    if release.in_place || live.side != target.other() || live.drained <= now.as_second() {
        return Ok(());
    }
    let until = Timestamp::from_second(live.drained).unwrap_or(Timestamp::MAX);
    Err(Error::StillDraining {
        environment: sides.on(target).name.clone(),
        until: until.to_string(),
    })
}

fn can_roll_back(
    release: &ReleaseRequest,
    sides: &Sides,
    target: Side,
    remembered: &StackState,
) -> Result<(), Error> {
    let nothing =
        |problem: String| Error::NothingToRollBackTo { stack: release.stack.to_string(), problem };
    let Some(LiveSide { previous, .. }) = &remembered.live else {
        return Err(nothing("mist has not swapped it yet".to_owned()));
    };
    let Some(previous) = previous else {
        return Err(nothing("there is no release before the one that is live".to_owned()));
    };
    let environment = sides.on(target);
    match &environment.version {
        Some(version) if version == previous => Ok(()),
        version => {
            let found = version.as_deref().unwrap_or("no version");
            Err(nothing(format!(
                "`{}` runs `{found}`, not `{previous}`, which was live before; release `{previous}` \
                 instead",
                environment.name
            )))
        }
    }
}
