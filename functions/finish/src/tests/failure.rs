//! Releases that fail.

use super::*;

fn refused() -> Value {
    failing("Plan", "Mist.Drift", "the record points elsewhere")
}

#[tokio::test]
async fn a_cause_has_the_name_the_step_and_the_state_of_the_stack() {
    let ports = given();
    let Response::Failed { error, cause } = finish(&ports, refused()).await.unwrap() else {
        panic!("it succeeded");
    };
    assert_eq!(error, "Mist.Drift");
    insta::assert_snapshot!(cause, @r#"{"step":"Plan","error":"Mist.Drift","message":"the record points elsewhere","stack":"qa.mist.test points to side A. Side A (Demo-QA-A) is live: v1, Ready, Green (Ok); Side B (Demo-QA-B) is idle: v2, Ready, Green (Ok).","swappedBack":false}"#);
    let reason = "Plan: the record points elsewhere".to_owned();
    assert_eq!(history(&ports), ("Mist.Drift".to_owned(), Some(reason)));
    assert_eq!(ports.locks.current("QA").lease, None);
}

#[tokio::test]
async fn reporting_again_changes_nothing() {
    let ports = given();
    let first = cause(&ports, refused()).await;
    let before = (format!("{:?}", ports.locks), ports.history.list());
    assert_eq!(cause(&ports, refused()).await, first);
    assert_eq!((format!("{:?}", ports.locks), ports.history.list()), before);
}

#[tokio::test]
async fn the_next_in_the_queue_gets_the_lock_and_is_woken() {
    let ports = given();
    queue(&ports);
    cause(&ports, refused()).await;
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
    assert_eq!(ports.tasks.end_of("t2").unwrap().error(), Some("Mist.NotReady"));
}

#[tokio::test]
async fn no_release_ends_under_a_name_of_lambda_or_step_functions() {
    for (error, name) in [
        ("Mist.NotReady", "Mist.StepTimedOut"),
        ("States.Timeout", "Mist.StepTimedOut"),
        ("Sandbox.Timedout", "Mist.StepTimedOut"),
        ("Lambda.Unknown", "Mist.StepFailed"),
        ("States.DataLimitExceeded", "Mist.StepFailed"),
        ("Mist.Superseded", "Mist.Superseded"),
    ] {
        let ports = given();
        let failure = json!({"step": "Deploy", "Error": error});
        let cause = cause(&ports, with(refused(), "failure", failure)).await;
        assert_eq!((cause.error.as_str(), history(&ports).0.as_str()), (name, name), "{error}");
    }
}

#[tokio::test]
async fn the_lock_waits_for_the_end_of_a_call_that_may_still_move_the_record() {
    for (error, waits) in
        [("States.Timeout", true), ("Lambda.Unknown", true), ("Mist.Drift", false)]
    {
        let ports = given();
        let state = ports.locks.current("QA");
        let holder = Holder { execution: EXECUTION.to_owned(), fence: 1 };
        ports.locks.put("QA", state.swapping(&holder, START).unwrap());
        queue(&ports);
        let failure = json!({"step": "Swap", "Error": error});
        cause(&ports, with(refused(), "failure", failure)).await;
        let lease = ports.locks.current("QA").lease.unwrap();
        let expected =
            if waits { (EXECUTION, START + CALL_SECONDS) } else { ("bob", lease.expires) };
        assert_eq!((lease.execution.as_str(), lease.expires), expected, "{error}");
    }
}

/// The failure of a version that became unhealthy while it baked.
fn unhealthy() -> Value {
    failing("Bake", "Mist.BakeFailed", "`Demo-QA-B` became unhealthy")
}

/// The failure of `step`, a step of the swap back.
fn back(step: &str, error: &str, message: &str) -> Value {
    let cause = json!({"errorType": error, "errorMessage": message}).to_string();
    json!({"step": step, "Error": error, "Cause": cause})
}

#[tokio::test]
async fn a_release_ends_as_rolled_back_if_users_reach_the_old_version() {
    for (step, error) in [("Verify", "Mist.VerifyFailed"), ("Bake", "Mist.BakeFailed")] {
        let ports = given();
        let results = json!({"verifySwapBack": {"servers": 4, "seconds": 7}});
        let failing = with(failing(step, error, "`/` answered 503"), "results", results);
        let cause = cause(&ports, failing).await;
        assert_eq!((cause.step.as_str(), cause.error.as_str()), (step, "Mist.RolledBack"));
        assert_eq!(cause.message, "`/` answered 503; environment `Demo-QA-A` is live again");
        assert!(cause.swapped_back);
        let reason = format!("{step}: `/` answered 503; environment `Demo-QA-A` is live again");
        assert_eq!(history(&ports), ("Mist.RolledBack".to_owned(), Some(reason)));
    }
}

#[tokio::test]
async fn a_version_that_could_not_be_rolled_back_stays_live() {
    let ports = given();
    let message = "`Demo-QA-A` cannot go live: its health is Red (Severe)";
    let back = back("Swap back", "Mist.TargetNotHealthy", message);
    let cause = cause(&ports, with(unhealthy(), "swapBackFailure", back)).await;
    assert_eq!((cause.step.as_str(), cause.error.as_str()), ("Bake", "Mist.Held"));
    insta::assert_snapshot!(cause.message, @"`Demo-QA-B` became unhealthy; cannot swap back: `Demo-QA-A` cannot go live: its health is Red (Severe) (Mist.TargetNotHealthy)");
    assert!(!cause.swapped_back);
}

#[tokio::test]
async fn the_message_of_an_unverified_swap_back_says_that_the_record_points_back() {
    let ports = given();
    let back = back("Verify swap back", "Mist.VerifyFailed", "`/` answered 502");
    let cause = cause(&ports, with(unhealthy(), "swapBackFailure", back)).await;
    assert_eq!(cause.error, "Mist.Held");
    insta::assert_snapshot!(cause.message, @"`Demo-QA-B` became unhealthy; the record points to `Demo-QA-A` again, but `/` answered 502");
}

#[tokio::test]
async fn a_version_without_a_previous_one_stays_live() {
    let ports = given();
    let mut plan = plan();
    plan["steps"]["swapBack"] = json!({});
    let request = with(unhealthy(), "plan", plan);
    let back = back("Swap back", "Mist.InvalidInput", "invalid input: missing field `stack`");
    let cause = cause(&ports, with(request, "swapBackFailure", back)).await;
    assert_eq!(cause.error, "Mist.Held");
    insta::assert_snapshot!(cause.message, @"`Demo-QA-B` became unhealthy; there is no environment to swap back to");
}

#[tokio::test]
async fn a_version_that_is_held_by_its_own_step_keeps_that_message() {
    let ports = given();
    let held = failing("Bake", "Mist.Held", "unhealthy; `Demo-QA-B` stays live");
    let cause = cause(&ports, held).await;
    assert_eq!(
        (cause.error.as_str(), cause.message.as_str()),
        ("Mist.Held", "unhealthy; `Demo-QA-B` stays live")
    );
    assert!(!cause.swapped_back);
}

#[tokio::test]
async fn a_stack_that_cannot_be_read_leaves_its_state_unknown() {
    let ports = given();
    let message = "Rate exceeded".to_owned();
    let throttled = Error::Throttled { service: "elasticbeanstalk", message };
    ports.beanstalk.environments.refuse_next("environments", throttled);
    let cause = cause(&ports, refused()).await;
    assert_eq!((cause.error.as_str(), cause.stack), ("Mist.Drift", None));
    assert_eq!(history(&ports).0, "Mist.Drift");
}

#[tokio::test]
async fn tables_that_cannot_be_written_do_not_replace_the_failure() {
    let ports = given_tables(Down, Down);
    let cause = cause(&ports, refused()).await;
    assert_eq!(
        (cause.error.as_str(), cause.message.as_str()),
        ("Mist.Drift", "the record points elsewhere")
    );
    assert!(cause.stack.is_some());
}

#[tokio::test]
async fn an_execution_that_lost_the_lock_does_not_release_that_of_another() {
    let ports = given();
    ports.locks.put("QA", held("bob", 2));
    cause(&ports, failing("Swap", "Mist.LockLost", "deploy v3 by bob holds it")).await;
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
    assert_eq!(history(&ports).0, "Mist.LockLost");
}

/// A release that failed while it began, with `input`.
fn not_begun(input: Value) -> Value {
    let request = failing("Begin release", "Mist.Locked", "stack `QA` is locked");
    let request = with(with(request, "release", json!(null)), "plan", json!(null));
    with(request, "input", input)
}

#[tokio::test]
async fn a_release_that_failed_while_it_began_is_found_by_its_input() {
    let inputs = [
        json!({"operation": "deploy", "stack": "QA"}),
        json!({"detail": {"object": {"key": "releases/QA/v2.zip"}}}),
    ];
    for input in inputs {
        let ports = given();
        let cause = cause(&ports, not_begun(input)).await;
        assert_eq!((cause.error.as_str(), cause.stack), ("Mist.Locked", None));
        let reason = "Begin release: stack `QA` is locked".to_owned();
        assert_eq!(history(&ports), ("Mist.Locked".to_owned(), Some(reason)));
        assert_eq!(ports.locks.current("QA").lease, None);
    }
}

#[tokio::test]
async fn a_release_that_was_not_opened_does_not_change_the_history() {
    let ports = given_tables(FakeLocks::with("QA", held("bob", 1)), FakeHistory::default());
    let another = PastRelease { execution: "bob".to_owned(), ..opened() };
    ports.history.put_release(another.clone());
    let nonsense = [json!({"operation": "deploy", "stack": "QA"}), json!({}), json!("deploy QA")];
    for input in nonsense {
        assert_eq!(cause(&ports, not_begun(input)).await.error, "Mist.Locked");
    }
    assert_eq!(ports.history.list(), [another]);
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
}

#[tokio::test]
async fn a_release_that_cannot_be_found_releases_its_lock() {
    let ports = given_tables(FakeLocks::with("QA", held(EXECUTION, 1)), Down);
    cause(&ports, not_begun(json!({"operation": "deploy", "stack": "QA"}))).await;
    assert_eq!(ports.locks.current("QA").lease, None);
}
