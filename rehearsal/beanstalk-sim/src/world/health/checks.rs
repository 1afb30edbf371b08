//! The health of instances.

use crate::health_status::HealthStatus;

/// The results of an instance's latest health checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    pub(crate) passed_in_a_row: u32,
    pub(crate) failed_in_a_row: u32,
    /// The reason of the last failure.
    pub(crate) failure: Option<String>,
}

/// The health of an instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InstanceHealth {
    pub(crate) status: HealthStatus,
    pub(crate) causes: Vec<String>,
}

impl Checks {
    /// Records a check. `Err` has the reason of a failure.
    pub(crate) fn record(&mut self, result: Result<(), String>) {
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
