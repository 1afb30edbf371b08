//! Health: its statuses and colours, in the order of the developer guide ("Health colors and statuses").

mod activity;
mod assess;

use serde::{Deserialize, Serialize};

pub(crate) use activity::{Activity, INITIALIZATION, NEWS};
pub(crate) use assess::assess;

/// What enhanced health reporting says, from good to bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HealthStatus {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// Something is being done to what does not serve yet.
    Pending,
    /// All is well.
    Ok,
    /// Something is being done, and all is well.
    Info,
    /// Nobody looks any more.
    Suspended,
    /// Some requests or instances fail.
    Warning,
    /// Many requests or instances fail.
    Degraded,
    /// Nearly all requests or instances fail.
    Severe,
}

/// What basic health reporting says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Green,
    Yellow,
    Red,
    Grey,
}

/// The results of an instance's latest health checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks {
    pub(crate) passed_in_a_row: u32,
    pub(crate) failed_in_a_row: u32,
    /// Why the last one failed.
    pub(crate) failure: Option<String>,
}

/// The health of an instance.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct InstanceHealth {
    pub(crate) status: HealthStatus,
    pub(crate) causes: Vec<String>,
}

impl HealthStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Pending => "Pending",
            Self::Ok => "Ok",
            Self::Info => "Info",
            Self::Suspended => "Suspended",
            Self::Warning => "Warning",
            Self::Degraded => "Degraded",
            Self::Severe => "Severe",
        }
    }

    pub(crate) fn colour(self) -> Colour {
        match self {
            Self::Ok | Self::Info => Colour::Green,
            Self::Warning => Colour::Yellow,
            Self::Degraded | Self::Severe => Colour::Red,
            Self::Unknown | Self::Pending | Self::Suspended => Colour::Grey,
        }
    }

    /// Is a change from `self` to `next` bad news?
    pub(crate) fn worsens_to(self, next: Self) -> bool {
        next > self && next > Self::Info
    }

    fn is_bad(self) -> bool {
        self > Self::Suspended
    }
}

impl Colour {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Green => "Green",
            Self::Yellow => "Yellow",
            Self::Red => "Red",
            Self::Grey => "Grey",
        }
    }
}

impl Checks {
    /// Takes note of a check: `Err` says why it failed.
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
