//! The comparison of a stack with its stored state.

use jiff::Timestamp;
use mist_core::{
    error::Error,
    release::{
        request::{Operation, ReleaseRequest},
        state::{Drift, LiveSide, StackState},
    },
    stack::{settings::Stack, side::Side},
};

use crate::sides::Sides;

/// The drift of a stack that its release accepts.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// What differs from the stored state.
    pub(crate) differences: String,
    /// The live environment as it is found: the state to store.
    pub(crate) live: LiveSide,
}

/// Refuses a release that the stored state forbids: to a stack that was changed without mist, to an environment that
/// DNS caches may still have, or a rollback without a version to return to. Returns the drift that the release accepts.
pub(crate) fn check(
    release: &ReleaseRequest,
    (stack, sides): (&Stack, &Sides),
    target: Side,
    remembered: &StackState,
    now: Timestamp,
) -> Result<Option<Accepted>, Error> {
    if !release.operation.compares_state() {
        return Ok(None);
    }
    let accepted = drift(release, (stack, sides), remembered, now)?;
    match release.operation {
        Operation::Deploy | Operation::Stop => drained(release, sides, target, remembered, now)?,
        Operation::Rollback => can_roll_back(release, sides, target, remembered)?,
        _ => {}
    }
    Ok(accepted)
}

fn drift(
    release: &ReleaseRequest,
    (stack, sides): (&Stack, &Sides),
    remembered: &StackState,
    now: Timestamp,
) -> Result<Option<Accepted>, Error> {
    let Some(live) = &remembered.live else { return Ok(None) };
    let named = |version: &Option<String>| {
        version.as_ref().map_or_else(|| "no version".to_owned(), |version| format!("`{version}`"))
    };
    let found = live.drift(Some(sides.live), sides.on(live.side).version.as_deref());
    let (differences, live) = match found {
        None => return Ok(None),
        Some(Drift::Record(_)) => (
            format!("its record points to side {}, not to side {}", sides.live, live.side),
            moved(stack, sides, now),
        ),
        Some(Drift::Version(found)) => (
            format!("`{}` runs {}, not {}", live.environment, named(&found), named(&live.version)),
            LiveSide { version: found, ..live.clone() },
        ),
    };
    if release.accept_drift {
        return Ok(Some(Accepted { differences, live }));
    }
    Err(Error::Drift { stack: release.stack.to_string(), differences })
}

/// The live environment after a change of the record at an unknown time. DNS caches may have the other environment for
/// as long as if the record had changed now, and mist cannot tell which version a rollback would return to.
fn moved(stack: &Stack, sides: &Sides, now: Timestamp) -> LiveSide {
    let drain = sides.ttl().saturating_add(stack.settings.drain_seconds.get());
    LiveSide {
        side: sides.live,
        environment: stack.settings.environments.on(sides.live).clone(),
        version: sides.on(sides.live).version.clone(),
        since: now.as_second(),
        drained: now.as_second() + i64::from(drain),
        previous: None,
    }
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
    // Whoever accepts a record that was moved has looked. The plan may be made again once that is stored.
    if remembered.accepted_by.as_ref() == Some(&release.execution.id) {
        return Ok(());
    }
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
