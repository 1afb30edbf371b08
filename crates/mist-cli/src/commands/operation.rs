//! `mist warm|swap|mark|version`: starts a run of the state machine and follows it.

use mist_aws::{Aws, StepFunctions};
use mist_core::{EnvironmentName, OnConflict};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    arguments::{Choices, Format, Operation, Run},
    failure::Failure,
    follow::{Ended, Following, follow},
    output::{self, note},
    report,
};

/// Starts `operation`, follows it unless told not to, and prints its result.
pub(crate) async fn run(
    aws: &Aws,
    operation: &str,
    arguments: &Operation,
    format: Format,
) -> Result<(), Failure> {
    let input = json!({ "operation": operation });
    start(aws, input, arguments.environment.as_ref(), &arguments.run, format).await
}

/// `input`, with what was chosen.
pub(crate) fn with(choices: &Choices, mut input: Value) -> Value {
    if choices.accept_drift {
        input["acceptDrift"] = json!(true);
    }
    if let Some(policy) = choices.on_conflict {
        input["onConflict"] = json!(OnConflict::from(policy));
    }
    input
}

/// Starts a run with `input`, to which stack, environment and user are added.
pub(crate) async fn start(
    aws: &Aws,
    mut input: Value,
    environment: Option<&EnvironmentName>,
    arguments: &Run,
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
    let executions = aws.executions();
    let execution = executions.start(&state_machine, &name, &input).await?;
    finish(&executions, &execution, arguments, format).await
}

/// Follows `execution` unless told not to, and prints its result.
pub(crate) async fn finish(
    executions: &StepFunctions,
    execution: &str,
    arguments: &Run,
    format: Format,
) -> Result<(), Failure> {
    if arguments.no_wait {
        match format {
            Format::Table => output::result(format!("started: {execution}")),
            Format::Json => output::json(&json!({ "execution": execution })),
        }
        return Ok(());
    }
    note(format!("following {execution} (Ctrl-C stops the following, not the run)"));
    let Run { interval, timeout, .. } = *arguments;
    let followed = follow(executions, Following { execution, interval, timeout }).await;
    if let (Format::Json, Err(Failure::Operation { name, cause })) = (format, &followed) {
        output::json(&json!({ "execution": execution, "error": name, "cause": cause }));
    }
    let Ended { output, .. } = followed?;
    for warning in report::warnings(&output) {
        note(format!("! {warning}"));
    }
    match format {
        Format::Table if output["sides"].is_array() => output::result(report::sides(&output)),
        Format::Table => output::result(report::summary(&output)),
        Format::Json => output::json(&json!({ "execution": execution, "result": output })),
    }
    Ok(())
}

fn user() -> String {
    ["USER", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "mist".to_owned())
}
