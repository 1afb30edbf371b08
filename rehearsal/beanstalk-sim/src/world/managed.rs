//! Managed actions: platform updates and instance refreshes in a weekly window.

use std::str::FromStr;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::names::Names;
use super::platform::{Platform, UpdateLevel};

/// The duration of a window.
const WINDOW: SignedDuration = SignedDuration::from_hours(2);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The settings of managed platform updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ManagedUpdates {
    /// The start of the window, which is two hours long.
    pub(crate) window: WeeklyTime,
    pub(crate) level: UpdateLevel,
    /// Whether instances are replaced every week without a new platform too.
    pub(crate) instance_refresh: bool,
}

/// A time of the week in UTC, such as `Tue:09:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeeklyTime {
    weekday: Weekday,
    hour: i8,
    minute: i8,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

/// The error for a text that is not a time of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the week such as `Tue:09:00`")]
pub(crate) struct NotAWeeklyTime;

impl FromStr for WeeklyTime {
    type Err = NotAWeeklyTime;

    fn from_str(text: &str) -> Result<Self, NotAWeeklyTime> {
        let mut parts = text.split(':');
        let mut part = || parts.next().ok_or(NotAWeeklyTime);
        let (day, hour, minute) = (part()?, part()?, part()?);
        let number = |text: &str| text.parse::<i8>().map_err(|_| NotAWeeklyTime);
        let (_, weekday) =
            WEEKDAYS.into_iter().find(|(name, _)| *name == day).ok_or(NotAWeeklyTime)?;
        let time = Self { weekday, hour: number(hour)?, minute: number(minute)? };
        let valid = (0..24).contains(&time.hour) && (0..60).contains(&time.minute);
        (valid && parts.next().is_none()).then_some(time).ok_or(NotAWeeklyTime)
    }
}

impl WeeklyTime {
    /// The start of the open window, or of the next one.
    pub(crate) fn window_after(self, now: Timestamp) -> Timestamp {
        let week = self.in_week_of(now);
        [week - WEEK, week, week + WEEK]
            .into_iter()
            .find(|start| *start + WINDOW > now)
            .unwrap_or(week + WEEK)
    }

    /// This time in the week of a date, from Monday to Sunday.
    fn in_week_of(self, now: Timestamp) -> Timestamp {
        let today = now.to_zoned(TimeZone::UTC);
        let days = self.weekday.to_monday_zero_offset() - today.weekday().to_monday_zero_offset();
        let midnight = SignedDuration::from_hours(24 * i64::from(days))
            - SignedDuration::from_secs(now.as_second().rem_euclid(24 * 3600));
        let clock = SignedDuration::from_mins(60 * i64::from(self.hour) + i64::from(self.minute));
        // Whole seconds, as windows begin with the minute.
        Timestamp::from_second(now.as_second()).unwrap_or(now) + midnight + clock
    }
}

/// The work of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// Replaces the instances.
    Refresh,
    /// Moves to another platform version, which replaces the instances as well.
    Update(Platform),
}

impl Work {
    /// The type on the wire.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Refresh => "InstanceRefresh",
            Self::Update(_) => "PlatformUpdate",
        }
    }

    /// The text is *assumed*.
    fn description(&self) -> String {
        match self {
            Self::Refresh => "Instance refresh".to_owned(),
            Self::Update(platform) => format!("Platform update to {}", platform.solution_stack()),
        }
    }
}

/// A scheduled or running action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManagedAction {
    pub(crate) id: String,
    pub(crate) work: Work,
    pub(crate) description: String,
    pub(crate) window: Timestamp,
    /// The start of the action.
    pub(crate) running: Option<Timestamp>,
}

impl ManagedAction {
    /// The identifier derives from the action, so that it does not depend on the order of calls.
    fn new(environment_id: &str, number: usize, work: Work, window: Timestamp) -> Self {
        let description = work.description();
        let id = Names::of(&format!("{environment_id} {number} {description}")).alphanumeric(10);
        Self { id, description, work, window, running: None }
    }

    /// Whether the window is open.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.running.is_none() && now >= self.window && now < self.window + WINDOW
    }

    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        if self.running.is_some() {
            "Running"
        } else if self.is_due(now) {
            "Pending"
        } else {
            "Scheduled"
        }
    }
}

/// The type of a failure of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FailureType {
    UpdateCancelled,
    RollbackSuccessful,
}

impl FailureType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UpdateCancelled => "UpdateCancelled",
            Self::RollbackSuccessful => "RollbackSuccessful",
        }
    }
}

/// The reason of a failed action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: FailureType,
    pub(crate) description: String,
}

/// A finished action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastAction {
    pub(crate) action: ManagedAction,
    pub(crate) finished: Timestamp,
    /// The failure; `None` after success.
    pub(crate) failure: Option<Failure>,
}

/// The managed actions of one environment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ManagedActions {
    /// The scheduled or running action.
    pub(crate) upcoming: Option<ManagedAction>,
    /// The finished actions, newest last.
    pub(crate) history: Vec<PastAction>,
}

/// The error for an action that cannot be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStarted {
    Unknown,
    NotScheduled,
}

impl ManagedActions {
    /// Brings the scheduled action up to date with the settings and the platform. A running one stays.
    pub(crate) fn plan(
        &mut self,
        environment_id: &str,
        updates: Option<ManagedUpdates>,
        platform: &Platform,
        now: Timestamp,
    ) {
        if self.upcoming.as_ref().is_some_and(|action| action.running.is_some()) {
            return;
        }
        let wanted = updates.and_then(|updates| {
            let update = platform.update_within(updates.level).map(Work::Update);
            let work = update.or(updates.instance_refresh.then_some(Work::Refresh))?;
            Some((work, self.next_window(updates.window, now)))
        });
        let planned = self.upcoming.take();
        self.upcoming = wanted.map(|(work, window)| match planned {
            Some(action) if action.work == work && action.window == window => action,
            _ => ManagedAction::new(environment_id, self.history.len(), work, window),
        });
    }

    /// One window has at most one action.
    fn next_window(&self, time: WeeklyTime, now: Timestamp) -> Timestamp {
        let window = time.window_after(now);
        let used = self.history.last().is_some_and(|past| past.action.window == window);
        if used { window + WEEK } else { window }
    }

    /// Starts an action, which must be scheduled.
    pub(crate) fn start(&mut self, id: &str, now: Timestamp) -> Result<ManagedAction, NotStarted> {
        let action =
            self.upcoming.as_mut().filter(|action| action.id == id).ok_or(NotStarted::Unknown)?;
        if action.running.is_some() {
            return Err(NotStarted::NotScheduled);
        }
        action.running = Some(now);
        Ok(action.clone())
    }

    /// Starts the scheduled action now, or else an unscheduled update or refresh.
    pub(crate) fn force(
        &mut self,
        environment_id: &str,
        platform: &Platform,
        now: Timestamp,
    ) -> ManagedAction {
        let number = self.history.len();
        let unplanned = || {
            let update = platform.update_within(UpdateLevel::Minor).map(Work::Update);
            ManagedAction::new(environment_id, number, update.unwrap_or(Work::Refresh), now)
        };
        let action = self.upcoming.get_or_insert_with(unplanned);
        action.running = Some(now);
        action.clone()
    }

    /// Moves the running action to the history.
    pub(crate) fn finish(&mut self, failure: Option<Failure>, now: Timestamp) {
        if let Some(action) = self.upcoming.take_if(|action| action.running.is_some()) {
            self.history.push(PastAction { action, finished: now, failure });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn weekly(text: &str) -> WeeklyTime {
        text.parse().unwrap()
    }

    fn updates() -> ManagedUpdates {
        ManagedUpdates {
            window: weekly("Tue:09:00"),
            level: UpdateLevel::Minor,
            instance_refresh: true,
        }
    }

    #[test]
    fn the_window_is_the_open_one_or_the_next() {
        // 24 November 2026 is a Tuesday.
        for (now, window) in [
            ("2026-11-24T08:59:59Z", "2026-11-24T09:00:00Z"),
            ("2026-11-24T10:59:59.5Z", "2026-11-24T09:00:00Z"),
            ("2026-11-24T11:00:00Z", "2026-12-01T09:00:00Z"),
            ("2026-11-29T00:00:00Z", "2026-12-01T09:00:00Z"),
        ] {
            assert_eq!(weekly("Tue:09:00").window_after(time(now)), time(window), "{now}");
        }
        let over_midnight = weekly("Sun:23:00").window_after(time("2026-11-30T00:30:00Z"));
        assert_eq!(over_midnight, time("2026-11-29T23:00:00Z"));
    }

    #[test]
    fn times_of_the_week_have_a_day_an_hour_and_a_minute() {
        for text in ["", "Tue", "Tue:9", "Xyz:09:00", "Tue:24:00", "Tue:09:60", "Tue:09:00:00"] {
            assert_eq!(text.parse::<WeeklyTime>(), Err(NotAWeeklyTime), "{text}");
        }
    }

    #[test]
    fn an_action_is_planned_started_and_remembered() {
        let mut actions = ManagedActions::default();
        let now = time("2026-11-24T08:00:00Z");
        let latest = Platform::default();
        actions.plan("e-1", Some(updates()), &latest, now);
        let planned = actions.upcoming.clone().unwrap();
        assert_eq!((planned.work.kind(), planned.status(now)), ("InstanceRefresh", "Scheduled"));
        actions.plan("e-1", Some(updates()), &latest, now);
        assert_eq!(actions.upcoming.as_ref(), Some(&planned));

        let open = time("2026-11-24T09:30:00Z");
        assert_eq!(planned.status(open), "Pending");
        assert_eq!(actions.start("other", open), Err(NotStarted::Unknown));
        assert_eq!(actions.start(&planned.id, open).unwrap().status(open), "Running");
        assert_eq!(actions.start(&planned.id, open), Err(NotStarted::NotScheduled));
        actions.plan("e-1", None, &latest, open);
        assert!(actions.upcoming.is_some());

        actions.finish(None, time("2026-11-24T09:40:00Z"));
        assert_eq!(actions.history.len(), 1);
        actions.plan("e-1", Some(updates()), &latest, time("2026-11-24T09:41:00Z"));
        let next = actions.upcoming.as_ref().unwrap();
        assert_eq!(next.window, time("2026-12-01T09:00:00Z"));
    }

    #[test]
    fn an_update_wins_over_a_refresh() {
        let mut actions = ManagedActions::default();
        let old = Platform { version: "4.6.0".to_owned(), ..Platform::default() };
        actions.plan("e-1", Some(updates()), &old, time("2026-11-24T08:00:00Z"));
        assert_eq!(actions.upcoming.unwrap().work, Work::Update(Platform::default()));
    }

    #[test]
    fn without_settings_nothing_is_planned() {
        let mut actions = ManagedActions::default();
        actions.plan("e-1", None, &Platform::default(), time("2026-11-24T08:00:00Z"));
        assert_eq!(actions.upcoming, None);
    }

    proptest! {
        #[test]
        fn a_window_is_never_over_and_never_more_than_a_week_away(
            day in 0_usize..7, hour in 0_i8..24, minute in 0_i8..60, seconds in 0_i64..2_000_000_000,
        ) {
            let (name, weekday) = WEEKDAYS[day];
            let text = format!("{name}:{hour:02}:{minute:02}");
            let now = Timestamp::from_second(seconds).unwrap();
            let window = weekly(&text).window_after(now);
            prop_assert!(window + WINDOW > now && window <= now + WEEK);
            let zoned = window.to_zoned(TimeZone::UTC);
            prop_assert_eq!((zoned.weekday(), zoned.hour(), zoned.minute()), (weekday, hour, minute));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = text.parse::<WeeklyTime>();
        }
    }
}
