//! The kinds of faults and their valid values.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::health_status::HealthStatus;

/// The statuses that a site can answer with. Informational ones are not final answers.
const ANSWERS: RangeInclusive<u16> = 200..=599;

/// A fault: one kind of misbehaviour.
///
/// A fault stays until it is cleared, until its calls are used up, or until it expires. Faults of deployments are
/// read when a deployment decides its outcome. Setting the same kind again in the same scope replaces the earlier
/// fault. Seconds are simulated, except for late answers and rate limits, which are in real time, as are the timeouts
/// of clients. Invalid values, such as negative seconds, have no effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The deployment command fails before the application is touched: the old version stays.
    FailDeploy,
    /// New settings cannot be applied: the update fails and the old settings are restored.
    FailConfiguration,
    /// The deployment succeeds and the label changes, but health stays Severe (red).
    HealthNeverGood,
    /// The instances run the new version but never pass their health checks: the deployment fails.
    Unhealthy,
    /// The environment never becomes ready, and an abort is refused, until the fault is cleared.
    StuckUpdating,
    /// The instances do not answer within the command timeout: the deployment fails.
    CommandTimeout,
    /// The update completes "with errors": the label changes although no instance runs the new version.
    CompleteWithErrors,
    /// All events report success, but one instance still runs the old version.
    SilentPartial,
    /// The deployment fails, and every instance runs the old version again.
    RollBack,
    /// Health has the given status.
    Health {
        /// The status in enhanced health reporting. Basic reporting has its colour.
        status: HealthStatus,
        /// The duration in simulated seconds. Without it, the fault stays until it is cleared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// Health alternates between good and bad.
    Flap {
        /// The duration of each phase, in simulated seconds.
        seconds: f64,
    },
    /// Every operation takes longer.
    Slow {
        /// The factor of the duration.
        factor: f64,
    },
    /// A deployment has another duration than in the settings.
    DeploySeconds {
        /// The duration in simulated seconds.
        seconds: f64,
    },
    /// The next calls are refused with `Throttling`.
    Throttle {
        /// The number of calls.
        calls: u32,
    },
    /// Every operation has a token bucket. Calls without a token are refused with `Throttling`.
    RateLimit {
        /// The tokens that a bucket gets in a real second.
        per_second: f64,
        /// The capacity of a bucket.
        burst: u32,
    },
    /// The next calls fail with HTTP status 500.
    ServerError {
        /// The number of calls.
        calls: u32,
    },
    /// The next calls are answered late.
    DelayCalls {
        /// The number of calls.
        calls: u32,
        /// The delay in real seconds.
        seconds: f64,
    },
    /// The connections of the next calls are cut before the calls have an effect.
    ResetCalls {
        /// The number of calls.
        calls: u32,
    },
    /// The next calls have their effect, but the connection is cut before the answer.
    LoseAnswers {
        /// The number of calls.
        calls: u32,
    },
    /// The next `DescribeEnvironments` return no environments.
    EmptyDescribe {
        /// The number of calls.
        calls: u32,
    },
    /// `UpdateEnvironment` does not find a version. Exactly one of the members is required.
    VersionInvisible {
        /// The number of calls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        calls: Option<u32>,
        /// The time since the creation of the version, in simulated seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// `DescribeEvents` returns events late, with their true dates.
    EventsLag {
        /// The delay in simulated seconds.
        seconds: f64,
    },
    /// The site answers every request with this HTTP status.
    AnswerWith {
        /// The HTTP status, from 200 to 599.
        status: u16,
    },
    /// The site answers late.
    AnswerAfter {
        /// The delay in real seconds.
        seconds: f64,
    },
    /// The site resets the connections of the next requests.
    ResetConnections {
        /// The number of requests.
        calls: u32,
    },
    /// The environment appears to have no instances: nothing is deployed and nothing is served.
    ZeroInstances,
}

impl Fault {
    /// The time until the fault expires, in simulated seconds.
    pub(crate) fn lifetime(&self) -> Option<f64> {
        if let Self::Health { seconds, .. } = self { *seconds } else { None }
    }

    /// Whether the fault applies to API calls, not to environments and their sites.
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

    /// Refuses invalid values. The error names the member.
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

    /// The number of remaining calls, for faults that count calls.
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
