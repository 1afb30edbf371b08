//! The health of instances.

use crate::clock::Moment;
use crate::health_status::HealthStatus;
use crate::host::Silence;
use crate::world::options::health_check::{HealthCheck, Thresholds};

/// The part of an interval by which a check may be early, in seconds.
const JITTER: f64 = 0.5;

/// The results of an instance's latest health checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    /// The last failure, if the last check failed.
    pub(crate) failure: Option<CheckFailure>,
    state: State,
    /// The number of checks in a row that speak for another state.
    against: u32,
    /// The last check that counted.
    counted: Option<Moment>,
}

/// The health of an instance by its checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// No check has decided yet. One passed check suffices.
    #[default]
    Initial,
    Healthy,
    Unhealthy,
}

/// A failed health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckFailure {
    /// The result, such as `HTTP 502`.
    pub(crate) result: String,
    /// The reason as a sentence, if it is known.
    pub(crate) reason: Option<String>,
}

impl CheckFailure {
    /// A failure without a known reason.
    pub(crate) fn new(result: impl Into<String>) -> Self {
        Self { result: result.into(), reason: None }
    }

    /// The same failure with the reason why the process does not answer.
    pub(crate) fn because_of(mut self, silence: &Silence) -> Self {
        let text = silence.to_string();
        let mut characters = text.chars();
        let first = characters.next().map(|first| first.to_ascii_uppercase());
        self.reason = first.map(|first| format!("{first}{}.", characters.as_str()));
        self
    }

    /// The result, and the reason after it.
    pub(crate) fn sentence(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{}. {reason}", self.result),
            None => format!("{}.", self.result),
        }
    }
}

/// The health of an instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InstanceHealth {
    pub(crate) status: HealthStatus,
    pub(crate) causes: Vec<String>,
}

impl Checks {
    /// Records a check. It counts towards the thresholds, unless the last one that did was less than an interval ago.
    pub(crate) fn record(
        &mut self,
        result: Result<(), CheckFailure>,
        check: &HealthCheck,
        now: Moment,
    ) {
        let passed = result.is_ok();
        self.failure = result.err();
        let interval = check.interval - JITTER;
        if self.counted.is_some_and(|counted| now.since(counted) < interval) {
            return;
        }
        self.counted = Some(now);
        let Thresholds { healthy, unhealthy } = check.thresholds;
        let (next, threshold) = match (self.state, passed) {
            (State::Healthy, true) | (State::Unhealthy, false) => {
                self.against = 0;
                return;
            }
            (State::Initial, true) => (State::Healthy, 1),
            (State::Unhealthy, true) => (State::Healthy, healthy),
            (State::Initial | State::Healthy, false) => (State::Unhealthy, unhealthy),
        };
        self.against = self.against.saturating_add(1);
        if self.against >= threshold {
            (self.state, self.against) = (next, 0);
        }
    }

    /// Whether the instance has passed its checks.
    pub(crate) fn is_healthy(&self) -> bool {
        self.state == State::Healthy
    }

    /// Whether the instance has failed its checks.
    pub(crate) fn is_unhealthy(&self) -> bool {
        self.state == State::Unhealthy
    }

    /// Forgets the checks of another application in the same state. The load balancer keeps the state.
    pub(crate) fn start_over(&mut self) {
        *self = Self { state: self.state, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::OptionSettings;

    /// The states after checks, 15 seconds apart.
    fn states(checks: &mut Checks, began: f64, results: &[bool]) -> String {
        let check = OptionSettings::default().health_check(true);
        let mut now = Moment::default().plus(began);
        let mut states = String::new();
        for passed in results {
            let result = if *passed { Ok(()) } else { Err(CheckFailure::new("HTTP 500")) };
            checks.record(result, &check, now);
            now = now.plus(15.0);
            states.push(match checks.state {
                State::Initial => '?',
                State::Healthy => '+',
                State::Unhealthy => '-',
            });
        }
        states
    }

    #[test]
    fn the_state_changes_at_the_thresholds_only() {
        let mut checks = Checks::default();
        assert_eq!(states(&mut checks, 0.0, &[true]), "+");
        let flaky = [false, false, false, false, true];
        assert_eq!(states(&mut checks, 100.0, &flaky), "+++++");
        assert_eq!(states(&mut checks, 200.0, &[false; 5]), "++++-");
        assert_eq!(states(&mut checks, 300.0, &[true, true, false]), "---");
        assert_eq!(states(&mut checks, 400.0, &[true; 3]), "--+");
        assert_eq!(states(&mut Checks::default(), 0.0, &[false; 6]), "????--");
    }

    #[test]
    fn checks_between_two_intervals_do_not_count() {
        let check = OptionSettings::default().health_check(true);
        let mut checks = Checks::default();
        for second in 0..30 {
            let now = Moment::default().plus(f64::from(second));
            checks.record(Err(CheckFailure::new("HTTP 500")), &check, now);
        }
        assert!(!checks.is_unhealthy());
        assert_eq!(checks.failure.unwrap().sentence(), "HTTP 500.");
    }
}
