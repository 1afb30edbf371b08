//! The Auto Scaling group of an environment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::options::OptionSettings;
use crate::clock::Moment;

/// The most activities that are kept. The oldest are dropped first.
const KEPT: usize = 100;

/// The capacity of an environment, its activities and its scheduled actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AutoScalingGroup {
    pub(crate) name: String,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) desired: usize,
    /// The cooldown after an activity, in seconds.
    pub(crate) cooldown: u32,
    /// The suspended processes, such as `Launch`.
    pub(crate) suspended: BTreeSet<Process>,
    /// The scheduled actions of clients of Auto Scaling, by name.
    pub(crate) scheduled: BTreeMap<String, ScheduledAction>,
    /// The instances that a client declared unhealthy.
    pub(crate) unhealthy: BTreeSet<String>,
    /// The activities, newest first.
    pub(crate) activities: VecDeque<ScalingActivity>,
    /// The date at which a client of Auto Scaling deleted the group.
    pub(crate) deleted: Option<Moment>,
    /// The start of the last activity.
    last_activity: Option<Moment>,
    /// The cause of the present capacity, for the activities that follow.
    reason: Option<String>,
}

/// The processes of a group.
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

/// A scheduled change of the capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScheduledAction {
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    /// A cron expression, which is stored and not applied.
    pub(crate) recurrence: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) sizes: Sizes,
}

/// New bounds and desired capacity, each if given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sizes {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) desired: Option<usize>,
}

/// Bounds that contradict each other, with Auto Scaling's message.
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
    /// The end; `None` while the activity is in progress.
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
    /// A group with the capacity in the options.
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

    /// Applies the capacity in the options, in place of changes by clients of Auto Scaling.
    pub(crate) fn configure(&mut self, options: &OptionSettings) {
        self.min = options.min_size();
        self.max = options.max_size();
        self.cooldown = options.cooldown();
        self.desired = self.desired.clamp(self.min, self.max.max(self.min));
        self.reason = None;
    }

    /// Replaces the group, as a rebuild does.
    pub(crate) fn rebuild(&mut self, options: &OptionSettings) {
        *self = Self::new(self.name.clone(), options);
    }

    /// Applies a capacity. The desired capacity is moved into the new bounds, unless it is given too.
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

    /// Records the cause of the activities that follow.
    pub(crate) fn explain(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    pub(crate) fn runs(&self, process: Process) -> bool {
        self.deleted.is_none() && !self.suspended.contains(&process)
    }

    /// Applies due scheduled actions and removes them.
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

    /// Records the launch of an instance.
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

    /// Records the termination of an instance, with its cause.
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
            // Later activities have other causes.
            self.reason = None;
        }
        self.unhealthy.remove(instance_id);
        let description = format!("Terminating EC2 instance: {instance_id}");
        self.note(id, instance_id, now, description, cause);
        self.end_activities(instance_id, date);
    }

    /// Ends the activities of an instance.
    pub(crate) fn end_activities(&mut self, instance_id: &str, now: Timestamp) {
        for activity in &mut self.activities {
            if activity.instance_id == instance_id && activity.end.is_none() {
                activity.end = Some(now);
            }
        }
    }

    /// The last activity, while its cooldown is not over.
    pub(crate) fn cooling(&self, now: Moment) -> Option<&ScalingActivity> {
        let since = now.since(self.last_activity?);
        self.activities.front().filter(|_| since < f64::from(self.cooldown))
    }

    /// A cause, after the recorded one.
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

/// The cause of a termination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Termination {
    /// The group has too many instances.
    Capacity,
    /// A client terminated the instance.
    Request,
    /// A client declared the instance unhealthy.
    Health,
}

impl ScheduledAction {
    /// Whether a scheduled action is due. Recurring ones never are.
    fn is_due(&self, now: Timestamp) -> bool {
        self.recurrence.is_none() && self.start.is_some_and(|start| start <= now)
    }
}

#[cfg(test)]
mod tests;
