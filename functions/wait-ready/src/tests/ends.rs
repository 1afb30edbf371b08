//! Locks that are lost, items that cannot be read, calls that are refused, and several stacks at once.

use mist_core::release::state::Past;

use super::*;

/// Stack `LIVE`, whose environment B is being updated as well; its task has the token `t2`.
async fn park_live(ports: &Fakes) {
    ports.locks.put("LIVE", held("arn:1", 1));
    ports.beanstalk.put(environment("Demo-LIVE-B", "v1"));
    deploy(ports, "Demo-LIVE-B").await;
    let request = request("LIVE", "Demo-LIVE-B", "request-2");
    ports.park("t2".into(), request).await.unwrap();
}

#[tokio::test]
async fn one_call_serves_all_stacks() {
    let ports = given().await;
    park(&ports, "t1").await;
    park_live(&ports).await;
    succeed(&ports, 30);
    look(&ports).await;
    assert_eq!(ports.beanstalk.count("environments"), 1);
    assert!(succeeded(&ports, "t1"));
    assert_eq!((ended(&ports, "t2"), waits(&ports, "LIVE").as_deref()), (None, Some("t2")));
    assert_eq!(timers(&ports, 2), [60], "for the one that waits on");
}

#[tokio::test]
async fn an_execution_without_the_lock_does_not_wait() {
    let ports = given().await;
    let superseded = Past {
        execution: "arn:1".to_owned(),
        at: START,
        superseded_by: Some("deploy v3 by eve".to_owned()),
        timed_out: None,
    };
    ports.locks.put("QA", StackState { past: vec![superseded], ..held("arn:2", 2) });
    let request = request("QA", "Demo-QA-B", "request-1");
    let error = ports.park("t1".into(), request).await.unwrap_err();
    assert_eq!(error.code(), "Mist.Superseded");
    assert!(ports.wakes.wakes().is_empty());
}

#[tokio::test]
async fn an_expired_lease_does_not_wait_until_its_task_parks_again() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, LEASE_SECONDS.unsigned_abs());
    look(&ports).await;
    assert_eq!(ended(&ports, "t1"), None);
    park(&ports, "t2").await;
    look(&ports).await;
    assert!(succeeded(&ports, "t2"));
}

#[tokio::test]
async fn a_request_that_cannot_be_read_ends_its_own_wait_only() {
    let ports = given().await;
    park(&ports, "t1").await;
    park_live(&ports).await;
    let mut state = ports.locks.current("LIVE");
    let wait = state.lease.as_mut().unwrap().wait.as_mut().unwrap();
    wait.request = json!({"format": 9}).to_string();
    ports.locks.put("LIVE", state);
    succeed(&ports, 30);
    look(&ports).await;
    let end = ended(&ports, "t2").unwrap();
    assert!(
        end.starts_with("Mist.InvalidItem: item `mist-stacks/LIVE: lease.wait.request`"),
        "{end}"
    );
    assert_eq!(waits(&ports, "LIVE"), None);
    assert!(succeeded(&ports, "t1"));
    look(&ports).await;
    assert_eq!(ports.tasks.ends().len(), 2, "it ends once");
}

#[tokio::test]
async fn an_item_that_cannot_be_read_keeps_no_other_stack_waiting() {
    let ports = given().await;
    ports.locks.put("no/name", held("arn:9", 1));
    park(&ports, "t1").await;
    succeed(&ports, 30);
    look(&ports).await;
    assert!(succeeded(&ports, "t1"));
}

#[tokio::test]
async fn a_call_that_is_throttled_ends_nothing_and_leaves_one_timer() {
    let ports = given().await;
    park(&ports, "t1").await;
    park_live(&ports).await;
    let message = "Rate exceeded".to_owned();
    let throttled = Error::Throttled { service: "elasticbeanstalk", message };
    ports.beanstalk.refuse_next("environments", throttled);
    look(&ports).await;
    assert_eq!((ports.tasks.ends().len(), timers(&ports, 2)), (0, vec![60]));
}

#[tokio::test]
async fn a_call_that_is_denied_once_ends_nothing_and_one_that_stays_denied_ends_all_waits() {
    let ports = given().await;
    park(&ports, "t1").await;
    park_live(&ports).await;
    let message = "not authorized".to_owned();
    let denied = || {
        let message = message.clone();
        let denied = Error::AccessDenied { service: "elasticbeanstalk", message };
        ports.beanstalk.refuse_next("environments", denied);
    };
    denied();
    look(&ports).await;
    assert_eq!((ports.tasks.ends().len(), timers(&ports, 2)), (0, vec![60]));
    ports.clock.advance(Duration::from_mins(2));
    denied();
    look(&ports).await;
    for (stack, token) in [("QA", "t1"), ("LIVE", "t2")] {
        let end = ended(&ports, token).unwrap();
        assert_eq!(end, "Mist.AccessDenied: elasticbeanstalk denied access: not authorized");
        assert_eq!(waits(&ports, stack), None);
    }
}
