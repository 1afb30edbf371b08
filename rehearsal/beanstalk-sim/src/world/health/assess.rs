//! The assessment of health.
//!
//! The causes are those of the developer guide ("Health colors and statuses"). The shares of failing requests at
//! which a status changes are *assumed*. That a cause says where a process listens is the simulator's own.

use super::activity::spell;
use super::checks::{CheckFailure, InstanceHealth};
use crate::clock::Moment;
use crate::health_status::HealthStatus;
use crate::world::environment::{Environment, Status};
use crate::world::instance::{Condition, Instance};
use crate::world::requests::Metrics;

/// The time after the deletion of its Auto Scaling group at which an environment is suspended, in seconds; *assumed*.
const SUSPENSION: f64 = 120.0;
/// Assesses the health of an environment and its instances. `forced` overrides it.
///
/// Returns the environment's status with its causes.
pub(crate) fn assess(
    environment: &mut Environment,
    now: Moment,
    forced: Option<HealthStatus>,
    hidden: bool,
) -> (HealthStatus, Vec<String>) {
    let expected = environment.release.clone();
    let balanced = environment.load_balancer.is_some();
    let updating = environment.status != Status::Ready;
    for instance in &mut environment.instances {
        let (status, cause) = of_instance(instance, now, balanced).unwrap_or_else(|| {
            wrong_version(instance, expected.deployment_id, expected.label(), updating)
                .unwrap_or((HealthStatus::Ok, None))
        });
        instance.health = InstanceHealth {
            status: forced.unwrap_or(status),
            causes: cause.into_iter().collect(),
        };
    }
    let (status, causes) = of_environment(environment, now, hidden);
    match forced {
        Some(forced) if forced.is_bad() => (forced, vec![failing_requests(100.0)]),
        Some(forced) => (forced, Vec::new()),
        None => (status, causes),
    }
}

/// The problem or activity of an instance, if any.
fn of_instance(
    instance: &Instance,
    now: Moment,
    balanced: bool,
) -> Option<(HealthStatus, Option<String>)> {
    if let Some(since) = instance.command {
        let (status, what) = if instance.application.is_none() {
            (HealthStatus::Pending, "initialization")
        } else {
            (HealthStatus::Info, "application deployment")
        };
        let running = spell(now.since(since));
        return Some((status, Some(format!("Performing {what} (running for {running})."))));
    }
    match instance.condition {
        Condition::Sick => return Some((HealthStatus::Severe, Some(failing_requests(100.0)))),
        Condition::TimedOut => {
            return Some((
                HealthStatus::Degraded,
                Some("Application deployment timed out.".to_owned()),
            ));
        }
        Condition::Sound | Condition::LeftBehind => {}
    }
    let ended: Vec<_> = match &instance.application {
        Some(application) => application.ended().into_iter().map(|ended| ended.process).collect(),
        None => vec!["web".to_owned()],
    };
    if !ended.is_empty() {
        let cause = format!("Following services are not running: {}.", ended.join(", "));
        return Some((HealthStatus::Severe, Some(cause)));
    }
    if instance.checks.is_unhealthy() {
        let failure = instance.checks.failure.as_ref().map(CheckFailure::sentence);
        let failure = failure.unwrap_or_default();
        let cause = if balanced {
            format!("ELB health is failing: {failure}")
        } else {
            format!("Health check is failing: {failure}")
        };
        return Some((HealthStatus::Severe, Some(cause)));
    }
    of_requests(&instance.requests.metrics(now)).map(|(status, cause)| (status, Some(cause)))
}

/// The status for a share of failing requests.
fn of_requests(metrics: &Metrics) -> Option<(HealthStatus, String)> {
    let (server, client) = (metrics.share(5), metrics.share(4));
    let status = match server {
        share if share >= 50.0 => HealthStatus::Severe,
        share if share >= 20.0 => HealthStatus::Degraded,
        share if share >= 5.0 => HealthStatus::Warning,
        _ if client >= 75.0 => HealthStatus::Degraded,
        _ if client >= 50.0 => HealthStatus::Warning,
        _ => return None,
    };
    let cause = if server >= 5.0 {
        failing_requests(server)
    } else {
        format!("{client:.1} % of the requests are erroring with HTTP 4xx.")
    };
    Some((status, cause))
}

fn failing_requests(share: f64) -> String {
    format!("{share:.1} % of the requests are failing with HTTP 5xx.")
}

/// The cause of an instance with another version than the environment's, unless it is hidden or an update runs.
fn wrong_version(
    instance: &Instance,
    expected_id: u64,
    expected: &str,
    updating: bool,
) -> Option<(HealthStatus, Option<String>)> {
    let (running, id) = (instance.running.label(), instance.running.deployment_id);
    if updating || id == expected_id || instance.condition == Condition::LeftBehind {
        return None;
    }
    let cause = format!(
        "Incorrect application version \"{running}\" (deployment {id}). Expected version \"{expected}\" (deployment {expected_id})."
    );
    Some((HealthStatus::Degraded, Some(cause)))
}

fn of_environment(
    environment: &Environment,
    now: Moment,
    hidden: bool,
) -> (HealthStatus, Vec<String>) {
    let news = environment.activity.as_ref().filter(|activity| activity.is_news(now));
    let launching = environment.status == Status::Launching;
    let instances = &environment.instances;
    if environment.group.deleted.is_some_and(|since| now.since(since) >= SUSPENSION) {
        return (HealthStatus::Suspended, Vec::new());
    }
    if instances.is_empty() || hidden {
        let desired = environment.group.desired;
        return match news.filter(|_| launching) {
            Some(activity) => (
                HealthStatus::Pending,
                vec![activity.sentence(now), "There are no instances.".to_owned()],
            ),
            None => (
                HealthStatus::Severe,
                vec![format!(
                    "There are no instances. Auto Scaling group desired capacity is set to {desired}."
                )],
            ),
        };
    }
    let bad: Vec<_> = instances.iter().filter(|instance| instance.health.status.is_bad()).collect();
    let mut causes = Vec::new();
    let mut status = HealthStatus::Ok;
    if !bad.is_empty() {
        let all = bad.len() == instances.len();
        let worst = bad.iter().map(|instance| instance.health.status).max().unwrap_or_default();
        status = if all {
            worst
        } else if bad.len() * 2 >= instances.len() {
            worst.min(HealthStatus::Degraded)
        } else {
            HealthStatus::Warning
        };
        causes = summaries(environment, &bad, now);
    }
    let active = instances.iter().filter(|instance| instance.application.is_some()).count();
    if active < environment.group.min && news.is_none() && status < HealthStatus::Degraded {
        status = HealthStatus::Degraded;
        causes.insert(
            0,
            format!(
                "{active} active instances is below Auto Scaling group minimum size {}.",
                environment.group.min
            ),
        );
    }
    match (&environment.activity, news) {
        (_, Some(activity)) if launching => (HealthStatus::Pending, vec![activity.sentence(now)]),
        (_, Some(activity)) if !status.is_bad() => {
            let mut sentences = vec![activity.sentence(now)];
            let busy = instances.iter().filter(|instance| instance.command.is_some()).count();
            if busy > 0 && activity.ended.is_none() {
                sentences.push(format!(
                    "Command is executing on {busy} out of {} instances.",
                    instances.len()
                ));
            }
            (HealthStatus::Info, sentences)
        }
        (Some(activity), None) if !status.is_bad() => (status, vec![activity.sentence(now)]),
        _ => (status, causes),
    }
}

/// The causes of all instances, without duplicates.
fn summaries(environment: &Environment, bad: &[&Instance], now: Moment) -> Vec<String> {
    let total = environment.instances.len();
    let on = |count: usize| {
        if count == total {
            "on all instances".to_owned()
        } else {
            format!("on {count} out of {total} instances")
        }
    };
    let mut causes = Vec::new();
    let having = |words: &str| {
        bad.iter()
            .filter(|instance| instance.health.causes.iter().any(|cause| cause.contains(words)))
            .count()
    };
    let metrics =
        Metrics::sum(environment.instances.iter().map(|instance| instance.requests.metrics(now)));
    if let Some((_, cause)) = of_requests(&metrics) {
        causes.push(cause);
    } else if bad.iter().any(|instance| instance.condition == Condition::Sick) {
        causes.push(failing_requests(100.0));
    }
    let wrong = having("Incorrect application version");
    if wrong > 0 {
        let (label, id) = (environment.release.label(), environment.release.deployment_id);
        causes.push(format!(
            "Incorrect application version found {}. Expected version \"{label}\" (deployment {id}).",
            on(wrong)
        ));
    }
    let timed_out = having("timed out");
    if timed_out > 0 {
        causes.push(format!("Application deployment timed out {}.", on(timed_out)));
    }
    let failing = having("health");
    if failing > 0 {
        causes.push(if failing == total && environment.load_balancer.is_some() {
            "ELB health is failing or not available for all instances.".to_owned()
        } else {
            format!("Health checks are failing {}.", on(failing))
        });
    }
    let reasons =
        bad.iter().filter_map(|instance| instance.checks.failure.as_ref()?.reason.clone());
    causes.extend(reasons.take(1));
    let stopped = having("not running");
    if stopped > 0 {
        causes.push(format!("Impaired services {}.", on(stopped)));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_is_further_down() {
        assert!(HealthStatus::Ok.worsens_to(HealthStatus::Severe));
        assert!(HealthStatus::Pending.worsens_to(HealthStatus::Warning));
        assert!(!HealthStatus::Ok.worsens_to(HealthStatus::Info));
        assert!(!HealthStatus::Severe.worsens_to(HealthStatus::Degraded));
    }

    #[test]
    fn spans_are_spelt_as_beanstalk_does() {
        assert_eq!(
            [0.2, 1.0, 75.0, 130.0].map(spell),
            ["1 second", "1 second", "75 seconds", "2 minutes"]
        );
    }

    #[test]
    fn shares_of_failing_requests_weigh_more_and_more() {
        let metrics = |ok, failing| Metrics { by_class: [ok, 0, 0, failing], ..Metrics::default() };
        let status = |ok, failing| of_requests(&metrics(ok, failing)).map(|(status, _)| status);
        assert_eq!(status(100, 0), None);
        assert_eq!(status(95, 5), Some(HealthStatus::Warning));
        assert_eq!(status(80, 20), Some(HealthStatus::Degraded));
        assert_eq!(status(0, 3), Some(HealthStatus::Severe));
        assert_eq!(
            of_requests(&metrics(0, 3)).unwrap().1,
            "100.0 % of the requests are failing with HTTP 5xx."
        );
    }
}
