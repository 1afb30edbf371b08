//! `mist warm|mark`, and what all operations share: starts an execution and follows it.

use mist_aws::Aws;
use mist_core::{names::EnvironmentName, ports::Stacks as _, stack::lock::OnConflict};
use serde_json::{Value, json};
use uuid::Uuid;

use super::remedy;
use crate::{
    account,
    arguments::{ExecutionOptions, Operation, ReleaseOptions},
    caller,
    failure::Failure,
    follow::{Ended, Following, follow},
    output::{self, Format, document, note},
    report::{self, Requested},
};

/// Starts `operation`, follows it unless `--no-wait` is given, and prints its result.
pub(crate) async fn run(
    aws: &Aws,
    operation: &str,
    arguments: &Operation,
    format: Format,
) -> Result<(), Failure> {
    let input = json!({ "operation": operation });
    start(aws, input, arguments.environment.as_ref(), &arguments.execution, format).await
}

/// `input` with the `options` of a release.
pub(crate) fn with_options(options: &ReleaseOptions, mut input: Value) -> Value {
    if options.accept_drift {
        input["acceptDrift"] = json!(true);
    }
    if let Some(policy) = options.on_conflict {
        input["onConflict"] = json!(OnConflict::from(policy));
    }
    input
}

/// Starts an execution with `input` and the stack, the environment and the user, and follows it.
pub(crate) async fn start(
    aws: &Aws,
    mut input: Value,
    environment: Option<&EnvironmentName>,
    arguments: &ExecutionOptions,
    format: Format,
) -> Result<(), Failure> {
    input["stack"] = json!(arguments.stack);
    if let Some(environment) = environment {
        input["environment"] = json!(environment);
    }
    if let Some(message) = &arguments.message {
        input["message"] = json!(message);
    }
    let stacks = aws.stacks();
    let (user, state_machine) = tokio::join!(caller::name(aws), stacks.state_machine());
    let (user, state_machine) = (user?, state_machine?);
    input["user"] = json!(user);
    let operation = input["operation"].as_str().unwrap_or_default();
    let name = format!("{}-{operation}-{}", arguments.stack, Uuid::new_v4());
    let execution = aws.executions().start(&state_machine, &name, &input).await?;
    finish(aws, &execution, input["version"].as_str(), arguments, format).await
}

/// Follows `execution` unless `--no-wait` is given, and prints its result. `version` is the requested one.
pub(crate) async fn finish(
    aws: &Aws,
    execution: &str,
    version: Option<&str>,
    arguments: &ExecutionOptions,
    format: Format,
) -> Result<(), Failure> {
    let ExecutionOptions { stack, no_wait, follow, .. } = arguments;
    if *no_wait {
        document::execution(execution);
        if format == Format::Table {
            output::result(format!("started: {execution}"));
            note(format!("`mist watch -s {stack}` follows it"));
        }
        return Ok(());
    }
    attend(aws, Following { execution, stack, options: *follow }, version, format).await
}

/// Follows an execution to its end, and prints its result. `version` is the requested one.
pub(crate) async fn attend(
    aws: &Aws,
    following: Following<'_>,
    version: Option<&str>,
    format: Format,
) -> Result<(), Failure> {
    let Following { execution, stack, .. } = following;
    document::execution(execution);
    let page = account::page(aws, execution);
    note(format!("following {page} (Ctrl-C stops following, not the execution)"));
    let Ended { output, .. } = match follow(aws, following).await {
        Ok(ended) => ended,
        Err(failure) => {
            remedy::tell(aws, stack, &failure).await;
            return Err(failure);
        }
    };
    for warning in report::warnings(&output) {
        note(format!("! {warning}"));
    }
    if output["live"] == true
        && let Ok(stack) = aws.stacks().load(stack).await
    {
        note(format!("site: {}", stack.url()));
    }
    match format {
        Format::Table => {
            let requested = Requested { stack: stack.as_str(), version };
            output::result(report::summary(requested, &output));
        }
        Format::Json => output::json(&output),
    }
    Ok(())
}
