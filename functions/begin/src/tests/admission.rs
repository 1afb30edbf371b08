//! The slots of deployments, which share Beanstalk's quotas.

use mist_testkit::START;

use super::*;

/// The next slot is four seconds after the start.
fn given_busy() -> Fakes {
    Ports { quota: FakeQuota::admitting_at(START * 1000 + 4000), ..given() }
}

/// Begins a deployment whose task has `token`. Returns whether it may continue.
async fn continues(ports: &Fakes, token: &str) -> bool {
    begin(ports, ("ada", token), deploy("ada", "reject")).await.unwrap().is_some()
}

/// The token of the task that waits for its slot.
fn waits(ports: &Fakes) -> Option<String> {
    let wait = ports.locks.current("QA").lease?.wait?;
    assert_eq!(wait.kind, WaitKind::Admission);
    Some(wait.token.expose().to_owned())
}

#[tokio::test]
async fn the_first_deployment_continues_immediately() {
    let ports = given();
    assert!(continues(&ports, "t1").await);
    assert_eq!(ports.locks.current("QA").lease.unwrap().admitted, Some(START * 1000));
    assert_eq!((waits(&ports), ports.wakes.wakes()), (None, Vec::new()));
}

#[tokio::test]
async fn a_later_deployment_waits_for_its_slot() {
    let ports = given_busy();
    assert!(!continues(&ports, "t1").await);
    assert_eq!(waits(&ports).as_deref(), Some("t1"));
    assert_eq!(ports.wakes.wakes(), [(WaitKind::Admission, Duration::from_secs(4))]);
    ports.clock.advance(Duration::from_secs(4));
    assert!(continues(&ports, "t2").await);
    assert_eq!(waits(&ports), None);
}

#[tokio::test]
async fn a_deployment_that_begins_again_keeps_its_slot() {
    let ports = given_busy();
    assert!(!continues(&ports, "t1").await);
    ports.clock.advance(Duration::from_secs(1));
    ports.quota.admit_at(START * 1000 + 60_000);
    assert!(!continues(&ports, "t2").await);
    assert_eq!(waits(&ports).as_deref(), Some("t2"));
    let last = (WaitKind::Admission, Duration::from_secs(3));
    assert_eq!(ports.wakes.wakes().last(), Some(&last));
    ports.clock.advance(Duration::from_secs(3));
    assert!(continues(&ports, "t3").await);
    assert!(continues(&ports, "t4").await);
    assert_eq!(ports.quota.reserved(), 1);
}

#[tokio::test]
async fn only_deployments_wait_for_a_slot() {
    for operation in ["swap", "rollback", "start", "stop"] {
        let ports = given_busy();
        let release = begun(&ports, "ada", only(operation)).await;
        assert!(release.holder.is_some(), "{operation}");
        assert_eq!((ports.quota.reserved(), ports.wakes.wakes()), (0, Vec::new()), "{operation}");
    }
}

#[tokio::test]
async fn a_wake_up_that_cannot_be_sent_is_sent_by_the_next_call() {
    let ports = given_busy();
    ports.wakes.fail_next();
    let refused = refusal(&ports, ("ada", "t1"), deploy("ada", "reject")).await;
    assert!(refused.starts_with("Mist.ServiceUnavailable: "), "{refused}");
    assert!(!continues(&ports, "t2").await);
    assert_eq!((ports.wakes.wakes().len(), ports.quota.reserved()), (1, 1));
}
