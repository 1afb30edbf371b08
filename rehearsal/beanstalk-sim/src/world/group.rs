//! The Auto Scaling group of an environment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::options::OptionSettings;
use crate::clock::Moment;

/// How many activities are kept; the oldest go first.
const KEPT: usize = 100;

/// How many instances an environment is to have, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AutoScalingGroup {
    pub(crate) name: String,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) desired: usize,
    /// How many seconds a polite request waits after the last activity.
    pub(crate) cooldown: u32,
    /// The processes, such as `Launch`, that are suspended.
    pub(crate) suspended: BTreeSet<Process>,
    /// By name, those that were set past Beanstalk.
    pub(crate) scheduled: BTreeMap<String, ScheduledAction>,
    /// The instances that somebody declared unhealthy.
    pub(crate) unhealthy: BTreeSet<String>,
    /// Newest first.
    pub(crate) activities: VecDeque<ScalingActivity>,
    /// Since when the group is gone; only others than Beanstalk delete it while its environment lives.
    pub(crate) deleted: Option<Moment>,
    /// When an activity last began.
    last_activity: Option<Moment>,
    /// Why the sizes are what they are, for the activities that follow from it.
    reason: Option<String>,
}

/// What a group does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Process {
    AddToLoadBalancer,
    AlarmNotification,
    #[serde(rename = "AZRebalance")]
    AzRebalance,
    HealthCheck,
    InstanceRefresh,
    Launch,
    ReplaceUnhealthy,
    ScheduledActions,
    Terminate,
}

/// New sizes at a time to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScheduledAction {
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// A cron expression, which is shown and not followed.
    pub(crate) recurrence: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) sizes: Sizes,
}

/// Sizes to take over, each only when it is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) desired: Option<usize>,
}

/// Sizes that contradict each other, in Auto Scaling's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Contradiction {
    #[error("Max bound, {max}, must be greater than or equal to min bound, {min}")]
    Bounds { min: usize, max: usize },
    #[error(
        "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
    )]
    Desired { desired: usize, min: usize, max: usize },
}

/// The launch or the termination of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScalingActivity {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) description: String,
    pub(crate) cause: String,
    pub(crate) start: Timestamp,
    /// `None` while it is in progress.
    pub(crate) end: Option<Timestamp>,
}

impl Process {
    pub(crate) const ALL: [Self; 9] = [
        Self::AddToLoadBalancer,
        Self::AlarmNotification,
        Self::AzRebalance,
        Self::HealthCheck,
        Self::InstanceRefresh,
        Self::Launch,
        Self::ReplaceUnhealthy,
        Self::ScheduledActions,
        Self::Terminate,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AddToLoadBalancer => "AddToLoadBalancer",
            Self::AlarmNotification => "AlarmNotification",
            Self::AzRebalance => "AZRebalance",
            Self::HealthCheck => "HealthCheck",
            Self::InstanceRefresh => "InstanceRefresh",
            Self::Launch => "Launch",
            Self::ReplaceUnhealthy => "ReplaceUnhealthy",
            Self::ScheduledActions => "ScheduledActions",
            Self::Terminate => "Terminate",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|process| process.name() == name)
    }
}

impl AutoScalingGroup {
    /// The group as the options of an environment make it.
    pub(crate) fn new(name: String, options: &OptionSettings) -> Self {
        let mut group = Self {
            name,
            min: 0,
            max: 0,
            desired: 0,
            cooldown: 0,
            suspended: BTreeSet::new(),
            scheduled: BTreeMap::new(),
            unhealthy: BTreeSet::new(),
            activities: VecDeque::new(),
            deleted: None,
            last_activity: None,
            reason: None,
        };
        group.configure(options);
        group
    }

    /// Takes over the sizes of an environment's options, whatever was changed past Beanstalk.
    pub(crate) fn configure(&mut self, options: &OptionSettings) {
        self.min = options.min_size();
        self.max = options.max_size();
        self.cooldown = options.cooldown();
        self.desired = self.desired.clamp(self.min, self.max.max(self.min));
        self.reason = None;
    }

    /// Makes the group anew, as a rebuild does.
    pub(crate) fn rebuild(&mut self, options: &OptionSettings) {
        *self = Self::new(self.name.clone(), options);
    }

    /// Takes over sizes. A bound that the desired capacity is beyond moves it along, unless that is given as well.
    pub(crate) fn resize(&mut self, sizes: Sizes) -> Result<(), Contradiction> {
        let (min, max) = (sizes.min.unwrap_or(self.min), sizes.max.unwrap_or(self.max));
        if max < min {
            return Err(Contradiction::Bounds { min, max });
        }
        let desired = sizes.desired.unwrap_or_else(|| self.desired.clamp(min, max));
        if desired < min || desired > max {
            return Err(Contradiction::Desired { desired, min, max });
        }
        (self.min, self.max, self.desired) = (min, max, desired);
        Ok(())
    }

    /// Notes why the activities to come will happen.
    pub(crate) fn explain(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    pub(crate) fn runs(&self, process: Process) -> bool {
        self.deleted.is_none() && !self.suspended.contains(&process)
    }

    /// Takes over the sizes of actions that are due, which are over with that.
    pub(crate) fn follow_schedule(&mut self, now: Timestamp) {
        if !self.runs(Process::ScheduledActions) {
            return;
        }
        let due = self.scheduled.iter().filter(|(_, action)| action.is_due(now));
        let due: Vec<_> = due.map(|(name, _)| name.clone()).collect();
        for name in due {
            let Some(action) = self.scheduled.remove(&name) else { continue };
            let before = self.desired;
            match self.resize(action.sizes) {
                Ok(()) => self.explain(format!(
                    "At {now:.0} a scheduled action update of AutoScalingGroup constraints to min: {}, max: {}, \
                     desired: {} changing the desired capacity from {before} to {}.",
                    self.min, self.max, self.desired, self.desired
                )),
                Err(error) => tracing::warn!("scheduled action `{name}` has no effect: {error}"),
            }
        }
    }

    /// Notes that an instance is being launched.
    pub(crate) fn launches(
        &mut self,
        id: String,
        instance_id: &str,
        now: (Timestamp, Moment),
        capacity: usize,
    ) {
        let cause = self.because(format!(
            "At {:.0} an instance was started in response to a difference between desired and actual capacity, \
             increasing the capacity from {capacity} to {}.",
            now.0,
            capacity + 1
        ));
        let description = format!("Launching a new EC2 instance: {instance_id}");
        self.note(id, instance_id, now, description, cause);
    }

    /// Notes that an instance is being terminated; `request` is the cause when somebody named it.
    pub(crate) fn terminates(
        &mut self,
        id: String,
        instance_id: &str,
        now: (Timestamp, Moment),
        capacity: usize,
        kind: Termination,
    ) {
        let (date, left) = (now.0, capacity.saturating_sub(1));
        let cause = match kind {
            Termination::Capacity => self.because(format!(
                "At {date:.0} an instance was taken out of service in response to a difference between desired and \
                 actual capacity, shrinking the capacity from {capacity} to {left}.  At {date:.0} instance \
                 {instance_id} was selected for termination."
            )),
            Termination::Request => format!(
                "At {date:.0} instance {instance_id} was taken out of service in response to a user request, \
                 shrinking the capacity from {capacity} to {left}."
            ),
            Termination::Health => format!(
                "At {date:.0} an instance was taken out of service in response to a user health-check."
            ),
        };
        if kind != Termination::Capacity {
            // What follows has nothing to do with the sizes.
            self.reason = None;
        }
        self.unhealthy.remove(instance_id);
        let description = format!("Terminating EC2 instance: {instance_id}");
        self.note(id, instance_id, now, description, cause);
        self.end_activities(instance_id, date);
    }

    /// Whatever was done with an instance is done.
    pub(crate) fn end_activities(&mut self, instance_id: &str, now: Timestamp) {
        for activity in &mut self.activities {
            if activity.instance_id == instance_id && activity.end.is_none() {
                activity.end = Some(now);
            }
        }
    }

    /// The activity after which a polite request has to wait.
    pub(crate) fn cooling(&self, now: Moment) -> Option<&ScalingActivity> {
        let since = now.since(self.last_activity?);
        self.activities.front().filter(|_| since < f64::from(self.cooldown))
    }

    /// A cause with what lies behind it.
    fn because(&self, cause: String) -> String {
        match &self.reason {
            Some(reason) => format!("{reason}  {cause}"),
            None => cause,
        }
    }

    fn note(
        &mut self,
        id: String,
        instance_id: &str,
        (start, moment): (Timestamp, Moment),
        description: String,
        cause: String,
    ) {
        self.last_activity = Some(moment);
        self.activities.truncate(KEPT - 1);
        let instance_id = instance_id.to_owned();
        self.activities.push_front(ScalingActivity {
            id,
            instance_id,
            description,
            cause,
            start,
            end: None,
        });
    }
}

/// Why an instance is terminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// There are more than there are to be.
    Capacity,
    /// Somebody asked for the end of this one.
    Request,
    /// Somebody declared it unhealthy.
    Health,
}

impl ScheduledAction {
    /// Recurring actions never are.
    fn is_due(&self, now: Timestamp) -> bool {
        self.recurrence.is_none() && self.start.is_some_and(|start| start <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> AutoScalingGroup {
        AutoScalingGroup::new("group".to_owned(), &OptionSettings::default())
    }

    fn sizes(min: Option<usize>, max: Option<usize>, desired: Option<usize>) -> Sizes {
        Sizes { min, max, desired }
    }

    #[test]
    fn bounds_move_the_desired_capacity_along() {
        let mut group = group();
        assert_eq!((group.min, group.max, group.desired), (1, 4, 1));
        assert_eq!(group.resize(sizes(Some(0), Some(0), None)), Ok(()));
        assert_eq!(group.desired, 0);
        assert_eq!(group.resize(sizes(Some(2), Some(4), None)), Ok(()));
        assert_eq!(group.desired, 2);
    }

    #[test]
    fn contradicting_sizes_change_nothing() {
        let mut group = group();
        let before = group.clone();
        let words = |result: Result<(), Contradiction>| result.unwrap_err().to_string();
        assert_eq!(
            words(group.resize(sizes(Some(5), None, None))),
            "Max bound, 4, must be greater than or equal to min bound, 5"
        );
        assert_eq!(
            words(group.resize(sizes(None, None, Some(0)))),
            "Desired capacity:0 must be between the specified min size:1 and max size:4"
        );
        assert_eq!(group, before);
    }

    #[test]
    fn beanstalk_asserts_its_own_sizes_again() {
        let mut group = group();
        group.resize(sizes(Some(0), Some(0), None)).unwrap();
        group.configure(&OptionSettings::default());
        assert_eq!((group.min, group.max, group.desired), (1, 4, 1));
    }

    #[test]
    fn a_scheduled_action_happens_once_and_when_it_is_due() {
        let mut group = group();
        let now = Timestamp::UNIX_EPOCH;
        let action = |start, recurrence: Option<&str>| ScheduledAction {
            start: Some(start),
            recurrence: recurrence.map(str::to_owned),
            sizes: sizes(Some(0), None, Some(0)),
            ..ScheduledAction::default()
        };
        group.scheduled.insert("now".to_owned(), action(now, None));
        group.scheduled.insert("later".to_owned(), action(Timestamp::MAX, None));
        group.scheduled.insert("nightly".to_owned(), action(now, Some("0 20 * * *")));
        group.suspended.insert(Process::ScheduledActions);
        group.follow_schedule(now);
        assert_eq!((group.desired, group.scheduled.len()), (1, 3));
        group.suspended.clear();
        group.follow_schedule(now);
        assert_eq!((group.desired, group.scheduled.len()), (0, 2));
    }

    #[test]
    fn activities_tell_why_and_are_bounded() {
        let mut group = group();
        let now = (Timestamp::UNIX_EPOCH, Moment::default());
        group.explain("Because.".to_owned());
        for _ in 0..2 * KEPT {
            group.launches(String::new(), "i-1", now, 0);
        }
        assert_eq!(group.activities.len(), KEPT);
        assert!(
            group.activities[0]
                .cause
                .starts_with("Because.  At 1970-01-01T00:00:00Z an instance was started")
        );
        assert!(group.cooling(Moment::default().plus(359.0)).is_some());
        assert!(group.cooling(Moment::default().plus(361.0)).is_none());
        group.terminates(String::new(), "i-1", now, 1, Termination::Request);
        assert!(group.activities.iter().all(|activity| activity.end.is_some()));
    }
}
