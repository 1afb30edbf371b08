//! The health of instances.

use crate::health_status::HealthStatus;
use crate::host::Silence;

/// The results of an instance's latest health checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    pub(crate) passed_in_a_row: u32,
    pub(crate) failed_in_a_row: u32,
    /// The last failure.
    pub(crate) failure: Option<CheckFailure>,
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
        let reason = self.reason.iter().map(|reason| format!(" {reason}")).collect::<String>();
        format!("{}.{reason}", self.result)
    }
}

/// The health of an instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InstanceHealth {
    pub(crate) status: HealthStatus,
    pub(crate) causes: Vec<String>,
}

impl Checks {
    /// Records a check.
    pub(crate) fn record(&mut self, result: Result<(), CheckFailure>) {
        match result {
            Ok(()) => {
                *self = Self {
                    passed_in_a_row: self.passed_in_a_row.saturating_add(1),
                    ..Self::default()
                };
            }
            Err(failure) => {
                *self = Self {
                    failed_in_a_row: self.failed_in_a_row.saturating_add(1),
                    failure: Some(failure),
                    ..Self::default()
                };
            }
        }
    }
}
