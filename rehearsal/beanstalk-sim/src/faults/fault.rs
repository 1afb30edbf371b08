//! The kinds of faults, and which of their values make sense.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::health_status::HealthStatus;

/// The statuses that a site can be told to answer with: those below are no answers, as more has to follow.
const ANSWERS: RangeInclusive<u16> = 200..=599;

/// One way to misbehave.
///
/// A fault stays until it is cleared or, when it counts calls, used up. Those about deployments are looked at when a
/// deployment decides its outcome; setting the same kind of fault again replaces the earlier one.
/// Seconds are simulated ones, unless what is late or limited is an answer: a client's patience knows no time scale.
/// Values that make no sense, such as negative seconds, have no effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The application does not start: the deployment fails and the old version stays.
    FailDeploy,
    /// New settings cannot be applied: the update fails and the old settings stay.
    FailConfiguration,
    /// The deployment succeeds and the label moves, but health is Severe (red) for good.
    HealthNeverGood,
    /// The instances take the new version but never pass their health checks: the deployment fails.
    Unhealthy,
    /// The environment never gets ready, and aborting is refused, until the fault is cleared.
    StuckUpdating,
    /// The instances do not answer within the command timeout: the deployment fails.
    CommandTimeout,
    /// The update completes "with errors": the label moves though no instance took the new version.
    CompleteWithErrors,
    /// Every event says success, but one instance still runs the old version.
    SilentPartial,
    /// The deployment fails, and every instance ends with the old version again.
    RollBack,
    /// Health is as told.
    Health {
        /// What enhanced health reporting says; its colour is what basic reporting says.
        status: HealthStatus,
        /// For how long; until the fault is cleared when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// Health is good and bad by turns.
    Flap {
        /// How long it stays good, and then bad.
        seconds: f64,
    },
    /// Every operation takes this many times as long.
    Slow {
        /// How many times as long.
        factor: f64,
    },
    /// A deployment takes this long, instead of what the settings say.
    DeploySeconds {
        /// How long.
        seconds: f64,
    },
    /// The next calls are refused with `Throttling`.
    Throttle {
        /// How many.
        calls: u32,
    },
    /// More calls of one operation than this are refused with `Throttling`; every operation has a token bucket.
    RateLimit {
        /// How many tokens a bucket gets in a real second.
        per_second: f64,
        /// How many tokens a bucket holds.
        burst: u32,
    },
    /// The next calls fail with HTTP status 500.
    ServerError {
        /// How many.
        calls: u32,
    },
    /// The next calls are answered late.
    DelayCalls {
        /// How many.
        calls: u32,
        /// How late, in real seconds.
        seconds: f64,
    },
    /// The connections of the next calls break before anything is done.
    ResetCalls {
        /// How many.
        calls: u32,
    },
    /// The next calls do their work, but the connection breaks before the answer has arrived.
    LoseAnswers {
        /// How many.
        calls: u32,
    },
    /// The next `DescribeEnvironments` find nothing.
    EmptyDescribe {
        /// How many.
        calls: u32,
    },
    /// `UpdateEnvironment` does not find a version; exactly one of the members says for how long.
    VersionInvisible {
        /// For so many calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calls: Option<u32>,
        /// For so long after the version was created.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// `DescribeEvents` shows events late; their dates stay true.
    EventsLag {
        /// How late.
        seconds: f64,
    },
    /// The site answers every request with this HTTP status.
    AnswerWith {
        /// The status.
        status: u16,
    },
    /// The site answers late.
    AnswerAfter {
        /// How late, in real seconds.
        seconds: f64,
    },
    /// The site resets the connections of the next requests.
    ResetConnections {
        /// How many.
        calls: u32,
    },
    /// There are no instances: nothing to deploy to, nothing to serve.
    ZeroInstances,
}

impl Fault {
    /// How long it lasts by itself, in simulated seconds.
    pub(crate) fn lifetime(&self) -> Option<f64> {
        if let Self::Health { seconds, .. } = self { *seconds } else { None }
    }

    /// Does it concern calls of the API, rather than environments and their sites?
    pub(crate) fn is_about_calls(&self) -> bool {
        matches!(
            self,
            Self::Throttle { .. }
                | Self::RateLimit { .. }
                | Self::ServerError { .. }
                | Self::DelayCalls { .. }
                | Self::ResetCalls { .. }
                | Self::LoseAnswers { .. }
                | Self::EmptyDescribe { .. }
                | Self::VersionInvisible { .. }
                | Self::EventsLag { .. }
        )
    }

    /// Refuses values that make no sense, and says which member holds them.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Self::Throttle { calls }
            | Self::ServerError { calls }
            | Self::ResetCalls { calls }
            | Self::LoseAnswers { calls }
            | Self::EmptyDescribe { calls }
            | Self::ResetConnections { calls } => at_least_one("calls", *calls),
            Self::DelayCalls { calls, seconds } => {
                at_least_one("calls", *calls)?;
                not_negative("seconds", *seconds)
            }
            Self::DeploySeconds { seconds }
            | Self::EventsLag { seconds }
            | Self::AnswerAfter { seconds }
            | Self::Health { seconds: Some(seconds), .. } => not_negative("seconds", *seconds),
            Self::Flap { seconds } => positive("seconds", *seconds),
            Self::Slow { factor } => positive("factor", *factor),
            Self::RateLimit { per_second, burst } => {
                positive("per_second", *per_second)?;
                at_least_one("burst", *burst)
            }
            Self::VersionInvisible { calls: Some(calls), seconds: None } => {
                at_least_one("calls", *calls)
            }
            Self::VersionInvisible { calls: None, seconds: Some(seconds) } => {
                not_negative("seconds", *seconds)
            }
            Self::VersionInvisible { .. } => {
                Err("exactly one of `calls` and `seconds` must be given".to_owned())
            }
            Self::AnswerWith { status } if !ANSWERS.contains(status) => Err(format!(
                "`status`: {status} is not from {} to {}",
                ANSWERS.start(),
                ANSWERS.end()
            )),
            Self::AnswerWith { .. }
            | Self::FailDeploy
            | Self::FailConfiguration
            | Self::HealthNeverGood
            | Self::Unhealthy
            | Self::StuckUpdating
            | Self::CommandTimeout
            | Self::CompleteWithErrors
            | Self::SilentPartial
            | Self::RollBack
            | Self::Health { seconds: None, .. }
            | Self::ZeroInstances => Ok(()),
        }
    }

    /// How often it still applies, for those that count.
    pub(super) fn remaining(&mut self) -> Option<&mut u32> {
        match self {
            Self::Throttle { calls }
            | Self::ServerError { calls }
            | Self::DelayCalls { calls, .. }
            | Self::ResetCalls { calls }
            | Self::LoseAnswers { calls }
            | Self::EmptyDescribe { calls }
            | Self::VersionInvisible { calls: Some(calls), .. }
            | Self::ResetConnections { calls } => Some(calls),
            Self::FailDeploy
            | Self::FailConfiguration
            | Self::HealthNeverGood
            | Self::Unhealthy
            | Self::StuckUpdating
            | Self::CommandTimeout
            | Self::CompleteWithErrors
            | Self::SilentPartial
            | Self::RollBack
            | Self::Health { .. }
            | Self::Flap { .. }
            | Self::Slow { .. }
            | Self::DeploySeconds { .. }
            | Self::RateLimit { .. }
            | Self::VersionInvisible { calls: None, .. }
            | Self::EventsLag { .. }
            | Self::AnswerWith { .. }
            | Self::AnswerAfter { .. }
            | Self::ZeroInstances => None,
        }
    }
}

fn at_least_one(member: &str, value: u32) -> Result<(), String> {
    if value >= 1 { Ok(()) } else { Err(format!("`{member}`: {value} is less than 1")) }
}

fn not_negative(member: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(format!("`{member}`: {value} is not a finite number from 0"))
}

fn positive(member: &str, value: f64) -> Result<(), String> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(format!("`{member}`: {value} is not a finite number above 0"))
}
