//! Releases that succeed.

use super::*;

#[tokio::test]
async fn the_output_has_the_summary_and_the_responses_of_the_steps() {
    let ports = given();
    let results = json!({
        "deploy": {"requestId": "r-1"},
        "verify": {"servers": 4, "seconds": 3},
        "mark": {"outcome": "done"},
    });
    let expected = json!({
        "operation": "deploy",
        "stack": "QA",
        "side": "B",
        "environment": "Demo-QA-B",
        "version": "v2",
        "live": true,
        "alreadyLive": false,
        "deploy": {"requestId": "r-1"},
        "verify": {"servers": 4, "seconds": 3},
        "mark": {"outcome": "done"},
        "warnings": [],
    });
    assert_eq!(output(&ports, succeeding(&results)).await, expected);
    assert_eq!(history(&ports), (PastRelease::DONE.to_owned(), None));
    assert_eq!(ports.locks.current("QA").lease, None);
}

#[tokio::test]
async fn finishing_again_changes_nothing() {
    let ports = given();
    let first = output(&ports, succeeding(&json!({}))).await;
    let before = format!("{ports:?}");
    assert_eq!(output(&ports, succeeding(&json!({}))).await, first);
    assert_eq!(format!("{ports:?}"), before);
}

#[tokio::test]
async fn the_next_in_the_queue_gets_the_lock_and_is_woken() {
    let ports = given();
    queue(&ports);
    output(&ports, succeeding(&json!({}))).await;
    let state = ports.locks.current("QA");
    assert_eq!((state.lease.unwrap().execution.as_str(), state.fence), ("bob", 2));
    assert_eq!(ports.tasks.end_of("t2").unwrap().error(), Some("Mist.NotReady"));
}

#[tokio::test]
async fn problems_that_did_not_fail_the_release_are_warnings() {
    let ports = given();
    let mut plan = plan();
    plan["warnings"] = json!(["the environments run on different platforms"]);
    let results = json!({
        "fetch": {"commit": "0123456", "warnings": ["the changelog is unknown"]},
        "matchCapacity": {"action": "match", "problem": "no room for 2 instances"},
        "bake": {"verdict": "inconclusive", "reason": "no requests for 300 s", "seconds": 300},
    });
    let output = output(&ports, with(succeeding(&results), "plan", plan)).await;
    assert_eq!(
        output["warnings"],
        json!([
            "the environments run on different platforms",
            "the changelog is unknown",
            "no room for 2 instances",
            "the bake was inconclusive: no requests for 300 s",
        ])
    );
    let good = json!({"bake": {"verdict": "good", "reason": null, "seconds": 300}});
    let ports = given();
    assert_eq!(super::output(&ports, succeeding(&good)).await["warnings"], json!([]));
}

#[tokio::test]
async fn a_failed_write_to_the_history_is_a_warning_and_the_lock_is_released() {
    let ports = given_tables(FakeLocks::with("QA", held(EXECUTION, 1)), Down);
    let output = output(&ports, succeeding(&json!({}))).await;
    insta::assert_snapshot!(output["warnings"], @r#"["the history shows the end of this release later: dynamodb is unavailable: no answer"]"#);
    assert_eq!(ports.locks.current("QA").lease, None);
}

#[tokio::test]
async fn a_failed_release_of_the_lock_is_a_warning_and_the_history_has_the_end() {
    let history = FakeHistory::default();
    history.put_release(opened());
    let ports = given_tables(Down, history);
    let output = output(&ports, succeeding(&json!({}))).await;
    insta::assert_snapshot!(output["warnings"], @r#"["the lock of the stack becomes free later: dynamodb is unavailable: no answer"]"#);
    assert_eq!(ports.history.list().remove(0).verdict, PastRelease::DONE);
}

#[tokio::test]
async fn a_wait_that_cannot_be_ended_now_does_not_keep_the_lock() {
    let ports = given();
    queue(&ports);
    ports.tasks.fail_next();
    let output = output(&ports, succeeding(&json!({}))).await;
    assert_eq!(output["warnings"].as_array().unwrap().len(), 1, "{output}");
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
}

#[tokio::test]
async fn a_release_without_a_lock_does_not_release_that_of_another() {
    let ports = given_tables(FakeLocks::with("QA", held("bob", 1)), FakeHistory::default());
    output(&ports, succeeding(&json!({}))).await;
    assert_eq!(ports.locks.current("QA").lease.unwrap().execution, "bob");
}

#[tokio::test]
async fn a_success_without_release_or_plan_is_invalid_input() {
    let ports = given();
    for field in ["release", "plan"] {
        let request = with(succeeding(&json!({})), field, json!(null));
        let error = finish(&ports, request).await.unwrap_err();
        assert_eq!(error.to_string(), format!("invalid input: {field}: missing"));
    }
    assert_eq!(history(&ports).0, PastRelease::RUNNING);
}
