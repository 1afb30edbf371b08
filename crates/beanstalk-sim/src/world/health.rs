//! Health: the statuses of enhanced reporting and their colours.

/// What enhanced health reporting says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthStatus {
    Unknown,
    Pending,
    Ok,
    Info,
    Degraded,
    Severe,
    Suspended,
}

/// What basic health reporting says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Green,
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
            Self::Degraded => "Degraded",
            Self::Severe => "Severe",
            Self::Suspended => "Suspended",
        }
    }

    pub(crate) fn colour(self) -> Colour {
        match self {
            Self::Ok | Self::Info => Colour::Green,
            Self::Degraded | Self::Severe => Colour::Red,
            Self::Unknown | Self::Pending | Self::Suspended => Colour::Grey,
        }
    }

    /// Is a change from `self` to `next` bad news?
    pub(crate) fn worsens_to(self, next: Self) -> bool {
        next.badness() > self.badness()
    }

    fn badness(self) -> u8 {
        match self {
            Self::Ok | Self::Info | Self::Pending | Self::Unknown => 0,
            Self::Suspended => 1,
            Self::Degraded => 2,
            Self::Severe => 3,
        }
    }
}

impl Colour {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Green => "Green",
            Self::Red => "Red",
            Self::Grey => "Grey",
        }
    }
}
