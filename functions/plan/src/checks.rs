//! Checks that refuse a release which cannot succeed: a swap to an unhealthy environment, a start without a remembered
//! capacity, a bake by alarms that do not exist.

use mist_core::{
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{AlarmState, Alarms, Beanstalk, Groups, Monitor},
    release::{proof, state::StackState, target::Target},
    stack::{bake::BakeSettings, settings::Stack, side::Side},
};

use crate::sides::Sides;

/// Refuses an environment to go live that is unhealthy, or that may not run the version of its label. If it is stopped,
/// the error is [`Error::Stopped`].
pub(crate) async fn may_go_live(
    (beanstalk, groups): (&(impl Beanstalk + Monitor), &impl Groups),
    sides: &Sides,
    target: Side,
    stack: &Stack,
) -> Result<(), Error> {
    let environment = stack.settings.environments.on(target);
    let Err(refused) = sides.may_go_live(target, &stack.settings.allowed_health) else {
        return match &sides.on(target).version {
            Some(version) if target != sides.live => {
                proof::runs(beanstalk, environment, version).await
            }
            _ => Ok(()),
        };
    };
    match groups.group(environment).await {
        Ok(group) if group.capacity.is_stopped() => {
            let (stack, environment) = (stack.name.to_string(), environment.to_string());
            Err(Error::Stopped { stack, environment })
        }
        _ => Err(refused),
    }
}

/// Whether the instances of `environment` run the version of its label. After a deployment that failed halfway they do
/// not, so the version is not live yet.
pub(crate) async fn is_proven(
    beanstalk: &(impl Beanstalk + Monitor),
    environment: &EnvironmentName,
    version: &VersionLabel,
) -> Result<bool, Error> {
    match proof::runs(beanstalk, environment, version.as_str()).await {
        Ok(()) => Ok(true),
        Err(Error::UnprovenVersion { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Refuses to start an environment that is running, or whose capacity is unknown.
pub(crate) async fn may_start(
    groups: &impl Groups,
    Target { side, environment, .. }: &Target,
    remembered: &StackState,
) -> Result<(), Error> {
    let group = groups.group(environment).await?;
    let environment_name = environment.to_string();
    if !group.capacity.is_stopped() {
        let instances = group.capacity.desired;
        // An earlier start may have ended before its instances were in service; this one continues it.
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

/// Refuses a bake by an alarm that does not exist, as it could never be in alarm. Removes the alarms that are in alarm
/// already, and returns a warning for each: the version before caused them, and this one may fix them.
pub(crate) async fn alarms(
    alarms: &impl Alarms,
    bake: &mut BakeSettings,
) -> Result<Vec<String>, Error> {
    let found = alarms.states(&bake.alarms).await?;
    let missing = bake.alarms.iter().find(|name| found.iter().all(|alarm| alarm.name != **name));
    if let Some(alarm) = missing {
        return Err(Error::UnknownAlarm { alarm: alarm.clone() });
    }
    let (ringing, quiet): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|alarm| alarm.state == AlarmState::Alarm);
    bake.alarms = quiet.into_iter().map(|alarm| alarm.name).collect();
    let warnings = ringing.into_iter().map(|alarm| {
        format!("alarm `{}` was in alarm before the release, so it does not count", alarm.name)
    });
    Ok(warnings.collect())
}
