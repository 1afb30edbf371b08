//! Option settings, which override the service's defaults.

pub(crate) mod health_check;
pub(crate) mod instance_update;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::managed::{ManagedUpdates, WeeklyTime};
use super::option_table::{
    ASG, COMMAND, CONTAINER, ChangeSeverity, ENVIRONMENT, HEALTH, INSTANCES, LAUNCH, MANAGED,
    NAMESPACES, PLATFORM_UPDATE, PYTHON, ROLLING_UPDATE, SCHEDULED_ACTION, TRAFFIC, VARIABLES,
    definition, namespace,
};
use super::platform::UpdateLevel;

/// The name of an option. Options of scheduled actions have a resource too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OptionName {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) resource: Option<String>,
}

/// The options of an environment that differ from the defaults: those that callers set, and those of the configuration
/// files of its version, which the former override (developer guide, "Precedence").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(OptionName, String)>", into = "Vec<(OptionName, String)>")]
pub(crate) struct OptionSettings {
    set: BTreeMap<OptionName, String>,
    /// Saved with the environment, not with the options.
    files: BTreeMap<OptionName, String>,
}

/// The deployment policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeploymentPolicy {
    AllAtOnce,
    Rolling,
    RollingWithAdditionalBatch,
    Immutable,
    TrafficSplitting,
}

/// The worst health with which an instance passes a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HealthCheckSuccessThreshold {
    Ok,
    Warning,
    Degraded,
    Severe,
}

/// A complaint about a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) name: OptionName,
    message: String,
}

impl OptionName {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), resource: None }
    }

    /// Normalizes the resource, which only scheduled actions have.
    fn normal(mut self) -> Self {
        self.resource = self.resource.filter(|_| self.namespace == SCHEDULED_ACTION);
        self
    }
}

impl Problem {
    fn value(name: OptionName, value: &str, reason: &str) -> Self {
        let message = format!(
            "Invalid option value: '{value}' (Namespace: '{}', OptionName: '{}'): {reason}",
            name.namespace, name.name
        );
        Self { name, message }
    }

    fn specification(name: OptionName, reason: &str) -> Self {
        let message = format!(
            "Invalid option specification (Namespace: '{}', OptionName: '{}'): {reason}",
            name.namespace, name.name
        );
        Self { name, message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The complaint about one setting on its own.
pub(crate) fn problem_of(name: &OptionName, value: &str) -> Option<Problem> {
    let unknown = || Problem::specification(name.clone(), "Unknown configuration setting.");
    let Some(namespace) = namespace(&name.namespace) else { return Some(unknown()) };
    if namespace.open {
        return None;
    }
    let Some(option) = namespace.options.iter().find(|option| option.name == name.name) else {
        return Some(unknown());
    };
    // An empty value means that an option is not set, unless it requires a choice.
    if value.is_empty() && option.default.is_none() {
        return None;
    }
    option.kind.complaint(value).map(|reason| Problem::value(name.clone(), value, &reason))
}

impl From<Vec<(OptionName, String)>> for OptionSettings {
    fn from(settings: Vec<(OptionName, String)>) -> Self {
        Self { set: settings.into_iter().collect(), files: BTreeMap::new() }
    }
}

impl From<OptionSettings> for Vec<(OptionName, String)> {
    fn from(options: OptionSettings) -> Self {
        options.set.into_iter().collect()
    }
}

impl OptionSettings {
    pub(crate) fn set(&mut self, name: OptionName, value: String) {
        self.set.insert(name.normal(), value);
    }

    /// Replaces the settings of configuration files.
    pub(crate) fn set_files(&mut self, settings: &[(OptionName, String)]) {
        let normal = |(name, value): &(OptionName, String)| (name.clone().normal(), value.clone());
        self.files = settings.iter().map(normal).collect();
    }

    /// Restores the default of an option, or the value of a configuration file.
    pub(crate) fn remove(&mut self, name: &OptionName) {
        self.set.remove(&name.clone().normal());
    }

    /// The settings that callers made.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OptionName, &str)> {
        self.set.iter().map(|(name, value)| (name, value.as_str()))
    }

    /// The settings of callers, and of configuration files where callers set nothing.
    fn all(&self) -> impl Iterator<Item = (&OptionName, &String)> {
        let files = self.files.iter().filter(|(name, _)| !self.set.contains_key(*name));
        self.set.iter().chain(files)
    }

    /// Defaults and settings, with only those load balancer options that apply to the type in use.
    pub(crate) fn effective(&self) -> BTreeMap<OptionName, String> {
        let shown = |namespace: &str| match self.load_balancer_type() {
            Some(LoadBalancerType::Classic) => !namespace.starts_with("aws:elbv2:"),
            Some(_) => !namespace.starts_with("aws:elb:"),
            None => !namespace.starts_with("aws:elb"),
        };
        let whole = NAMESPACES.iter().filter(|space| space.is_whole() && shown(space.name));
        let mut all: BTreeMap<_, _> = whole
            .flat_map(|space| {
                space.options.iter().filter_map(|option| {
                    Some((OptionName::new(space.name, option.name), option.default?.to_owned()))
                })
            })
            .collect();
        all.extend(self.all().map(|(name, value)| (name.clone(), value.clone())));
        all
    }

    fn given(&self, namespace: &str, name: &str) -> Option<&str> {
        self.all()
            .find(|(option, _)| {
                option.name == name && option.namespace == namespace && option.resource.is_none()
            })
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn get(&self, namespace: &str, name: &str) -> Option<&str> {
        self.given(namespace, name)
            .or_else(|| definition(namespace, name).and_then(|option| option.default))
    }

    fn number(&self, namespace: &str, name: &str) -> Option<u32> {
        self.get(namespace, name)?.parse().ok()
    }

    fn count(&self, namespace: &str, name: &str) -> usize {
        self.number(namespace, name).and_then(|size| usize::try_from(size).ok()).unwrap_or(1)
    }

    fn flag(&self, namespace: &str, name: &str) -> bool {
        self.get(namespace, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn load_balanced(&self) -> bool {
        self.get(ENVIRONMENT, "EnvironmentType")
            .is_some_and(|value| value.eq_ignore_ascii_case("LoadBalanced"))
    }

    /// The type of the load balancer; `None` for a single instance.
    pub(crate) fn load_balancer_type(&self) -> Option<LoadBalancerType> {
        self.load_balanced().then(|| match self.get(ENVIRONMENT, "LoadBalancerType") {
            Some("classic") => LoadBalancerType::Classic,
            Some("network") => LoadBalancerType::Network,
            _ => LoadBalancerType::Application,
        })
    }

    pub(crate) fn enhanced_health(&self) -> bool {
        self.get(HEALTH, "SystemType").is_some_and(|value| value.eq_ignore_ascii_case("enhanced"))
    }

    /// The least number of instances of the Auto Scaling group.
    pub(crate) fn min_size(&self) -> usize {
        self.count(ASG, "MinSize")
    }

    /// The greatest number of instances of the Auto Scaling group.
    pub(crate) fn max_size(&self) -> usize {
        self.count(ASG, "MaxSize")
    }

    /// The cooldown of the Auto Scaling group, in seconds.
    pub(crate) fn cooldown(&self) -> u32 {
        self.number(ASG, "Cooldown").unwrap_or(360)
    }

    /// Whether a change to other options requires a rolling update of the instances.
    pub(crate) fn rolls_to(&self, next: &Self) -> bool {
        let replaces = |name: &OptionName| {
            definition(&name.namespace, &name.name)
                .is_some_and(|option| option.severity == ChangeSeverity::RestartEnvironment)
        };
        let changed = |name: &&OptionName| self.set.get(*name) != next.set.get(*name);
        next.flag(ROLLING_UPDATE, "RollingUpdateEnabled")
            && self.set.keys().chain(next.set.keys()).filter(changed).any(replaces)
    }

    /// The command timeout with the service's margin, in seconds.
    pub(crate) fn command_timeout(&self) -> u32 {
        self.number(COMMAND, "Timeout").unwrap_or(600) + 240
    }

    pub(crate) fn deployment_policy(&self) -> DeploymentPolicy {
        match self.get(COMMAND, "DeploymentPolicy") {
            Some("Rolling") => DeploymentPolicy::Rolling,
            Some("RollingWithAdditionalBatch") => DeploymentPolicy::RollingWithAdditionalBatch,
            Some("Immutable") => DeploymentPolicy::Immutable,
            Some("TrafficSplitting") => DeploymentPolicy::TrafficSplitting,
            _ => DeploymentPolicy::AllAtOnce,
        }
    }

    /// The batch size for `total` instances: at least 1. Fractions are *assumed* to be rounded up.
    pub(crate) fn batch_size(&self, total: usize) -> usize {
        let size = self.count(COMMAND, "BatchSize");
        let batch = match self.get(COMMAND, "BatchSizeType") {
            Some("Fixed") => size,
            _ => total.saturating_mul(size).div_ceil(100),
        };
        batch.clamp(1, total.max(1))
    }

    /// Whether deployments ignore health checks.
    pub(crate) fn ignore_health_check(&self) -> bool {
        self.flag(COMMAND, "IgnoreHealthCheck")
    }

    pub(crate) fn health_threshold(&self) -> HealthCheckSuccessThreshold {
        match self.get(HEALTH, "HealthCheckSuccessThreshold") {
            Some("Warning") => HealthCheckSuccessThreshold::Warning,
            Some("Degraded") => HealthCheckSuccessThreshold::Degraded,
            Some("Severe") => HealthCheckSuccessThreshold::Severe,
            _ => HealthCheckSuccessThreshold::Ok,
        }
    }

    /// The environment properties of the application.
    pub(crate) fn environment_variables(&self) -> BTreeMap<String, String> {
        self.all()
            .filter(|(name, _)| name.namespace == VARIABLES)
            .map(|(name, value)| (name.name.clone(), value.clone()))
            .collect()
    }

    /// The module of the WSGI application on the Python platform.
    pub(crate) fn wsgi_path(&self) -> &str {
        self.get(PYTHON, "WSGIPath").unwrap_or("application")
    }

    /// The numbers of processes and of threads of the Python platform's server.
    pub(crate) fn python_concurrency(&self) -> (u32, u32) {
        let number = |name, default| self.number(PYTHON, name).unwrap_or(default);
        (number("NumProcesses", 1), number("NumThreads", 15))
    }

    /// Whether a change from other options concerns running processes: their properties, or the platform's options.
    pub(crate) fn configures_processes(&self, before: &Self) -> bool {
        let of = |options: &Self| -> BTreeMap<OptionName, String> {
            let own = |name: &OptionName| {
                name.namespace == VARIABLES || name.namespace.starts_with(CONTAINER)
            };
            let own = options.all().filter(|(name, _)| own(name));
            own.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        of(self) != of(before)
    }

    /// The share of traffic for the new version with traffic splitting, in percent.
    pub(crate) fn new_version_percent(&self) -> u32 {
        self.number(TRAFFIC, "NewVersionPercent").unwrap_or(10)
    }

    /// The evaluation time of traffic splitting, in seconds.
    pub(crate) fn evaluation_seconds(&self) -> u32 {
        self.number(TRAFFIC, "EvaluationTime").unwrap_or(5) * 60
    }

    /// The settings of managed platform updates; `None` if they are disabled.
    pub(crate) fn managed_updates(&self) -> Option<ManagedUpdates> {
        if !self.flag(MANAGED, "ManagedActionsEnabled") {
            return None;
        }
        Some(ManagedUpdates {
            window: self.get(MANAGED, "PreferredStartTime")?.parse::<WeeklyTime>().ok()?,
            level: UpdateLevel::from_name(self.get(PLATFORM_UPDATE, "UpdateLevel")?)?,
            instance_refresh: self.flag(PLATFORM_UPDATE, "InstanceRefreshEnabled"),
        })
    }

    /// The type of the instances: the first in `InstanceTypes`, or the older `InstanceType`.
    pub(crate) fn instance_type(&self) -> &str {
        let newer = self.get(INSTANCES, "InstanceTypes").and_then(|types| types.split(',').next());
        newer.map(str::trim).or_else(|| self.get(LAUNCH, "InstanceType")).unwrap_or_default()
    }

    /// The complaints about settings that contradict each other.
    pub(crate) fn contradictions(&self) -> Vec<Problem> {
        [
            self.size_contradiction(),
            self.batch_contradiction(),
            self.traffic_contradiction(),
            self.managed_contradiction(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The text is *assumed*.
    fn size_contradiction(&self) -> Option<Problem> {
        let (least, most) = (self.min_size(), self.max_size());
        (least > most).then(|| {
            let reason = format!("MinSize is greater than MaxSize ({most})");
            Problem::value(OptionName::new(ASG, "MinSize"), &least.to_string(), &reason)
        })
    }

    /// The text is *assumed*.
    fn batch_contradiction(&self) -> Option<Problem> {
        let (most, bound) = match self.get(COMMAND, "BatchSizeType") {
            Some("Fixed") => (self.max_size(), "MaxSize"),
            _ => (100, "100 percent"),
        };
        let size = self.count(COMMAND, "BatchSize");
        // The default of 100 means all instances with either type.
        if size <= most || self.given(COMMAND, "BatchSize").is_none() {
            return None;
        }
        let reason = format!("BatchSize is greater than {bound}");
        Some(Problem::value(OptionName::new(COMMAND, "BatchSize"), &size.to_string(), &reason))
    }

    /// The text is *assumed*.
    fn traffic_contradiction(&self) -> Option<Problem> {
        let wanted = self.deployment_policy() == DeploymentPolicy::TrafficSplitting;
        let possible = self.load_balancer_type() == Some(LoadBalancerType::Application);
        (wanted && !possible).then(|| {
            Problem::value(
                OptionName::new(COMMAND, "DeploymentPolicy"),
                "TrafficSplitting",
                "Traffic splitting deployments require an environment with an Application Load Balancer.",
            )
        })
    }

    /// The text is *assumed*.
    fn managed_contradiction(&self) -> Option<Problem> {
        if !self.flag(MANAGED, "ManagedActionsEnabled") {
            return None;
        }
        let reason = if !self.enhanced_health() {
            "Managed platform updates require enhanced SystemType."
        } else if self.get(MANAGED, "PreferredStartTime").is_none() {
            "You must specify a PreferredStartTime when managed actions are enabled."
        } else if self.get(PLATFORM_UPDATE, "UpdateLevel").is_none() {
            "You must specify an UpdateLevel when managed actions are enabled."
        } else {
            return None;
        };
        Some(Problem::specification(OptionName::new(MANAGED, "ManagedActionsEnabled"), reason))
    }
}

/// The type of a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoadBalancerType {
    Classic,
    Application,
    Network,
}
