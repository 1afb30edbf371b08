//! Stories of this operation.

use mist_core::ports::NewDeployment;
use mist_testkit::{FakeGitHub, FakeSecrets, FakeStacks, stack, stack_on_github};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::*;

const RUN: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";
const INPUT: &str = r#"{"operation": "deploy", "stack": "QA"}"#;

/// A GitHub on which each of `runs` made a deployment.
async fn given(runs: &[&str]) -> FakeGitHub {
    let github = FakeGitHub::default();
    let (stack, token) = (stack_on_github().unwrap(), SecretString::from("ghp_token"));
    let access = Access { github: stack.settings.github.as_ref().unwrap(), token: &token };
    for run in runs {
        let deployment = NewDeployment {
            commit: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            environment: "QA".to_owned(),
            run: (*run).to_owned(),
            version: "git-1".to_owned(),
            description: "released by ada".to_owned(),
        };
        github.open(access, &deployment).await.unwrap();
    }
    github
}

fn ended(run: &str, status: &str, input: &str) -> Value {
    json!({
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": run,
            "status": status,
            "input": input,
            "stopDate": 1_767_323_105_000_i64,
            "error": (status == "FAILED").then_some("Mist.WarmFailed"),
            "cause": (status == "FAILED").then_some("Warm up: it answers 503"),
        }
    })
}

async fn told(github: &FakeGitHub, event: Value) -> Result<Outcome, Error> {
    let stacks = FakeStacks::with(stack_on_github().unwrap());
    let secrets = FakeSecrets::with("mist/github", "ghp_token");
    run(&stacks, &secrets, github, serde_json::from_value(event).unwrap()).await
}

#[tokio::test]
async fn each_end_has_its_state() {
    for (status, state, description) in [
        ("SUCCEEDED", DeploymentState::Success, "it is live"),
        ("FAILED", DeploymentState::Failure, "Mist.WarmFailed: Warm up: it answers 503"),
        ("ABORTED", DeploymentState::Error, "somebody stopped the run"),
        ("TIMED_OUT", DeploymentState::Error, "the run took too long"),
    ] {
        let github = given(&[RUN]).await;
        for _ in 0..2 {
            let outcome = told(&github, ended(RUN, status, INPUT)).await.unwrap();
            assert_eq!(outcome, Outcome::Done { id: "1".to_owned() });
        }
        let [last] = &github.told(1)[..] else { panic!("{:?}", github.told(1)) };
        assert_eq!((last.state, last.description.as_str()), (state, description));
        assert_eq!(last.environment_url, "http://qa.mist.test");
        assert!(last.log_url.ends_with(RUN), "{}", last.log_url);
    }
}

#[tokio::test]
async fn a_success_takes_the_place_of_the_one_before() {
    let github = given(&["first", RUN]).await;
    told(&github, ended("first", "SUCCEEDED", INPUT)).await.unwrap();
    told(&github, ended(RUN, "SUCCEEDED", INPUT)).await.unwrap();
    assert_eq!(github.states(1), [DeploymentState::Success, DeploymentState::Inactive]);
    assert_eq!(github.states(2), [DeploymentState::Success]);
}

#[tokio::test]
async fn a_failure_leaves_the_one_before_as_it_is() {
    let github = given(&["first", RUN]).await;
    told(&github, ended("first", "SUCCEEDED", INPUT)).await.unwrap();
    told(&github, ended(RUN, "FAILED", INPUT)).await.unwrap();
    assert_eq!(github.states(1), [DeploymentState::Success]);
}

#[tokio::test]
async fn a_run_that_fetched_nothing_is_skipped() {
    let github = given(&[RUN]).await;
    let upload = r#"{"detail": {"object": {"key": "releases/QA/v2.zip"}}}"#;
    for (run, input) in [
        (RUN, upload),
        (RUN, r#"{"operation": "swap", "stack": "QA"}"#),
        (RUN, r#"{"operation": "deploy", "stack": "NONE"}"#),
        (RUN, "no input at all"),
        ("another", INPUT),
    ] {
        let outcome = told(&github, ended(run, "SUCCEEDED", input)).await.unwrap();
        assert!(matches!(outcome, Outcome::Skipped { .. }), "{input}: {outcome:?}");
    }
    assert!(github.told(1).is_empty());
}

#[tokio::test]
async fn what_goes_wrong_is_a_warning_unless_it_can_be_tried_again() {
    let github = given(&[RUN]).await;
    let with = async |secrets: FakeSecrets| {
        let event = serde_json::from_value(ended(RUN, "SUCCEEDED", INPUT)).unwrap();
        run(&FakeStacks::with(stack_on_github().unwrap()), &secrets, &github, event).await
    };
    let denied = with(FakeSecrets::with("mist/github", "wrong")).await.unwrap();
    assert!(matches!(denied, Outcome::Warning { .. }), "{denied:?}");
    let later = with(FakeSecrets::down()).await.unwrap_err();
    assert_eq!(later.code(), "Mist.ServiceUnavailable");
    let event = serde_json::from_value(ended(RUN, "SUCCEEDED", INPUT)).unwrap();
    let plain = FakeStacks::with(stack().unwrap());
    let outcome = run(&plain, &FakeSecrets::default(), &github, event).await.unwrap();
    assert!(matches!(outcome, Outcome::Skipped { .. }), "{outcome:?}");
}
