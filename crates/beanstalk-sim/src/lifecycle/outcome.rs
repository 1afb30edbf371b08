//! How a deployment will end.

use crate::faults::{Fault, Faults};

/// The ways in which a deployment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    /// The instances could not start the version.
    Failed,
    /// The instances started the version and stayed unhealthy.
    Unhealthy,
    /// The instances never answered.
    TimedOut,
    /// Nothing worked, and yet the version counts as deployed.
    WithErrors,
    /// All is well but health.
    NeverGood,
    /// All looks well, but one instance was left behind.
    Partial,
}

impl Outcome {
    /// What the faults of an environment, or else the bundle, make of a deployment.
    pub(crate) fn decide(faults: &Faults, environment: &str, bundle_is_good: bool) -> Self {
        let told = faults.find(environment, |fault| match fault {
            Fault::FailDeploy => Some(Self::Failed),
            Fault::Unhealthy => Some(Self::Unhealthy),
            Fault::CommandTimeout => Some(Self::TimedOut),
            Fault::CompleteWithErrors => Some(Self::WithErrors),
            Fault::HealthNeverGood => Some(Self::NeverGood),
            Fault::SilentPartial => Some(Self::Partial),
            Fault::FailConfiguration
            | Fault::StuckUpdating
            | Fault::Slow { .. }
            | Fault::DeploySeconds { .. }
            | Fault::Throttle { .. }
            | Fault::ServerError { .. }
            | Fault::DelayCalls { .. }
            | Fault::LoseAnswers { .. }
            | Fault::EmptyDescribe { .. }
            | Fault::VersionInvisible { .. }
            | Fault::AnswerWith { .. }
            | Fault::AnswerAfter { .. }
            | Fault::ResetConnections { .. }
            | Fault::ZeroInstances => None,
        });
        if bundle_is_good { told.unwrap_or(Self::Success) } else { Self::Failed }
    }
}
