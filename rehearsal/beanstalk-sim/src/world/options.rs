//! Option settings: what is configured, on top of the service's defaults.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::managed::{ManagedUpdates, WeeklyTime};
use super::option_table::{
    APPLICATION, ASG, COMMAND, ChangeSeverity, DEFAULT_PROCESS, ENVIRONMENT, HEALTH, INSTANCES,
    LAUNCH, MANAGED, NAMESPACES, PLATFORM_UPDATE, ROLLING_UPDATE, SCHEDULED_ACTION, TRAFFIC,
    VARIABLES, definition, namespace,
};
use super::platform::UpdateLevel;

/// The name of an option; scheduled actions have a resource as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct OptionName {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) resource: Option<String>,
}

/// The options of an environment that differ from the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(OptionName, String)>", into = "Vec<(OptionName, String)>")]
pub(crate) struct OptionSettings(BTreeMap<OptionName, String>);

/// How a new version reaches the instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeploymentPolicy {
    AllAtOnce,
    Rolling,
    RollingWithAdditionalBatch,
    Immutable,
    TrafficSplitting,
}

/// The worst health with which an instance still passes a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HealthCheckSuccessThreshold {
    Ok,
    Warning,
    Degraded,
    Severe,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) name: OptionName,
    message: String,
}

impl OptionName {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), resource: None }
    }

    /// Only scheduled actions are told apart by their resource.
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

/// What is wrong with one setting, taken by itself.
pub(crate) fn problem_of(name: &OptionName, value: &str) -> Option<Problem> {
    let unknown = || Problem::specification(name.clone(), "Unknown configuration setting.");
    let Some(namespace) = namespace(&name.namespace) else { return Some(unknown()) };
    if namespace.open {
        return None;
    }
    let Some(option) = namespace.options.iter().find(|option| option.name == name.name) else {
        return Some(unknown());
    };
    // An empty value means that an option is not set, except where something must be chosen.
    if value.is_empty() && option.default.is_none() {
        return None;
    }
    option.kind.complaint(value).map(|reason| Problem::value(name.clone(), value, &reason))
}

impl From<Vec<(OptionName, String)>> for OptionSettings {
    fn from(settings: Vec<(OptionName, String)>) -> Self {
        Self(settings.into_iter().collect())
    }
}

impl From<OptionSettings> for Vec<(OptionName, String)> {
    fn from(options: OptionSettings) -> Self {
        options.0.into_iter().collect()
    }
}

impl OptionSettings {
    pub(crate) fn set(&mut self, name: OptionName, value: String) {
        self.0.insert(name.normal(), value);
    }

    /// Goes back to the default.
    pub(crate) fn remove(&mut self, name: &OptionName) {
        self.0.remove(&name.clone().normal());
    }

    /// What differs from the defaults.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&OptionName, &str)> {
        self.0.iter().map(|(name, value)| (name, value.as_str()))
    }

    /// Defaults and settings together; of the load balancers' options only those of the type in use.
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
        all.extend(self.0.clone());
        all
    }

    fn given(&self, namespace: &str, name: &str) -> Option<&str> {
        self.0
            .iter()
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

    /// How long the Auto Scaling group waits after an activity, in seconds.
    pub(crate) fn cooldown(&self) -> u32 {
        self.number(ASG, "Cooldown").unwrap_or(360)
    }

    /// Does it take a rolling update of the instances to get from these options to others?
    pub(crate) fn rolls_to(&self, next: &Self) -> bool {
        let replaces = |name: &OptionName| {
            definition(&name.namespace, &name.name)
                .is_some_and(|option| option.severity == ChangeSeverity::RestartEnvironment)
        };
        let changed = |name: &&OptionName| self.0.get(*name) != next.0.get(*name);
        next.flag(ROLLING_UPDATE, "RollingUpdateEnabled")
            && self.0.keys().chain(next.0.keys()).filter(changed).any(replaces)
    }

    /// How long an instance may take for a deployment, in seconds, the service's own patience included.
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

    /// How many of `total` instances are deployed to at once: at least one; parts are *assumed* to be rounded up.
    pub(crate) fn batch_size(&self, total: usize) -> usize {
        let size = self.count(COMMAND, "BatchSize");
        let batch = match self.get(COMMAND, "BatchSizeType") {
            Some("Fixed") => size,
            _ => total.saturating_mul(size).div_ceil(100),
        };
        batch.clamp(1, total.max(1))
    }

    /// Do deployments go on although instances are not healthy?
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

    /// What the application finds in its environment.
    pub(crate) fn environment_variables(&self) -> BTreeMap<String, String> {
        self.0
            .iter()
            .filter(|(name, _)| name.namespace == VARIABLES)
            .map(|(name, value)| (name.name.clone(), value.clone()))
            .collect()
    }

    /// Where health checks ask; `Application Healthcheck URL` counts when the process has no path of its own.
    pub(crate) fn health_check_path(&self) -> &str {
        let url = self.given(APPLICATION, "Application Healthcheck URL");
        let path = url.and_then(|url| url.find('/').map(|start| &url[start..]));
        self.given(DEFAULT_PROCESS, "HealthCheckPath").or(path).unwrap_or("/")
    }

    /// The part of the traffic that a traffic-splitting deployment sends to the new version.
    pub(crate) fn new_version_percent(&self) -> u32 {
        self.number(TRAFFIC, "NewVersionPercent").unwrap_or(10)
    }

    /// How long a traffic-splitting deployment watches the new version.
    pub(crate) fn evaluation_seconds(&self) -> u32 {
        self.number(TRAFFIC, "EvaluationTime").unwrap_or(5) * 60
    }

    /// When and how far the platform is updated by itself; `None` when it is not.
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

    /// What is wrong with settings that are each fine by themselves.
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

    /// *Assumed* words.
    fn size_contradiction(&self) -> Option<Problem> {
        let (least, most) = (self.min_size(), self.max_size());
        (least > most).then(|| {
            let reason = format!("MinSize is greater than MaxSize ({most})");
            Problem::value(OptionName::new(ASG, "MinSize"), &least.to_string(), &reason)
        })
    }

    /// *Assumed* words.
    fn batch_contradiction(&self) -> Option<Problem> {
        let (most, bound) = match self.get(COMMAND, "BatchSizeType") {
            Some("Fixed") => (self.max_size(), "MaxSize"),
            _ => (100, "100 percent"),
        };
        let size = self.count(COMMAND, "BatchSize");
        // The default of a hundred percent means all instances, whatever the type.
        if size <= most || self.given(COMMAND, "BatchSize").is_none() {
            return None;
        }
        let reason = format!("BatchSize is greater than {bound}");
        Some(Problem::value(OptionName::new(COMMAND, "BatchSize"), &size.to_string(), &reason))
    }

    /// *Assumed* words.
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

    /// *Assumed* words.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str, &str)]) -> OptionSettings {
        let mut options = OptionSettings::default();
        for (namespace, name, value) in settings {
            options.set(OptionName::new(namespace, name), (*value).to_owned());
        }
        options
    }

    fn complaints(options: &OptionSettings) -> Vec<String> {
        options.contradictions().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn defaults_are_a_classic_load_balancer_and_basic_health() {
        let options = OptionSettings::default();
        assert_eq!(options.load_balancer_type(), Some(LoadBalancerType::Classic));
        assert!(!options.enhanced_health());
        assert_eq!((options.min_size(), options.max_size()), (1, 4));
        assert_eq!((options.instance_type(), options.health_check_path()), ("t3.micro", "/"));
        assert_eq!(options.command_timeout(), 840);
        assert_eq!(options.deployment_policy(), DeploymentPolicy::AllAtOnce);
        assert_eq!(options.health_threshold(), HealthCheckSuccessThreshold::Ok);
        assert_eq!((options.new_version_percent(), options.evaluation_seconds()), (10, 300));
        assert!(!options.ignore_health_check());
        assert_eq!(options.managed_updates(), None);
        assert_eq!(complaints(&options), [] as [&str; 0]);
    }

    #[test]
    fn a_setting_wins_over_its_default_until_it_is_removed() {
        let mut options = with(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]);
        assert!(!options.load_balanced());
        options.remove(&OptionName::new(ENVIRONMENT, "EnvironmentType"));
        assert!(options.load_balanced());
    }

    #[test]
    fn resources_tell_scheduled_actions_apart_and_nothing_else() {
        let named = |namespace: &str, resource: &str| OptionName {
            resource: Some(resource.to_owned()),
            ..OptionName::new(namespace, "MinSize")
        };
        let mut options = OptionSettings::default();
        options.set(named(ASG, "AWSEBAutoScalingGroup"), "2".to_owned());
        options.set(named(SCHEDULED_ACTION, "night"), "0".to_owned());
        options.set(named(SCHEDULED_ACTION, "day"), "3".to_owned());
        assert_eq!(options.min_size(), 2);
        assert_eq!(options.iter().count(), 3);
    }

    #[test]
    fn a_batch_is_a_part_of_the_instances_and_never_nothing() {
        let percent = |size| with(&[(COMMAND, "BatchSize", size)]);
        let fixed =
            |size| with(&[(COMMAND, "BatchSizeType", "Fixed"), (COMMAND, "BatchSize", size)]);
        assert_eq!([1, 2, 4, 10].map(|total| percent("30").batch_size(total)), [1, 1, 2, 3]);
        assert_eq!([1, 2, 4].map(|total| fixed("3").batch_size(total)), [1, 2, 3]);
        assert_eq!(OptionSettings::default().batch_size(0), 1);
        assert_eq!(OptionSettings::default().batch_size(7), 7);
    }

    #[test]
    fn the_health_check_path_may_be_part_of_a_url() {
        let url = |url| with(&[(APPLICATION, "Application Healthcheck URL", url)]);
        assert_eq!(url("HTTPS:443/health").health_check_path(), "/health");
        assert_eq!(url("TCP:80").health_check_path(), "/");
        let both = with(&[
            (APPLICATION, "Application Healthcheck URL", "/old"),
            (DEFAULT_PROCESS, "HealthCheckPath", "/new"),
        ]);
        assert_eq!(both.health_check_path(), "/new");
    }

    #[test]
    fn the_newer_list_of_instance_types_wins() {
        let types = with(&[
            (INSTANCES, "InstanceTypes", "t3.small, t3.large"),
            (LAUNCH, "InstanceType", "m5.large"),
        ]);
        assert_eq!(types.instance_type(), "t3.small");
    }

    #[test]
    fn variables_may_be_empty_and_have_any_name() {
        let options = with(&[(VARIABLES, "A B", ""), (VARIABLES, "X", "1"), (ASG, "MinSize", "2")]);
        let pairs: Vec<_> = options.environment_variables().into_iter().collect();
        assert_eq!(pairs, [("A B".to_owned(), String::new()), ("X".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn managed_updates_need_a_window_a_level_and_enhanced_health() {
        let on = (MANAGED, "ManagedActionsEnabled", "true");
        let window = (MANAGED, "PreferredStartTime", "Tue:09:00");
        let level = (PLATFORM_UPDATE, "UpdateLevel", "minor");
        let enhanced = (HEALTH, "SystemType", "enhanced");
        let updates = with(&[on, window, level, enhanced]).managed_updates();
        assert!(updates.is_some_and(|updates| updates.level == UpdateLevel::Minor));
        for (settings, word) in [
            (vec![on, enhanced], "PreferredStartTime"),
            (vec![on, window, enhanced], "UpdateLevel"),
            (vec![on, window, level], "enhanced"),
        ] {
            let complaints = complaints(&with(&settings));
            assert!(complaints.first().is_some_and(|text| text.contains(word)), "{complaints:?}");
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let first =
            |settings: &[_]| complaints(&with(settings)).into_iter().next().unwrap_or_default();
        assert!(first(&[(ASG, "MinSize", "5")]).contains("greater than MaxSize"));
        assert!(first(&[(COMMAND, "BatchSize", "101")]).contains("100 percent"));
        assert!(
            first(&[(COMMAND, "BatchSizeType", "Fixed"), (COMMAND, "BatchSize", "5")])
                .contains("MaxSize")
        );
        let policy = (COMMAND, "DeploymentPolicy", "TrafficSplitting");
        assert!(first(&[policy]).contains("Application Load Balancer"));
        let application = (ENVIRONMENT, "LoadBalancerType", "application");
        assert_eq!(first(&[policy, application]), "");
    }

    #[test]
    fn a_setting_by_itself_must_be_known_and_possible() {
        let problem = |namespace, name, value| {
            problem_of(&OptionName::new(namespace, name), value).map(|problem| problem.to_string())
        };
        assert_eq!(
            problem("aws:x", "Y", "1").as_deref(),
            Some(
                "Invalid option specification (Namespace: 'aws:x', OptionName: 'Y'): Unknown configuration setting."
            )
        );
        assert_eq!(
            problem(ASG, "MinSize", "0").as_deref(),
            Some(
                "Invalid option value: '0' (Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize'): Value is less than minimum allowed value: 1."
            )
        );
        assert_eq!(problem(SCHEDULED_ACTION, "MinSize", "0"), None);
        assert_eq!(problem(VARIABLES, "anything at all", ""), None);
        assert_eq!(problem("aws:ec2:vpc", "AssociatePublicIpAddress", ""), None);
    }

    #[test]
    fn only_the_options_of_the_load_balancer_in_use_are_shown() {
        let classic = with(&[
            (ENVIRONMENT, "EnvironmentType", "LoadBalanced"),
            (ENVIRONMENT, "LoadBalancerType", "classic"),
        ]);
        let has = |options: &OptionSettings, start: &str| {
            options.effective().keys().any(|name| name.namespace.starts_with(start))
        };
        assert!(has(&classic, "aws:elb:") && !has(&classic, "aws:elbv2:"));
        let single = with(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]);
        assert!(!has(&single, "aws:elb"));
    }
}
