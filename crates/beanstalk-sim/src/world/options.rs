//! Option settings: what is configured, on top of the service's defaults.

use std::collections::BTreeMap;

/// The name of an option; scheduled actions have a resource as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OptionName {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) resource: Option<String>,
}

/// The options of an environment that differ from the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OptionSettings(BTreeMap<OptionName, String>);

const ASG: &str = "aws:autoscaling:asg";
const COMMAND: &str = "aws:elasticbeanstalk:command";
const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
const HEALTH: &str = "aws:elasticbeanstalk:healthreporting:system";

/// What an environment has when nobody says otherwise.
pub(crate) const DEFAULTS: [(&str, &str, &str); 14] = [
    (ASG, "MinSize", "1"),
    (ASG, "MaxSize", "4"),
    ("aws:autoscaling:launchconfiguration", "InstanceType", "t3.micro"),
    (COMMAND, "BatchSize", "100"),
    (COMMAND, "BatchSizeType", "Percentage"),
    (COMMAND, "DeploymentPolicy", "AllAtOnce"),
    (COMMAND, "IgnoreHealthCheck", "false"),
    (COMMAND, "Timeout", "600"),
    (ENVIRONMENT, "EnvironmentType", "SingleInstance"),
    // `eb terminate` fails without it.
    (ENVIRONMENT, "LoadBalancerIsShared", "false"),
    (ENVIRONMENT, "LoadBalancerType", "application"),
    (ENVIRONMENT, "ServiceRole", "aws-elasticbeanstalk-service-role"),
    (HEALTH, "HealthCheckSuccessThreshold", "Ok"),
    // The real API has `basic` here; the console and the eb CLI choose `enhanced`, as nearly everybody does.
    (HEALTH, "SystemType", "enhanced"),
];

impl OptionName {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), resource: None }
    }
}

impl OptionSettings {
    pub(crate) fn set(&mut self, name: OptionName, value: String) {
        self.0.insert(name, value);
    }

    /// Goes back to the default.
    pub(crate) fn remove(&mut self, name: &OptionName) {
        self.0.remove(name);
    }

    /// Defaults and settings together.
    pub(crate) fn effective(&self) -> BTreeMap<OptionName, String> {
        let mut all: BTreeMap<_, _> = DEFAULTS
            .iter()
            .map(|(namespace, name, value)| (OptionName::new(namespace, name), (*value).to_owned()))
            .collect();
        all.extend(self.0.clone());
        all
    }

    fn get(&self, namespace: &str, name: &str) -> Option<&str> {
        let set = self.0.get(&OptionName::new(namespace, name)).map(String::as_str);
        set.or_else(|| {
            DEFAULTS
                .iter()
                .find(|default| (default.0, default.1) == (namespace, name))
                .map(|default| default.2)
        })
    }

    fn number(&self, namespace: &str, name: &str) -> Option<u32> {
        self.get(namespace, name)?.parse().ok()
    }

    pub(crate) fn load_balanced(&self) -> bool {
        self.get(ENVIRONMENT, "EnvironmentType")
            .is_some_and(|value| value.eq_ignore_ascii_case("LoadBalanced"))
    }

    pub(crate) fn enhanced_health(&self) -> bool {
        self.get(HEALTH, "SystemType").is_some_and(|value| value.eq_ignore_ascii_case("enhanced"))
    }

    /// How many instances run when all is well.
    pub(crate) fn instance_count(&self) -> usize {
        self.number(ASG, "MinSize").and_then(|size| usize::try_from(size).ok()).unwrap_or(1)
    }

    /// How long an instance may take for a deployment, in seconds, the service's own patience included.
    pub(crate) fn command_timeout(&self) -> u32 {
        self.number(COMMAND, "Timeout").unwrap_or(600) + 240
    }

    /// The complaint about values that the service refuses.
    pub(crate) fn problem(&self) -> Option<String> {
        let bounds = [
            (ASG, "MinSize", 0..=10_000),
            (ASG, "MaxSize", 0..=10_000),
            (COMMAND, "Timeout", 1..=3600),
        ];
        for (namespace, name, bounds) in bounds {
            let value = self.get(namespace, name).unwrap_or_default();
            if !value.parse().is_ok_and(|number: u32| bounds.contains(&number)) {
                return Some(format!(
                    "Invalid option value: '{value}' (Namespace: '{namespace}', OptionName: '{name}'): \
                     Value is not a number from {} to {}",
                    bounds.start(),
                    bounds.end()
                ));
            }
        }
        let (least, most) = (self.number(ASG, "MinSize")?, self.number(ASG, "MaxSize")?);
        (least > most).then(|| {
            format!("Invalid option value: '{least}' (Namespace: '{ASG}', OptionName: 'MinSize'): MinSize is greater than MaxSize ({most})")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(namespace: &str, name: &str, value: &str) -> OptionSettings {
        let mut options = OptionSettings::default();
        options.set(OptionName::new(namespace, name), value.to_owned());
        options
    }

    #[test]
    fn defaults_are_a_single_instance_with_enhanced_health() {
        let options = OptionSettings::default();
        assert!(!options.load_balanced());
        assert!(options.enhanced_health());
        assert_eq!((options.instance_count(), options.command_timeout()), (1, 840));
        assert_eq!(options.problem(), None);
    }

    #[test]
    fn a_setting_wins_over_its_default_until_it_is_removed() {
        let mut options = with(ENVIRONMENT, "EnvironmentType", "LoadBalanced");
        assert!(options.load_balanced());
        options.remove(&OptionName::new(ENVIRONMENT, "EnvironmentType"));
        assert!(!options.load_balanced());
    }

    #[test]
    fn sizes_that_contradict_each_other_are_refused() {
        assert!(
            with(ASG, "MinSize", "5")
                .problem()
                .is_some_and(|problem| problem.contains("greater than MaxSize"))
        );
        assert!(with(ASG, "MinSize", "-1").problem().is_some());
        assert!(with(COMMAND, "Timeout", "soon").problem().is_some());
    }
}
