//! `mist warm|mark`, and what all operations share: starts an execution and follows it.

use mist_aws::Aws;
use mist_core::{names::EnvironmentName, stack::lock::OnConflict};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    account,
    arguments::{ExecutionOptions, Operation, ReleaseOptions},
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
    input["user"] = json!(user());
    if let Some(environment) = environment {
        input["environment"] = json!(environment);
    }
    let state_machine = aws.stacks().state_machine().await?;
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
    let ExecutionOptions { stack, no_wait, interval, timeout } = arguments;
    document::execution(execution);
    if *no_wait {
        if format == Format::Table {
            output::result(format!("started: {execution}"));
        }
        return Ok(());
    }
    let page = account::page(aws, execution);
    note(format!("following {page} (Ctrl-C stops following, not the execution)"));
    let following = Following { execution, stack, interval: *interval, timeout: *timeout };
    let Ended { output, .. } = follow(aws, following).await?;
    for warning in report::warnings(&output) {
        note(format!("! {warning}"));
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

fn user() -> String {
    ["USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "mist".to_owned())
}
