//! Statuses and colours of health, in the order of the developer guide ("Health colors and statuses").

use serde::{Deserialize, Serialize};

/// The statuses of enhanced health reporting, from good to bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HealthStatus {
    /// No health information yet.
    #[default]
    Unknown,
    /// An operation is in progress on an environment that does not serve yet.
    Pending,
    /// Healthy.
    Ok,
    /// Healthy, and an operation is in progress.
    Info,
    /// Health is no longer monitored.
    Suspended,
    /// Some requests or instances fail.
    Warning,
    /// Many requests or instances fail.
    Degraded,
    /// Nearly all requests or instances fail.
    Severe,
}

/// The colours of basic health reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Green,
    Yellow,
    Red,
    Grey,
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

    /// Whether a change from `self` to `next` is a deterioration.
    pub(crate) fn worsens_to(self, next: Self) -> bool {
        next > self && next > Self::Info
    }

    pub(crate) fn is_bad(self) -> bool {
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
