//! The event log.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most events that are kept. The oldest are dropped first.
const KEPT: usize = 100_000;
/// The least distance of two events of an environment. Clients ask for events from the last one plus a millisecond.
const SPACING: Duration = Duration::from_millis(2);

/// The severity of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Severity {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

/// The subject of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) application: String,
    pub(crate) version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) environment_id: Option<String>,
    pub(crate) template: Option<String>,
}

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    /// The number of the event, which orders events of the same date.
    pub(crate) number: u64,
    pub(crate) date: Timestamp,
    pub(crate) severity: Severity,
    pub(crate) subject: Subject,
    pub(crate) request_id: Option<String>,
    pub(crate) message: String,
}

/// All events, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct EventLog {
    events: Vec<Event>,
    recorded: u64,
    last_dates: HashMap<String, Timestamp>,
}

impl Severity {
    const ALL: [Self; 6] =
        [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

impl EventLog {
    /// Adds an event and returns its date, which is later than those of all earlier events of the environment.
    pub(crate) fn record(
        &mut self,
        now: Timestamp,
        severity: Severity,
        subject: Subject,
        request_id: Option<String>,
        message: String,
    ) -> Timestamp {
        let line = subject.environment_id.clone().unwrap_or_default();
        let date = match self.last_dates.get(&line) {
            Some(last) => now.max(*last + SPACING),
            None => now,
        };
        self.last_dates.insert(line, date);
        self.recorded += 1;
        if self.events.len() >= KEPT {
            self.events.drain(..KEPT / 10);
        }
        self.events.push(Event {
            number: self.recorded,
            date,
            severity,
            subject,
            request_id,
            message,
        });
        date
    }

    /// The number of the latest event.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded
    }

    /// An empty log that continues the numbers.
    pub(crate) fn emptied(&self) -> Self {
        Self { recorded: self.recorded, ..Self::default() }
    }

    /// The events after the one with this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> &[Event] {
        let start = self.events.partition_point(|event| event.number <= number);
        self.events.get(start..).unwrap_or_default()
    }

    /// The events, newest first.
    pub(crate) fn newest_first(&self) -> Vec<&Event> {
        let mut events: Vec<_> = self.events.iter().collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.position()));
        events
    }
}

impl Event {
    /// The position in the log, which does not change with newer events.
    pub(crate) fn position(&self) -> (i64, u64) {
        (self.date.as_millisecond(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(environment: &str) -> Subject {
        Subject { environment_id: Some(environment.to_owned()), ..Subject::default() }
    }

    #[test]
    fn dates_of_one_environment_differ_by_more_than_a_millisecond() {
        let mut log = EventLog::default();
        let dates: Vec<_> = (0..100)
            .map(|_| {
                log.record(Timestamp::now(), Severity::Info, subject("e-1"), None, String::new())
            })
            .collect();
        for pair in dates.windows(2) {
            assert!(pair[1].as_millisecond() - pair[0].as_millisecond() > 1, "{pair:?}");
        }
    }

    #[test]
    fn the_newest_event_comes_first() {
        let mut log = EventLog::default();
        for message in ["first", "second"] {
            log.record(Timestamp::now(), Severity::Info, subject("e-1"), None, message.to_owned());
        }
        let messages: Vec<_> =
            log.newest_first().iter().map(|event| event.message.clone()).collect();
        assert_eq!(messages, ["second", "first"]);
    }

    #[test]
    fn the_log_forgets_the_oldest() {
        let mut log = EventLog::default();
        for number in 0..=KEPT {
            log.record(
                Timestamp::now(),
                Severity::Info,
                subject(&format!("e-{number}")),
                None,
                number.to_string(),
            );
        }
        assert_eq!(log.events.len(), KEPT - KEPT / 10 + 1);
        assert_eq!(log.events[0].message, (KEPT / 10).to_string());
    }

    #[test]
    fn severities_are_ordered_by_weight() {
        assert!(Severity::Error > Severity::Warn && Severity::Warn > Severity::Info);
        assert_eq!(Severity::from_name("WARN"), Some(Severity::Warn));
        assert_eq!(Severity::from_name("warn"), None);
    }
}
