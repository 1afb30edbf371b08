//! The health of an environment and of its instances.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::Display;

/// The health of an environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Health {
    /// The colour: `Green`, `Yellow`, `Red` or `Grey`.
    pub color: String,
    /// The status under enhanced health: `Ok`, `Info`, `Warning`, `Degraded`, `Severe` … `None` under basic health.
    pub status: Option<String>,
}

impl Health {
    /// Whether it is good: `Ok` or `Info` under enhanced health, else `Green`.
    pub fn is_good(&self) -> bool {
        AllowedHealth::default().allows(self)
    }

    /// Whether it is unknown: Grey is neither good nor bad.
    pub fn is_unknown(&self) -> bool {
        self.color == "Grey"
    }
}

impl std::fmt::Display for Health {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.status {
            Some(status) => write!(formatter, "{} ({status})", self.color),
            None => formatter.write_str(&self.color),
        }
    }
}

/// A health status with which a version may go live and stay live. Grey is none: it means that nothing is known.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Allowed {
    /// Every check passes.
    Ok,
    /// An operation is in progress.
    Info,
    /// Some checks or requests fail. Scanners that request missing pages can cause it.
    Warning,
}

/// The health statuses with which a version may go live and stay live: at least one. Under basic health, `Warning`
/// stands for `Yellow`, and the others for `Green`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Vec<Allowed>")]
pub struct AllowedHealth(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Allowed>);

impl AllowedHealth {
    /// Whether `health` is one of them.
    pub fn allows(&self, health: &Health) -> bool {
        self.0.iter().any(|allowed| match &health.status {
            Some(status) => *status == allowed.to_string(),
            None => match allowed {
                Allowed::Ok | Allowed::Info => health.color == "Green",
                Allowed::Warning => health.color == "Yellow",
            },
        })
    }
}

impl Default for AllowedHealth {
    fn default() -> Self {
        Self(vec![Allowed::Ok, Allowed::Info])
    }
}

impl TryFrom<Vec<Allowed>> for AllowedHealth {
    type Error = String;

    fn try_from(allowed: Vec<Allowed>) -> Result<Self, String> {
        if allowed.is_empty() {
            return Err("at least one health must be allowed".to_owned());
        }
        Ok(Self(allowed))
    }
}

/// The details of an environment's health, under enhanced health.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HealthReport {
    /// The causes, in Beanstalk's words.
    pub causes: Vec<String>,
    /// The number of requests in the last ten seconds.
    pub requests: u32,
    /// The share of these requests that was answered with 5xx, in percent; `None` without requests.
    pub failed_percent: Option<f64>,
    /// Their 90th percentile of latency in milliseconds; `None` without requests.
    pub p90_ms: Option<f64>,
}

/// The health of one instance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InstanceHealth {
    /// Its id.
    pub id: String,
    /// The label that was last deployed to it.
    pub version: Option<String>,
    /// The status of that deployment: `In Progress`, `Deployed` or `Failed`.
    pub deployment: Option<String>,
}

/// The instance with its version and how its deployment ended, for messages.
impl fmt::Display for InstanceHealth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("no version");
        let deployment = self.deployment.as_deref().unwrap_or("no deployment");
        write!(formatter, "{} runs `{version}` ({deployment})", self.id)
    }
}

impl InstanceHealth {
    /// Whether `version` was deployed to it with success.
    pub fn runs(&self, version: &str) -> bool {
        self.version.as_deref() == Some(version) && self.deployment.as_deref() == Some("Deployed")
    }
}

/// The most instances that a message names.
const MOST_NAMED: usize = 5;

/// Names `instances` with what they run, for messages: the first five, and how many more there are.
pub fn name_instances(instances: &[&InstanceHealth]) -> String {
    let mut named: Vec<_> = instances.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    if instances.len() > MOST_NAMED {
        named.push(format!("and {} more", instances.len() - MOST_NAMED));
    }
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(color: &str, status: Option<&str>) -> Health {
        Health { color: color.to_owned(), status: status.map(str::to_owned) }
    }

    #[test]
    fn the_enhanced_status_decides_before_the_colour() {
        assert!(health("Green", Some("Ok")).is_good());
        assert!(health("Green", Some("Info")).is_good());
        assert!(!health("Green", Some("Warning")).is_good());
    }

    #[test]
    fn an_instance_runs_the_version_that_was_deployed_with_success() {
        let instance = |version: Option<&str>, deployment: Option<&str>| InstanceHealth {
            id: "i-1".to_owned(),
            version: version.map(str::to_owned),
            deployment: deployment.map(str::to_owned),
        };
        assert!(instance(Some("v2"), Some("Deployed")).runs("v2"));
        for deployment in [Some("In Progress"), Some("Failed"), None] {
            assert!(!instance(Some("v2"), deployment).runs("v2"), "{deployment:?}");
        }
        assert!(!instance(Some("v1"), Some("Deployed")).runs("v2"));
        assert!(!instance(None, Some("Deployed")).runs("v2"));
    }

    #[test]
    fn grey_is_not_good() {
        assert!(!health("Grey", None).is_good());
        assert!(!health("Grey", Some("Pending")).is_good());
        assert!(health("Green", None).is_good());
        assert!(health("Grey", Some("NoData")).is_unknown());
    }

    #[test]
    fn a_warning_counts_only_where_it_is_allowed() {
        let lenient = AllowedHealth(vec![Allowed::Ok, Allowed::Info, Allowed::Warning]);
        for warning in [health("Yellow", Some("Warning")), health("Yellow", None)] {
            assert!(lenient.allows(&warning), "{warning}");
            assert!(!AllowedHealth::default().allows(&warning), "{warning}");
        }
        assert!(!lenient.allows(&health("Red", Some("Degraded"))));
        assert!(AllowedHealth::try_from(Vec::new()).is_err());
    }
}
