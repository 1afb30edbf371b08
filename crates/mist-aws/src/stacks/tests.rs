//! What lies in a stack's parameter.

use std::sync::{Arc, Mutex};

use aws_sdk_ssm::operation::put_parameter::PutParameterInput;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use super::*;
use crate::wire::{answer, json_error};

fn store(rules: &[&Rule]) -> ParameterStore {
    let client = mock_client!(aws_sdk_ssm, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    ParameterStore::new(client)
}

fn document() -> Value {
    json!({
        "format": 1,
        "stack": {
            "name": "QA",
            "application": "Demo",
            "region": "us-east-1",
            "artifacts": {"bucket": "artifacts"},
            "settings": {
                "domain": "qa.mist.test",
                "hostedZoneId": "Z1",
                "environments": {"a": "Demo-QA-A", "b": "Demo-QA-B"}
            }
        }
    })
}

fn holding(text: &str) -> HttpResponse {
    let body = json!({"Parameter": {"Name": "/mist/stacks/QA", "Value": text}});
    answer(200, &[], body.to_string())
}

/// Loads stack `QA` from a parameter that holds `text`.
async fn load(text: impl ToString) -> Result<Stack, Error> {
    let text = text.to_string();
    let rule = mock!(Client::get_parameter)
        .match_requests(|input| input.name() == Some("/mist/stacks/QA"))
        .then_http_response(move || holding(&text));
    store(&[&rule]).load(&"QA".parse().unwrap()).await
}

async fn refused(text: impl ToString) -> String {
    let error = load(text).await.unwrap_err();
    format!("{}: {error}", error.code())
}

#[tokio::test]
async fn loads_a_stack_with_defaults() {
    let stack = load(document()).await.unwrap();
    assert_eq!(stack.name.as_str(), "QA");
    assert_eq!(stack.artifacts.prefix, "releases");
    assert_eq!(stack.settings.record.ttl_seconds.get(), 60);
    assert_eq!(stack.settings.new_relic, None);
}

#[tokio::test]
async fn loads_what_was_pushed() {
    let pushed = Arc::new(Mutex::new(None::<PutParameterInput>));
    let seen = Arc::clone(&pushed);
    let rule = mock!(Client::put_parameter).then_compute_response(move |input| {
        *seen.lock().unwrap() = Some(input.clone());
        MockResponse::Http(answer(200, &[], r#"{"Version":2,"Tier":"Standard"}"#))
    });
    let stack = load(document()).await.unwrap();
    store(&[&rule]).push(stack.clone()).await.unwrap();
    let pushed = pushed.lock().unwrap().take().unwrap();
    assert_eq!(pushed.name(), Some("/mist/stacks/QA"));
    assert_eq!(pushed.overwrite(), Some(true));
    assert_eq!(load(pushed.value().unwrap()).await.unwrap(), stack);
}

#[tokio::test]
async fn a_missing_parameter_is_an_unknown_stack() {
    let rule = mock!(Client::get_parameter)
        .then_http_response(|| json_error(400, "ParameterNotFound", ""));
    let error = store(&[&rule]).load(&"QA".parse().unwrap()).await.unwrap_err();
    insta::assert_snapshot!(error, @"stack `QA` does not exist: no SSM parameter `/mist/stacks/QA`; create it with `mist config push`");
    assert_eq!(error.code(), "Mist.UnknownStack");
}

#[tokio::test]
async fn a_denied_parameter_is_an_error_of_its_own() {
    let rule = mock!(Client::get_parameter).then_http_response(|| {
        json_error(400, "AccessDeniedException", "not authorized to perform: ssm:GetParameter")
    });
    let error = store(&[&rule]).load(&"QA".parse().unwrap()).await.unwrap_err();
    insta::assert_snapshot!(error, @"ssm denied access: AccessDeniedException: not authorized to perform: ssm:GetParameter");
    assert_eq!(error.code(), "Mist.AccessDenied");
}

#[tokio::test]
async fn refuses_another_format_before_it_reads_the_rest() {
    let mut older = document();
    older["format"] = json!(0);
    older["stack"] = json!("of another shape");
    insta::assert_snapshot!(refused(older).await, @"Mist.OutdatedStackConfig: SSM parameter `/mist/stacks/QA` has format 0, not 1; replace it with `mist config push`");
    insta::assert_snapshot!(refused(json!({"stack": {}})).await, @"Mist.OutdatedStackConfig: SSM parameter `/mist/stacks/QA` has format none, not 1; replace it with `mist config push`");
}

#[tokio::test]
async fn refuses_garbage() {
    insta::assert_snapshot!(refused("garbage").await, @"Mist.InvalidStackConfig: SSM parameter `/mist/stacks/QA` is not a stack: expected value at line 1 column 1; replace it with `mist config push`");
    insta::assert_snapshot!(refused("[]").await, @"Mist.OutdatedStackConfig: SSM parameter `/mist/stacks/QA` has format none, not 1; replace it with `mist config push`");
}

#[tokio::test]
async fn names_the_wrong_field() {
    let mut document = document();
    document["stack"]["settings"]["environments"]["b"] = json!("x");
    insta::assert_snapshot!(refused(document).await, @"Mist.InvalidStackConfig: SSM parameter `/mist/stacks/QA` is not a stack: stack.settings.environments.b: `x` is not an environment name: 4 to 40 letters, digits and inner hyphens; replace it with `mist config push`");
}

#[tokio::test]
async fn refuses_a_stack_of_another_name() {
    let mut document = document();
    document["stack"]["name"] = json!("LIVE");
    insta::assert_snapshot!(refused(document).await, @"Mist.InvalidStackConfig: SSM parameter `/mist/stacks/QA` is not a stack: stack.name: is `LIVE`; replace it with `mist config push`");
}

#[tokio::test]
async fn says_that_mist_is_not_installed() {
    let rule = mock!(Client::get_parameter)
        .match_requests(|input| input.name() == Some("/mist/state-machine"))
        .then_http_response(|| json_error(400, "ParameterNotFound", ""));
    let error = store(&[&rule]).state_machine().await.unwrap_err();
    insta::assert_snapshot!(error, @"invalid input: mist is not installed in this account and region: no SSM parameter `/mist/state-machine`");
}
