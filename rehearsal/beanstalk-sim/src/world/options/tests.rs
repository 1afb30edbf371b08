//! Tests of option settings.

use super::*;
use crate::world::option_table::{APPLICATION, DEFAULT_PROCESS};

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
fn only_scheduled_actions_have_resources() {
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
    let fixed = |size| with(&[(COMMAND, "BatchSizeType", "Fixed"), (COMMAND, "BatchSize", size)]);
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
    let first = |settings: &[_]| complaints(&with(settings)).into_iter().next().unwrap_or_default();
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
fn a_single_setting_must_be_known_and_valid() {
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
