//! The health checks of an environment: those of its load balancer, or of a single instance.
//!
//! Options and defaults are those of the developer guide ("General options for all environments"). A classic load
//! balancer takes `aws:elb:healthcheck` first, then the process: *assumed*. If it has no path, `/` is requested, though
//! the real one then only connects, because the agent of a real instance would see the failing requests.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{LoadBalancerType, OptionSettings};
use crate::host::PROXY_PORT;
use crate::world::option_table::{APPLICATION, CLASSIC_HEALTH_CHECK, DEFAULT_PROCESS};

/// The interval of checks without a load balancer, in seconds, as that of enhanced health.
const INTERVAL: f64 = 10.0;
/// The timeout of checks without a load balancer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The health check of an environment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HealthCheck {
    /// The path to request.
    pub(crate) path: String,
    /// The port of the instance.
    pub(crate) port: u16,
    /// The interval between two checks, in seconds.
    pub(crate) interval: f64,
    /// The time in which an answer must come, in real time.
    pub(crate) timeout: Duration,
    pub(crate) thresholds: Thresholds,
    /// The statuses of answers that pass.
    passing: Vec<RangeInclusive<u16>>,
}

/// The numbers of checks in a row that change the health of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// The passed checks after which an unhealthy instance is healthy.
    pub(crate) healthy: u32,
    /// The failed checks after which an instance is unhealthy.
    pub(crate) unhealthy: u32,
}

impl HealthCheck {
    /// Whether an answer with this status passes.
    pub(crate) fn passes(&self, status: u16) -> bool {
        self.passing.iter().any(|range| range.contains(&status))
    }
}

impl OptionSettings {
    /// The health check of the load balancer; of a single instance, everything but a server error passes.
    pub(crate) fn health_check(&self, balanced: bool) -> HealthCheck {
        let path = self.health_check_path().to_owned();
        match self.load_balancer_type().filter(|_| balanced) {
            None => HealthCheck {
                path,
                port: PROXY_PORT,
                interval: INTERVAL,
                timeout: TIMEOUT,
                thresholds: Thresholds { healthy: 1, unhealthy: 3 },
                passing: vec![0..=499],
            },
            Some(LoadBalancerType::Classic) => self.classic_check(path),
            Some(LoadBalancerType::Application) => {
                let codes = self.get(DEFAULT_PROCESS, "MatcherHTTPCode").unwrap_or_default();
                self.process_check(path, ranges(codes))
            }
            // The codes of a network load balancer cannot be set.
            Some(LoadBalancerType::Network) => self.process_check(path, vec![200..=399]),
        }
    }

    /// The port of instances to which the load balancer passes requests.
    pub(crate) fn traffic_port(&self) -> u16 {
        match self.load_balancer_type() {
            None | Some(LoadBalancerType::Classic) => PROXY_PORT,
            Some(LoadBalancerType::Application | LoadBalancerType::Network) => self.process_port(),
        }
    }

    fn process_port(&self) -> u16 {
        let port = self.number(DEFAULT_PROCESS, "Port");
        port.and_then(|port| port.try_into().ok()).unwrap_or(PROXY_PORT)
    }

    fn process_check(&self, path: String, passing: Vec<RangeInclusive<u16>>) -> HealthCheck {
        let number = |name| self.number(DEFAULT_PROCESS, name).unwrap_or(1);
        HealthCheck {
            path,
            port: self.process_port(),
            interval: number("HealthCheckInterval").into(),
            timeout: Duration::from_secs(number("HealthCheckTimeout").into()),
            thresholds: Thresholds {
                healthy: number("HealthyThresholdCount"),
                unhealthy: number("UnhealthyThresholdCount"),
            },
            passing,
        }
    }

    fn classic_check(&self, path: String) -> HealthCheck {
        let number = |name, of_process| {
            let given = self.given(CLASSIC_HEALTH_CHECK, name);
            let given = given.or_else(|| self.given(DEFAULT_PROCESS, of_process));
            let number = given.or_else(|| self.get(CLASSIC_HEALTH_CHECK, name));
            number.and_then(|number| number.parse::<u32>().ok()).unwrap_or(1)
        };
        let targets = self.classic_targets();
        let port = targets.into_iter().flatten().find_map(|target| target_of(target).0);
        HealthCheck {
            path,
            port: port.unwrap_or(PROXY_PORT),
            interval: number("Interval", "HealthCheckInterval").into(),
            timeout: Duration::from_secs(number("Timeout", "HealthCheckTimeout").into()),
            thresholds: Thresholds {
                healthy: number("HealthyThreshold", "HealthyThresholdCount"),
                unhealthy: number("UnhealthyThreshold", "UnhealthyThresholdCount"),
            },
            passing: vec![200..=200],
        }
    }

    /// The path of health checks. The targets of older options apply if the process has no path.
    pub(crate) fn health_check_path(&self) -> &str {
        let targets = self.classic_targets();
        let path = targets.into_iter().flatten().find_map(|target| target_of(target).1);
        self.given(DEFAULT_PROCESS, "HealthCheckPath").or(path).unwrap_or("/")
    }

    /// The settings that may name a port and a path, the newer one first.
    fn classic_targets(&self) -> [Option<&str>; 2] {
        [
            self.given(APPLICATION, "Application Healthcheck URL"),
            self.given(CLASSIC_HEALTH_CHECK, "Target"),
        ]
    }
}

/// The port and the path of a target such as `HTTP:8080/health`.
fn target_of(target: &str) -> (Option<u16>, Option<&str>) {
    let (place, path) = match target.find('/') {
        Some(start) => (&target[..start], Some(&target[start..])),
        None => (target, None),
    };
    (place.split_once(':').and_then(|(_, port)| port.parse().ok()), path)
}

/// The statuses of `200`, `200,210` or `200-210`.
fn ranges(codes: &str) -> Vec<RangeInclusive<u16>> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
    };
    codes.split(',').filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::OptionName;
    use crate::world::option_table::ENVIRONMENT;

    fn with(settings: &[(&str, &str, &str)]) -> OptionSettings {
        let mut options = OptionSettings::default();
        for (namespace, name, value) in settings {
            options.set(OptionName::new(namespace, name), (*value).to_owned());
        }
        options
    }

    #[test]
    fn an_application_load_balancer_takes_the_options_of_the_process() {
        let application = (ENVIRONMENT, "LoadBalancerType", "application");
        let usual = with(&[application]);
        let check = usual.health_check(true);
        assert_eq!((check.path.as_str(), check.port, usual.traffic_port()), ("/", 80, 80));
        assert_eq!((check.interval, check.timeout), (15.0, Duration::from_secs(5)));
        assert_eq!(check.thresholds, Thresholds { healthy: 3, unhealthy: 5 });
        assert!(check.passes(200) && !check.passes(302));

        let own = with(&[
            application,
            (DEFAULT_PROCESS, "HealthCheckPath", "/health"),
            (DEFAULT_PROCESS, "HealthCheckInterval", "5"),
            (DEFAULT_PROCESS, "HealthCheckTimeout", "2"),
            (DEFAULT_PROCESS, "HealthyThresholdCount", "2"),
            (DEFAULT_PROCESS, "UnhealthyThresholdCount", "4"),
            (DEFAULT_PROCESS, "MatcherHTTPCode", "200-210"),
            (DEFAULT_PROCESS, "Port", "8080"),
            (CLASSIC_HEALTH_CHECK, "Interval", "60"),
        ]);
        let check = own.health_check(true);
        assert_eq!((check.path.as_str(), check.port, own.traffic_port()), ("/health", 8080, 8080));
        assert_eq!((check.interval, check.timeout), (5.0, Duration::from_secs(2)));
        assert_eq!(check.thresholds, Thresholds { healthy: 2, unhealthy: 4 });
        assert!(check.passes(210) && !check.passes(211));
    }

    #[test]
    fn a_classic_load_balancer_takes_its_own_options_first() {
        let check = with(&[]).health_check(true);
        assert_eq!((check.interval, check.port), (10.0, 80));
        assert_eq!(check.thresholds, Thresholds { healthy: 3, unhealthy: 5 });
        let own = with(&[
            (CLASSIC_HEALTH_CHECK, "Interval", "20"),
            (CLASSIC_HEALTH_CHECK, "Target", "HTTP:8080/old"),
            (DEFAULT_PROCESS, "HealthCheckInterval", "30"),
            (DEFAULT_PROCESS, "UnhealthyThresholdCount", "2"),
            (DEFAULT_PROCESS, "MatcherHTTPCode", "404"),
        ]);
        let check = own.health_check(true);
        assert_eq!((check.path.as_str(), check.port, check.interval), ("/old", 8080, 20.0));
        assert_eq!(check.thresholds, Thresholds { healthy: 3, unhealthy: 2 });
        assert!(check.passes(200) && !check.passes(404));
    }

    #[test]
    fn a_single_instance_passes_with_everything_but_server_errors() {
        let options = with(&[(ENVIRONMENT, "EnvironmentType", "SingleInstance")]);
        let check = options.health_check(false);
        assert!(check.passes(404) && !check.passes(500));
        assert_eq!(check.thresholds, Thresholds { healthy: 1, unhealthy: 3 });
    }

    #[test]
    fn codes_are_one_or_a_list_or_a_range() {
        assert_eq!(ranges("200"), [200..=200]);
        assert_eq!(ranges("200,404"), [200..=200, 404..=404]);
        assert_eq!(ranges("200-399"), [200..=399]);
    }
}
