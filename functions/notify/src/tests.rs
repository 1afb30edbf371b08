//! Tests of this function.

use mist_core::{
    ports::{Access, DeploymentState, MarkError, NewDeployment},
    release::state::StackState,
    stack::side::Side,
};
use mist_testkit::{
    FakeClock, FakeGitHub, FakeLocks, FakeMarker, FakeSecrets, FakeStacks, MarkFault, stack,
    stack_on_github,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";
const INPUT: &str = r#"{"operation": "deploy", "stack": "QA"}"#;

type Fakes = Ports<FakeStacks, FakeSecrets, FakeLocks, FakeGitHub, FakeMarker, FakeClock>;

/// Each of `executions` made a deployment of stack `QA` on GitHub; side A is live with `v1`.
async fn given(executions: &[&str]) -> Fakes {
    let github = FakeGitHub::default();
    let (stack, token) = (stack_on_github().unwrap(), SecretString::from("ghp_token"));
    let access = Access { github: stack.settings.github.as_ref().unwrap(), token: &token };
    for execution in executions {
        let deployment = NewDeployment {
            commit: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            environment: "QA".to_owned(),
            execution: (*execution).to_owned(),
            version: "git-1".to_owned(),
            description: "released by ada".to_owned(),
        };
        github.create(access, &deployment).await.unwrap();
    }
    let state = StackState {
        live: Some(mist_testkit::live(Side::A, "v1", None).unwrap()),
        ..StackState::default()
    };
    Ports {
        stacks: FakeStacks::with(stack),
        secrets: FakeSecrets::with("mist/github", "ghp_token"),
        locks: FakeLocks::with("QA", state),
        github,
        marker: FakeMarker::default(),
        clock: FakeClock::default(),
    }
}

fn ended(execution: &str, status: &str, input: &str) -> Value {
    let cause = Cause {
        step: "Warm up".to_owned(),
        error: "Mist.WarmFailed".to_owned(),
        message: "it answers 503".to_owned(),
        ..Cause::default()
    };
    json!({
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": execution,
            "status": status,
            "input": input,
            "stopDate": 1_767_323_105_000_i64,
            "error": (status == "FAILED").then_some("Mist.WarmFailed"),
            "cause": (status == "FAILED").then(|| cause.to_text()),
        }
    })
}

/// The end of an execution that swapped back.
fn swapped_back(input: &str) -> Value {
    let cause = Cause {
        step: "Bake".to_owned(),
        message: "`Demo-QA-B` became unhealthy; environment `Demo-QA-A` is live again".to_owned(),
        swapped_back: true,
        ..Cause::default()
    };
    let mut event = ended(EXECUTION, "FAILED", input);
    event["detail"]["error"] = json!("Mist.RolledBack");
    event["detail"]["cause"] = json!(cause.to_text());
    event
}

async fn report(ports: &Fakes, event: Value) -> Result<Response, Error> {
    run(ports, serde_json::from_value(event).unwrap()).await
}

async fn reported(ports: &Fakes, event: Value) -> Outcome {
    report(ports, event).await.unwrap().github
}

#[tokio::test]
async fn each_end_has_its_state() {
    for (status, state, description) in [
        ("SUCCEEDED", DeploymentState::Success, "the version is live"),
        ("FAILED", DeploymentState::Failure, "Mist.WarmFailed: Warm up: it answers 503"),
        ("ABORTED", DeploymentState::Error, "the execution was stopped"),
        ("TIMED_OUT", DeploymentState::Error, "the execution timed out"),
    ] {
        let ports = given(&[EXECUTION]).await;
        for _ in 0..2 {
            let outcome = reported(&ports, ended(EXECUTION, status, INPUT)).await;
            assert_eq!(outcome, Outcome::Done { id: "1".to_owned() });
        }
        let [last] = &ports.github.statuses(1)[..] else {
            panic!("{:?}", ports.github.statuses(1))
        };
        assert_eq!((last.state, last.description.as_str()), (state, description));
        assert_eq!(last.environment_url, "http://qa.mist.test");
        assert!(last.log_url.ends_with(EXECUTION), "{}", last.log_url);
    }
}

#[tokio::test]
async fn a_success_makes_the_deployment_before_inactive() {
    let ports = given(&["first", EXECUTION]).await;
    reported(&ports, ended("first", "SUCCEEDED", INPUT)).await;
    reported(&ports, ended(EXECUTION, "SUCCEEDED", INPUT)).await;
    assert_eq!(ports.github.states(1), [DeploymentState::Success, DeploymentState::Inactive]);
    assert_eq!(ports.github.states(2), [DeploymentState::Success]);
}

#[tokio::test]
async fn a_failure_leaves_the_deployment_before_active() {
    let ports = given(&["first", EXECUTION]).await;
    reported(&ports, ended("first", "SUCCEEDED", INPUT)).await;
    reported(&ports, ended(EXECUTION, "FAILED", INPUT)).await;
    assert_eq!(ports.github.states(1), [DeploymentState::Success]);
}

#[tokio::test]
async fn an_execution_that_fetched_nothing_is_skipped() {
    let ports = given(&[EXECUTION]).await;
    let upload = r#"{"detail": {"object": {"key": "releases/QA/v2.zip"}}}"#;
    for (execution, input) in [
        (EXECUTION, upload),
        (EXECUTION, r#"{"operation": "swap", "stack": "QA"}"#),
        (EXECUTION, r#"{"operation": "deploy", "stack": "NONE"}"#),
        (EXECUTION, "no input at all"),
        ("another", INPUT),
    ] {
        let outcome = reported(&ports, ended(execution, "SUCCEEDED", input)).await;
        assert!(matches!(outcome, Outcome::Skipped { .. }), "{input}: {outcome:?}");
    }
    assert!(ports.github.statuses(1).is_empty());
}

#[tokio::test]
async fn what_goes_wrong_is_a_warning_unless_it_can_be_tried_again() {
    let wrong = FakeSecrets::with("mist/github", "wrong");
    let ports = Ports { secrets: wrong, ..given(&[EXECUTION]).await };
    let denied = reported(&ports, ended(EXECUTION, "SUCCEEDED", INPUT)).await;
    assert!(matches!(denied, Outcome::Warning { .. }), "{denied:?}");
    let ports = Ports { secrets: FakeSecrets::down(), ..given(&[EXECUTION]).await };
    let later = report(&ports, ended(EXECUTION, "SUCCEEDED", INPUT)).await.unwrap_err();
    assert_eq!(later.code(), "Mist.ServiceUnavailable");
    let plain = FakeStacks::with(stack().unwrap());
    let ports = Ports { stacks: plain, ..given(&[EXECUTION]).await };
    let outcome = reported(&ports, ended(EXECUTION, "SUCCEEDED", INPUT)).await;
    assert!(matches!(outcome, Outcome::Skipped { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_cause_that_is_no_json_is_told_as_it_is() {
    for (cause, description) in [
        (json!("too large"), "Mist.WarmFailed: too large"),
        (Value::Null, "Mist.WarmFailed: no details"),
    ] {
        let ports = given(&[EXECUTION]).await;
        let mut event = ended(EXECUTION, "FAILED", INPUT);
        event["detail"]["cause"] = cause;
        reported(&ports, event).await;
        assert_eq!(ports.github.statuses(1)[0].description, description);
    }
}

const UPLOAD: &str = r#"{"detail": {"object": {"key": "releases/QA/v2.zip"}}}"#;

#[tokio::test]
async fn the_version_that_is_live_again_after_a_swap_back_gets_one_marker() {
    let asked = r#"{"operation": "deploy", "stack": "QA", "user": "ada"}"#;
    for (input, user) in [(UPLOAD, "upload"), (INPUT, "mist"), (asked, "ada")] {
        let key = FakeSecrets::with("mist/new-relic", "NRAK");
        let ports = Ports { secrets: key, ..given(&[]).await };
        for _ in 0..2 {
            let outcome = report(&ports, swapped_back(input)).await.unwrap().new_relic;
            assert_eq!(outcome, Outcome::Done { id: "mark-1".to_owned() });
        }
        let [mark] = &ports.marker.marks()[..] else { panic!("{:?}", ports.marker.marks()) };
        assert_eq!((mark.version.as_str(), mark.user.as_str()), ("v1", user));
        assert_eq!(mark.group_id, "release-1");
        assert_eq!(mark.description, "`v1` runs on stack QA (Demo-QA-A)");
        assert!(mark.deep_link.as_ref().unwrap().ends_with(EXECUTION));
    }
}

#[tokio::test]
async fn without_a_swap_back_there_is_no_marker() {
    let key = FakeSecrets::with("mist/new-relic", "NRAK");
    let ports = Ports { secrets: key, ..given(&[]).await };
    for status in ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"] {
        let outcome = report(&ports, ended(EXECUTION, status, UPLOAD)).await.unwrap().new_relic;
        assert!(matches!(outcome, Outcome::Skipped { .. }), "{status}: {outcome:?}");
    }
    ports.locks.put("QA", StackState::default());
    let outcome = report(&ports, swapped_back(UPLOAD)).await.unwrap().new_relic;
    assert!(matches!(outcome, Outcome::Skipped { .. }), "{outcome:?}");
    assert!(ports.marker.marks().is_empty());
}

#[tokio::test]
async fn a_marker_that_fails_is_a_warning_and_github_gets_its_status_nevertheless() {
    let refused = MarkError::Refused { message: "no such field".to_owned() };
    let mut stack = stack_on_github().unwrap();
    if let Some(github) = &mut stack.settings.github {
        github.token_secret = "mist/new-relic".to_owned();
    }
    let ports = Ports {
        stacks: FakeStacks::with(stack),
        secrets: FakeSecrets::with("mist/new-relic", "either"),
        marker: FakeMarker::with([MarkFault::Find(refused)]),
        ..given(&[EXECUTION]).await
    };
    let Response { github, new_relic } = report(&ports, swapped_back(INPUT)).await.unwrap();
    assert_eq!(github, Outcome::Done { id: "1".to_owned() });
    let Outcome::Warning { code, .. } = new_relic else { panic!("{new_relic:?}") };
    assert_eq!(code, "NewRelic.Refused");
    let last = ports.github.statuses(1).remove(0);
    assert!(last.description.starts_with("Mist.RolledBack: Bake: `Demo-QA-B` became"));
}
