//! What a swap refuses. The record stays as it is then.

use std::time::Duration;

use mist_core::{
    beanstalk::health::InstanceHealth,
    release::state::{LEASE_SECONDS, Past},
};

use super::*;

/// Why a swap is refused.
async fn refused(ports: &Fakes) -> String {
    let outcome = outcome(swap(ports, &planned(ports)).await);
    assert_eq!(ports.dns.target().as_deref(), Some(A));
    assert_eq!(state(ports).live, None);
    outcome
}

#[tokio::test]
async fn an_environment_that_changed_after_it_was_found_healthy_does_not_go_live() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |it| it.version = Some("v3".to_owned()));
    insta::assert_snapshot!(refused(&ports).await, @"Mist.TargetChanged: environment `Demo-QA-B` has changed since it was found healthy: it ran `v2`, and runs `v3` now");
    let ports = given();
    let later = Timestamp::from_second(START + 90).ok();
    ports.beanstalk.change("Demo-QA-B", |it| it.updated = later);
    insta::assert_snapshot!(refused(&ports).await, @"Mist.TargetChanged: environment `Demo-QA-B` has changed since it was found healthy: it was updated at 2026-01-02T03:05:35Z");
    ports.beanstalk.change("Demo-QA-B", |it| it.status = EnvironmentStatus::Updating);
    insta::assert_snapshot!(refused(&ports).await, @"Mist.TargetChanged: environment `Demo-QA-B` has changed since it was found healthy: it is Updating");
    ports.beanstalk.remove("Demo-QA-B");
    insta::assert_snapshot!(refused(&ports).await, @"Mist.EnvironmentMissing: environment `Demo-QA-B` does not exist; check its name and `region` in mist.yaml");
}

#[tokio::test]
async fn an_environment_that_became_unhealthy_does_not_go_live() {
    let ports = given();
    ports.beanstalk.change("Demo-QA-B", |it| it.health.status = Some("Severe".to_owned()));
    insta::assert_snapshot!(refused(&ports).await, @"Mist.TargetNotHealthy: environment `Demo-QA-B` cannot go live: it is Ready and its health is Green (Severe)");
}

#[tokio::test]
async fn an_environment_that_no_step_has_looked_at_must_prove_that_it_runs_the_version() {
    let ports = given();
    let from = planned(&ports);
    let (name, v3) = ("Demo-QA-B".parse().unwrap(), "v3".parse().unwrap());
    let update = ports.beanstalk.deploy(&name, &v3).await.unwrap();
    ports.beanstalk.fail(&update.request_id, &["Failed to deploy application."]);
    // Basic health reports no instances, so the last update decides.
    ports.beanstalk.change("Demo-QA-B", |it| it.health.status = None);
    let unknown = || Request { updated: None, ..request(&from) };
    insta::assert_snapshot!(outcome(run(&ports, unknown()).await), @"Mist.UnprovenVersion: environment `Demo-QA-B` may not run `v2`: its last update failed: Failed to deploy application.; deploy `v2` to it");
    assert_eq!(ports.dns.target().as_deref(), Some(A));
    let ports = given();
    let old = InstanceHealth {
        id: "i-1".to_owned(),
        version: Some("v1".to_owned()),
        deployment: Some("Deployed".to_owned()),
    };
    ports.beanstalk.put_instances("Demo-QA-B", [old]);
    insta::assert_snapshot!(outcome(run(&ports, unknown()).await), @"Mist.UnprovenVersion: environment `Demo-QA-B` may not run `v2`: i-1 runs `v1` (Deployed); deploy `v2` to it");
    // An instance that is being launched does not count beside one that runs the version.
    let instance = |version: Option<&str>, deployment: Option<&str>| InstanceHealth {
        id: "i-2".to_owned(),
        version: version.map(str::to_owned),
        deployment: deployment.map(str::to_owned),
    };
    let launching = [instance(Some("v2"), Some("Deployed")), instance(None, Some("In Progress"))];
    ports.beanstalk.put_instances("Demo-QA-B", launching);
    run(&ports, unknown()).await.unwrap();
}

#[tokio::test]
async fn an_execution_without_the_lock_moves_nothing() {
    let ports = given();
    let superseded = Past {
        execution: "ada".to_owned(),
        at: START,
        superseded_by: Some("deploy v3 by bob".to_owned()),
        timed_out: None,
    };
    ports.locks.put("QA", StackState { past: vec![superseded], ..held("bob", 2) });
    insta::assert_snapshot!(refused(&ports).await, @"Mist.Superseded: superseded by a newer release: deploy v3 by bob");
    ports.locks.put("QA", held("bob", 2));
    insta::assert_snapshot!(refused(&ports).await, @"Mist.LockLost: this execution no longer holds the lock of the stack: deploy v2 by bob holds it (bob)");
    ports.locks.put("QA", StackState::default());
    insta::assert_snapshot!(refused(&ports).await, @"Mist.LockLost: this execution no longer holds the lock of the stack: it is free");
}

#[tokio::test]
async fn an_expired_lease_counts_until_another_execution_acquires_the_lock() {
    let ports = given();
    ports.clock.advance(Duration::from_secs(LEASE_SECONDS.unsigned_abs() + 1));
    swap(&ports, &planned(&ports)).await.unwrap();
    assert_eq!(ports.dns.target().as_deref(), Some(B));
}

#[tokio::test]
async fn a_lock_that_another_call_writes_at_the_same_moment_is_read_again() {
    let ports = given();
    let state = state(&ports);
    ports.locks.write_first(StackState { revision: state.revision + 1, ..state });
    swap(&ports, &planned(&ports)).await.unwrap();
    let ports = given();
    ports.locks.write_first(held("bob", 2));
    insta::assert_snapshot!(refused(&ports).await, @"Mist.LockLost: this execution no longer holds the lock of the stack: deploy v2 by bob holds it (bob)");
}
