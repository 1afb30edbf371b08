//! Refuses what cannot work: a swap to an environment that does not serve, a start without sizes, a bake by alarms
//! that do not exist.

use mist_core::{
    error::Error,
    ports::{AlarmState, Alarms, Groups},
    release::{state::StackState, target::Target},
    stack::{settings::Stack, side::Side},
};

use crate::choose::Sides;

/// Refuses to put a side live that does not serve well, and says so if it was stopped.
pub(crate) async fn may_go_live(
    groups: &impl Groups,
    sides: &Sides,
    target: Side,
    stack: &Stack,
) -> Result<(), Error> {
    let Err(refused) = sides.may_go_live(target, &stack.settings.allowed_health) else {
        return Ok(());
    };
    let environment = stack.settings.environments.on(target);
    match groups.group(environment).await {
        Ok(group) if group.capacity.is_stopped() => {
            Err(Error::Stopped { environment: environment.to_string() })
        }
        _ => Err(refused),
    }
}

/// Refuses to start an environment that runs, and one whose capacity is unknown.
pub(crate) async fn may_start(
    groups: &impl Groups,
    Target { side, environment, .. }: &Target,
    remembered: &StackState,
) -> Result<(), Error> {
    let group = groups.group(environment).await?;
    let environment_name = environment.to_string();
    if !group.capacity.is_stopped() {
        let instances = group.capacity.desired;
        // An earlier start may have ended before they were there: this one goes on waiting then.
        if group.in_service < instances {
            return Ok(());
        }
        return Err(Error::AlreadyRunning { environment: environment_name, instances });
    }
    match remembered.stopped(*side, environment) {
        Some(_) => Ok(()),
        None => Err(Error::SizesUnknown { environment: environment_name }),
    }
}

/// The alarms that can tell something of the version: not those that are in alarm already, as they are
/// about the one before, and may be just what it mends. Refuses those that are not there: they would
/// never ring.
pub(crate) async fn fit_alarms(
    alarms: &impl Alarms,
    names: &[String],
) -> Result<Vec<String>, Error> {
    let found = alarms.states(names).await?;
    let missing = names.iter().find(|name| found.iter().all(|alarm| alarm.name != **name));
    if let Some(alarm) = missing {
        return Err(Error::UnknownAlarm { alarm: alarm.clone() });
    }
    let fine = found.into_iter().filter(|alarm| alarm.state != AlarmState::Alarm);
    Ok(fine.map(|alarm| alarm.name).collect())
}
