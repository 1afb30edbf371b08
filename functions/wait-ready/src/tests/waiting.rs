//! The wait from its begin to its end, with and without events.

use super::*;

#[tokio::test]
async fn a_task_that_is_parked_is_looked_at_at_once() {
    let ports = given().await;
    park(&ports, "t1").await;
    assert_eq!(waits(&ports, "QA").as_deref(), Some("t1"));
    assert_eq!(timers(&ports, 0), [0]);
    look(&ports).await;
    assert_eq!(ended(&ports, "t1"), None, "the deployment goes on");
}

#[tokio::test]
async fn a_deployment_that_is_over_and_healthy_ends_the_wait() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    look(&ports).await;
    let output = json!({
        "target": {"address": "192.0.2.1", "updated": "2026-01-02T03:04:05Z", "instances": 1},
        "health": "Green (Ok)",
        "seconds": 30,
    });
    assert_eq!(ports.tasks.end_of("t1"), Some(TaskEnd::Succeeded(output)));
    assert_eq!(waits(&ports, "QA"), None);
    look(&ports).await;
    assert_eq!(ports.tasks.ends().len(), 1, "looking again changes nothing");
}

#[tokio::test]
async fn a_deployment_that_failed_ends_the_wait_under_its_name() {
    let ports = given().await;
    park(&ports, "t1").await;
    ports.beanstalk.fail("request-1", &["Failed to deploy application."]);
    look(&ports).await;
    insta::assert_snapshot!(ended(&ports, "t1").unwrap(), @"Mist.DeploymentFailed: the deployment of `v2` to `Demo-QA-B` failed: Failed to deploy application.");
    assert_eq!(waits(&ports, "QA"), None);
}

#[tokio::test]
async fn an_event_before_the_token_is_stored_is_not_lost() {
    let ports = given().await;
    succeed(&ports, 30);
    look(&ports).await;
    assert!(ports.tasks.ends().is_empty() && ports.wakes.wakes().is_empty());
    park(&ports, "t1").await;
    assert_eq!(timers(&ports, 0), [0], "parking wakes by itself");
    look(&ports).await;
    assert!(succeeded(&ports, "t1"));
}

#[tokio::test]
async fn without_any_event_a_timer_looks_again_and_again() {
    let ports = given().await;
    park(&ports, "t1").await;
    look(&ports).await;
    for _ in 0..3 {
        ports.clock.advance(RECHECK);
        look(&ports).await;
    }
    assert_eq!(timers(&ports, 1), [60; 4]);
}

#[tokio::test]
async fn many_wake_ups_leave_one_timer() {
    let ports = given().await;
    park(&ports, "t1").await;
    for _ in 0..5 {
        ports.clock.advance(Duration::from_secs(2));
        look(&ports).await;
    }
    assert_eq!(timers(&ports, 1), [60]);
    assert_eq!(ports.beanstalk.count("environments"), 5);
}

#[tokio::test]
async fn the_end_of_the_stable_time_has_a_timer_of_its_own() {
    let ports = given().await;
    park(&ports, "t1").await;
    look(&ports).await;
    succeed(&ports, 10);
    look(&ports).await;
    assert_eq!(timers(&ports, 1), [60, 20]);
    ports.clock.advance(Duration::from_secs(20));
    look(&ports).await;
    assert!(succeeded(&ports, "t1"));
}

#[tokio::test]
async fn of_two_looks_at_once_one_looks_and_the_other_wakes_once_more() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    ports.quota.look_before(true);
    look(&ports).await;
    assert_eq!((ports.tasks.ends().len(), ports.beanstalk.count("environments")), (0, 0));
    assert_eq!(timers(&ports, 1), [1], "what woke it may have come after the other look");
    ports.quota.look_before(false);
    look(&ports).await;
    look(&ports).await;
    assert_eq!((ports.tasks.ends().len(), timers(&ports, 1).len()), (1, 1));
}

#[tokio::test]
async fn a_look_that_is_killed_before_it_notes_the_end_is_completed_by_the_next() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    ports.tasks.succeed(&"t1".into(), &json!("the killed look")).await.unwrap();
    assert_eq!(waits(&ports, "QA").as_deref(), Some("t1"));
    look(&ports).await;
    assert_eq!(waits(&ports, "QA"), None);
    assert_eq!(ports.tasks.ends().len(), 1, "it ends once");
}

#[tokio::test]
async fn a_task_whose_execution_ended_is_forgotten() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    ports.tasks.over("t1");
    look(&ports).await;
    assert_eq!((ended(&ports, "t1"), waits(&ports, "QA")), (None, None));
}

#[tokio::test]
async fn a_task_that_parks_again_replaces_its_token() {
    let ports = given().await;
    park(&ports, "t1").await;
    park(&ports, "t2").await;
    succeed(&ports, 30);
    look(&ports).await;
    assert_eq!((ended(&ports, "t1"), succeeded(&ports, "t2")), (None, true));
}

#[tokio::test]
async fn a_token_that_is_replaced_during_a_look_is_not_forgotten() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    let seen = ports.locks.current("QA");
    let request = json!(request("QA", "Demo-QA-B", "request-1"));
    let parked = Wait::new(WaitKind::Health, &"t2".into(), ports.clock.now(), &request);
    let holder = Holder { execution: "arn:1".to_owned(), fence: 1 };
    let again = seen.parked(&holder, parked, ports.clock.now().as_second()).unwrap();
    ports.locks.write_first(again);
    look(&ports).await;
    assert_eq!(waits(&ports, "QA").as_deref(), Some("t2"));
    look(&ports).await;
    assert!(succeeded(&ports, "t2"));
}

#[tokio::test]
async fn a_wait_that_cannot_be_ended_now_is_ended_by_the_next_look() {
    let ports = given().await;
    park(&ports, "t1").await;
    succeed(&ports, 30);
    ports.tasks.fail_next();
    look(&ports).await;
    assert_eq!((ended(&ports, "t1"), waits(&ports, "QA").as_deref()), (None, Some("t1")));
    assert_eq!(timers(&ports, 1), [60]);
    look(&ports).await;
    assert!(succeeded(&ports, "t1"));
}

#[tokio::test]
async fn where_nothing_waits_beanstalk_is_not_called_and_no_timer_is_set() {
    let ports = given().await;
    look(&ports).await;
    assert_eq!((ports.beanstalk.count("environments"), ports.wakes.wakes().len()), (0, 0));
}
