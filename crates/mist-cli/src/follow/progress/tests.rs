//! Transcripts of executions.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;

/// A state with the failures of its attempts, as names and messages, and its output.
type State<'a> = (&'a str, &'a [(&'a str, &'a str)], Value);

/// What is printed about an execution that goes through `states`, a second each, and what is left of it.
fn transcript(states: &[State<'_>]) -> (String, Finished) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let printed = Arc::clone(&lines);
    let mut progress =
        Progress::printing(move |line| printed.lock().unwrap().push(line.to_owned()));
    let mut id = 0;
    let mut add = |what| {
        id += 1;
        progress.add(Step { id, time: Timestamp::from_second(id).unwrap(), what });
    };
    for (state, failures, output) in states {
        let state = (*state).to_owned();
        add(What::Entered { state: state.clone() });
        for (error, message) in *failures {
            let cause = json!({ "errorType": error, "errorMessage": message }).to_string();
            add(What::Failed { error: (*error).to_owned(), cause });
        }
        add(What::Exited { state, output: output.clone() });
    }
    assert_eq!(progress.seen(), id);
    let finished = progress.finish();
    (lines.lock().unwrap().join("\n"), finished)
}

fn error(name: &str, message: &str) -> Value {
    let cause = json!({ "errorType": name, "errorMessage": message }).to_string();
    json!({ "Error": name, "Cause": cause })
}

fn names(finished: &Finished) -> Vec<&str> {
    finished.steps.iter().map(|step| step.state.as_str()).collect()
}

fn plan() -> Value {
    json!({ "start": "deploy", "summary": {
        "operation": "deploy", "stack": "QA", "side": "B", "environment": "Demo-QA-B", "version": "v2",
        "live": true, "alreadyLive": false,
    }})
}

#[test]
fn a_release_that_succeeds_has_a_line_for_each_step() {
    let (shown, _) = transcript(&[
        ("Begin release", &[], json!({ "stack": "QA" })),
        ("Plan", &[], plan()),
        ("Choose operation", &[], json!({})),
        ("Deploy", &[], json!({ "alreadyRunning": false, "started": false })),
        ("Wait until healthy", &[], json!({ "health": "Green (Ok)", "seconds": 187 })),
        ("Match capacity", &[], json!({ "action": "match", "instances": 1, "liveInstances": 1 })),
        ("Warm up", &[], json!({ "requests": 20, "tries": 3, "p50Ms": 12.4, "p99Ms": 41.2 })),
        ("Goes live?", &[], json!({})),
        (
            "Swap",
            &[],
            json!({
                "from": "demo-qa-a.us-east-1.elasticbeanstalk.com",
                "to": "demo-qa-b.us-east-1.elasticbeanstalk.com", "change": { "id": "1" },
            }),
        ),
        ("Verify", &[], json!({ "servers": 4, "seconds": 7 })),
        ("Bake", &[], json!({ "verdict": "good", "reason": null, "seconds": 301 })),
        ("Mark", &[], json!({ "outcome": "done", "id": "1" })),
        ("Finish release", &[], json!({ "operation": "deploy" })),
    ]);
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_failed_step_has_a_cross_and_its_reason_once() {
    let message = "`Demo-QA-B` did not warm up: no good answer in 30 s and 60 tries: `/` answered 502, not 200";
    let (shown, finished) = transcript(&[
        ("Plan", &[], plan()),
        ("Warm up", &[("Mist.WarmFailed", message)], error("Mist.WarmFailed", message)),
        ("Report failure", &[], json!({ "error": "Mist.WarmFailed", "cause": "{}" })),
        ("Failed", &[], Value::Null),
    ]);
    insta::assert_snapshot!(shown);
    let cause =
        Cause { step: "Warm up".to_owned(), message: message.to_owned(), ..Cause::default() };
    assert!(finished.has_told(&cause));
    let another = Cause { message: "it is swapped back".to_owned(), ..cause };
    assert!(!finished.has_told(&another));
    assert_eq!(names(&finished), ["Plan", "Report failure"]);
}

#[test]
fn a_bake_that_fails_is_no_success() {
    let (shown, _) = transcript(&[
        ("Bake", &[("Mist.BakeFailed", "the health of `Demo-QA-B` is Red (Severe)")], json!({})),
        ("Swap back", &[], json!({ "from": "demo-qa-b.x", "to": "demo-qa-a.x", "change": {} })),
        ("Verify swap back", &[("States.Timeout", "")], json!({})),
        (
            "Report failure",
            &[("Lambda.Unknown", "")],
            json!({
                "error": "Mist.RolledBack", "cause": "{\"step\":\"Bake\",\"Error\":\"Mist.BakeFailed\"}",
            }),
        ),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn a_step_that_is_tried_again_succeeds_once_and_has_its_failures() {
    let failures =
        [("Mist.Throttled", "slow down"), ("Mist.Throttled", "slow down"), ("Mist.NotReady", "")];
    let (shown, finished) = transcript(&[
        (
            "Begin release",
            &[("States.Timeout", ""), ("Mist.NotReady", "")],
            json!({ "stack": "QA" }),
        ),
        ("Deploy", &failures, json!({ "alreadyRunning": true })),
    ]);
    insta::assert_snapshot!(shown);
    assert_eq!(names(&finished), ["Begin release", "Deploy"]);
}

#[test]
fn a_step_that_is_never_ready_fails() {
    let (shown, finished) = transcript(&[(
        "Wait until healthy",
        &[("States.Timeout", "")],
        json!({ "Error": "States.Timeout" }),
    )]);
    assert!(shown.starts_with("✗ Wait until healthy"), "{shown}");
    assert!(finished.steps.is_empty());
}

#[test]
fn an_error_that_only_branches_is_not_printed() {
    let (shown, finished) = transcript(&[
        ("Plan", &[("Mist.SourceNotFetched", "`main` is not fetched yet")], json!({})),
        ("Fetch source", &[], json!({ "commit": "0123456789" })),
        ("Plan", &[], plan()),
    ]);
    assert!(!shown.contains('✗'), "{shown}");
    assert_eq!(names(&finished), ["Fetch source", "Plan"]);
    let (shown, _) =
        transcript(&[("Begin release", &[("Mist.Duplicate", "")], json!({ "duplicate": true }))]);
    assert_eq!(shown, "");
}

#[test]
fn no_line_of_any_step_shows_a_missing_value() {
    for state in [
        steps::FIRST,
        "Plan",
        "Fetch source",
        "Deploy",
        "Wait until healthy",
        "Match capacity",
        "Warm up",
        "Swap",
        "Verify",
        "Bake",
        "Mark",
        "Finish release",
        "Scale environment",
        "Show versions",
        "Swap back",
        "Verify swap back",
        "Report failure",
    ] {
        for output in [json!({}), Value::Null, json!({ "other": 1 }), json!({ "change": {} })] {
            let (shown, _) = transcript(&[(state, &[], output.clone())]);
            assert!(!shown.contains("null") && !shown.contains('?'), "{output}: {shown}");
        }
    }
}
