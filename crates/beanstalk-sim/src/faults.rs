//! Faults: the ways in which the simulated service can be told to misbehave.

use std::collections::BTreeMap;
use std::mem::discriminant;

use serde::{Deserialize, Serialize};

/// The name to give instead of an environment's to set or clear a fault everywhere.
pub const EVERYWHERE: &str = "*";

/// One way to misbehave.
///
/// A fault stays until it is cleared or, when it counts calls, used up. Those about deployments are looked at when a
/// deployment decides its outcome; setting the same kind of fault again replaces the earlier one.
/// Seconds of delays are real seconds, which no time scale shortens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
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
    /// Every operation takes this many times as long.
    Slow {
        /// How many times as long.
        factor: f64,
    },
    /// A deployment takes this long, instead of what the settings say.
    DeploySeconds {
        /// Seconds before scaling.
        seconds: f64,
    },
    /// The next calls are refused with `Throttling`.
    Throttle {
        /// How many.
        calls: u32,
        /// Only calls of this operation; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
    },
    /// The next calls fail with HTTP status 500.
    ServerError {
        /// How many.
        calls: u32,
        /// Only calls of this operation; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
    },
    /// The next calls are answered late.
    DelayCalls {
        /// How many.
        calls: u32,
        /// How late.
        seconds: f64,
        /// Only calls of this operation; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
    },
    /// The next calls do their work, but the connection breaks before the answer has arrived.
    LoseAnswers {
        /// How many.
        calls: u32,
        /// Only calls of this operation; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
    },
    /// The next `DescribeEnvironments` find nothing.
    EmptyDescribe {
        /// How many.
        calls: u32,
    },
    /// The next `UpdateEnvironment` calls with a label do not find the version.
    VersionInvisible {
        /// How many.
        calls: u32,
    },
    /// The site answers every request with this HTTP status.
    AnswerWith {
        /// The status.
        status: u16,
    },
    /// The site answers late.
    AnswerAfter {
        /// How late.
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

/// The faults that are set, by environment name or [`EVERYWHERE`].
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<String, Vec<Fault>>);

impl Fault {
    /// How often it still applies, for those that count.
    fn remaining(&mut self) -> Option<&mut u32> {
        match self {
            Self::Throttle { calls, .. }
            | Self::ServerError { calls, .. }
            | Self::DelayCalls { calls, .. }
            | Self::LoseAnswers { calls, .. }
            | Self::EmptyDescribe { calls }
            | Self::VersionInvisible { calls }
            | Self::ResetConnections { calls } => Some(calls),
            Self::FailDeploy
            | Self::FailConfiguration
            | Self::HealthNeverGood
            | Self::Unhealthy
            | Self::StuckUpdating
            | Self::CommandTimeout
            | Self::CompleteWithErrors
            | Self::SilentPartial
            | Self::Slow { .. }
            | Self::DeploySeconds { .. }
            | Self::AnswerWith { .. }
            | Self::AnswerAfter { .. }
            | Self::ZeroInstances => None,
        }
    }
}

impl Faults {
    pub(crate) fn set(&mut self, environment: &str, fault: Fault) {
        let faults = self.0.entry(environment.to_owned()).or_default();
        faults.retain(|other| discriminant(other) != discriminant(&fault));
        faults.push(fault);
    }

    pub(crate) fn clear(&mut self, environment: &str) {
        self.0.remove(environment);
    }

    /// All faults, by environment.
    pub(crate) fn all(&self) -> &BTreeMap<String, Vec<Fault>> {
        &self.0
    }

    /// The first thing that `wanted` sees in the faults of an environment, before those that are set everywhere.
    pub(crate) fn find<T>(
        &self,
        environment: &str,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        [environment, EVERYWHERE]
            .iter()
            .filter_map(|scope| self.0.get(*scope))
            .flatten()
            .find_map(wanted)
    }

    pub(crate) fn has(&self, environment: &str, fault: &Fault) -> bool {
        self.find(environment, |other| (other == fault).then_some(())).is_some()
    }

    /// Uses up one of a fault that counts, when `wanted` sees something in it.
    pub(crate) fn take<T>(
        &mut self,
        environment: &str,
        wanted: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        for scope in [environment, EVERYWHERE] {
            let Some(faults) = self.0.get_mut(scope) else { continue };
            for fault in faults {
                let Some(found) = wanted(fault) else { continue };
                let Some(remaining) = fault.remaining().filter(|remaining| **remaining > 0) else {
                    continue;
                };
                *remaining -= 1;
                return Some(found);
            }
        }
        None
    }

    pub(crate) fn zero_instances(&self, environment: &str) -> bool {
        self.has(environment, &Fault::ZeroInstances)
    }

    pub(crate) fn stuck(&self, environment: &str) -> bool {
        self.has(environment, &Fault::StuckUpdating)
    }

    /// How many times as long everything takes.
    pub(crate) fn slowness(&self, environment: &str) -> f64 {
        self.find(environment, |fault| {
            if let Fault::Slow { factor } = fault { Some(*factor) } else { None }
        })
        .unwrap_or(1.0)
    }

    /// How long a deployment takes, when it is not what the settings say.
    pub(crate) fn deploy_seconds(&self, environment: &str) -> Option<f64> {
        self.find(environment, |fault| {
            if let Fault::DeploySeconds { seconds } = fault { Some(*seconds) } else { None }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(fault: &Fault) -> Option<()> {
        matches!(fault, Fault::Throttle { .. }).then_some(())
    }

    #[test]
    fn a_counted_fault_is_used_up() {
        let mut faults = Faults::default();
        faults.set("shop", Fault::Throttle { calls: 2, operation: None });
        let taken: Vec<_> = (0..3).map(|_| faults.take("shop", throttled).is_some()).collect();
        assert_eq!(taken, [true, true, false]);
    }

    #[test]
    fn a_fault_everywhere_reaches_every_environment() {
        let mut faults = Faults::default();
        faults.set(EVERYWHERE, Fault::Slow { factor: 3.0 });
        faults.set("shop", Fault::Slow { factor: 5.0 });
        assert_eq!((faults.slowness("shop"), faults.slowness("other")), (5.0, 3.0));
        faults.clear(EVERYWHERE);
        assert_eq!((faults.slowness("shop"), faults.slowness("other")), (5.0, 1.0));
    }

    #[test]
    fn faults_are_written_with_a_tag() {
        let fault: Fault = serde_json::from_str(r#"{"fault":"throttle","calls":3}"#).unwrap();
        assert_eq!(fault, Fault::Throttle { calls: 3, operation: None });
        assert_eq!(
            serde_json::to_string(&Fault::FailDeploy).unwrap(),
            r#"{"fault":"fail_deploy"}"#
        );
    }
}
