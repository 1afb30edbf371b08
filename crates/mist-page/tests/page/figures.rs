//! The four DORA figures.

use jiff::{SignedDuration, Timestamp};
use mist_core::release::history::PastRelease;
use mist_page::dora::Figures;
use serde_json::json;

use crate::now;

/// A release that started `hours` ago and took ten minutes.
fn release(hours: i64, operation: &str, verdict: &str, steps: &[&str]) -> PastRelease {
    let started = now() - SignedDuration::from_hours(hours);
    let steps: serde_json::Map<_, _> =
        steps.iter().map(|step| ((*step).to_owned(), json!(60.0))).collect();
    let item = json!({
        "formatVersion": 1, "stack": "QA", "id": hours.to_string(), "execution": format!("arn:{hours}"),
        "operation": operation, "startedBy": "ada", "startedAt": started,
        "endedAt": started + SignedDuration::from_mins(10), "verdict": verdict,
        "version": format!("v{hours}"), "steps": steps,
        "from": {"side": "A", "environment": "a", "version": "v0"},
        "to": {"side": "B", "environment": "b", "version": format!("v{hours}")},
    });
    serde_json::from_value(item).unwrap()
}

fn since() -> Timestamp {
    now() - SignedDuration::from_hours(24 * 14)
}

fn figures(releases: &[PastRelease]) -> Figures {
    let releases: Vec<_> = releases.iter().collect();
    Figures::of(&releases, since(), now())
}

#[test]
fn only_what_users_reached_is_a_deployment() {
    let found = figures(&[
        release(1, "deploy", "running", &[]),
        release(2, "deploy", "done", &["Deploy", "Swap"]),
        release(3, "deploy", "done", &["Deploy", "Warm up"]),
        release(4, "deploy", "Mist.WarmFailed", &["Deploy"]),
        release(5, "deploy", "Mist.Locked", &[]),
        release(6, "warm", "done", &["Warm up"]),
        release(7, "deploy", "done", &[]),
    ]);
    assert_eq!((found.deployments, found.failed, found.stopped), (2, 0, 1));
    assert_eq!(found.lead, Some(600.0));
    assert_eq!(found.restore, None);
    assert!((found.per_week() - 1.0).abs() < 1e-9, "{}", found.per_week());
}

#[test]
fn a_swap_back_is_a_failure_that_was_restored_by_mist() {
    let steps = ["Deploy", "Swap", "Verify", "Bake", "Swap back", "Verify swap back"];
    let found = figures(&[
        release(1, "deploy", "done", &["Swap"]),
        release(2, "deploy", "Mist.RolledBack", &steps),
    ]);
    assert_eq!((found.deployments, found.failed), (2, 1));
    assert_eq!((found.failure_share(), found.restore), (Some(0.5), Some(240.0)));
}

#[test]
fn a_rollback_makes_a_failure_of_the_deployment_before_it() {
    let mut rollback = release(1, "rollback", "done", &["Swap"]);
    rollback.from.as_mut().unwrap().version = Some("v3".to_owned());
    let deployment = release(3, "deploy", "done", &["Swap"]);
    let older = release(30, "deploy", "done", &["Swap"]);
    let found = figures(&[rollback, deployment, older]);
    assert_eq!((found.deployments, found.failed), (2, 1));
    assert_eq!(found.restore, Some(7200.0), "from the end of the one to the end of the other");
}

#[test]
fn a_version_that_failed_and_stayed_is_a_failure_without_an_end() {
    let found = figures(&[release(1, "deploy", "Mist.Held", &["Deploy", "Swap", "Bake"])]);
    assert_eq!((found.deployments, found.failed, found.restore), (1, 1, None));
}

#[test]
fn without_releases_there_is_no_share() {
    let found = figures(&[]);
    assert_eq!((found.failure_share(), found.lead), (None, None));
    assert_eq!(found.bins.len(), 14);
}

#[test]
fn bars_are_few_and_have_every_deployment() {
    let releases: Vec<_> =
        (0..80).map(|day| release(day * 24, "deploy", "done", &["Swap"])).collect();
    let releases: Vec<_> = releases.iter().collect();
    let found = Figures::of(&releases, now() - SignedDuration::from_hours(24 * 90), now());
    assert!(found.bins.len() <= 30, "{}", found.bins.len());
    assert_eq!(found.bins.iter().map(|bin| bin.good).sum::<usize>(), 80);
}
