//! Creation and update of a CloudFormation stack.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::wait::pause;

/// The longest time that CloudFormation may work on a stack.
const LIMIT: Duration = Duration::from_mins(2);

/// The pause between two status requests.
const INTERVAL: Duration = Duration::from_millis(50);

/// The capabilities that SAM templates need. The last one allows CloudFormation to expand the transform.
const CAPABILITIES: [Capability; 3] =
    [Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand];

/// The result of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    /// Whether a resource was created or changed.
    pub changed: bool,
    /// The outputs of the stack by name.
    pub outputs: BTreeMap<String, String>,
}

/// Creates or updates the stack from `template`. No change is a success.
pub(crate) async fn apply(
    client: &Client,
    name: &str,
    template: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<Deployed, Error> {
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build())
        .collect();
    let mut existing = describe(client, name).await?;
    if existing.as_ref().is_some_and(was_never_made) {
        remove(client, name).await?;
        existing = None;
    }
    let changed = if existing.is_none() {
        create(client, name, template, parameters).await?;
        true
    } else {
        update(client, name, template, parameters).await?
    };
    let stack = wait(client, name).await?;
    let outputs = stack.outputs().iter();
    let outputs = outputs.filter_map(|output| {
        Some((output.output_key()?.to_owned(), output.output_value()?.to_owned()))
    });
    Ok(Deployed { changed, outputs: outputs.collect() })
}

async fn create(
    client: &Client,
    name: &str,
    template: &str,
    parameters: Vec<Parameter>,
) -> Result<(), Error> {
    let request = client.create_stack().stack_name(name).template_body(template);
    let request =
        request.set_capabilities(Some(CAPABILITIES.to_vec())).set_parameters(Some(parameters));
    request.send().await.map_err(|error| Error::aws(format!("CreateStack `{name}`"), &error))?;
    Ok(())
}

/// Updates the stack; `false` if there is nothing to update.
async fn update(
    client: &Client,
    name: &str,
    template: &str,
    parameters: Vec<Parameter>,
) -> Result<bool, Error> {
    let request = client.update_stack().stack_name(name).template_body(template);
    let request =
        request.set_capabilities(Some(CAPABILITIES.to_vec())).set_parameters(Some(parameters));
    match request.send().await {
        Ok(_) => Ok(true),
        Err(error) if message(&error).contains("No updates are to be performed") => Ok(false),
        Err(error) => Err(Error::aws(format!("UpdateStack `{name}`"), &error)),
    }
}

async fn remove(client: &Client, name: &str) -> Result<(), Error> {
    let request = client.delete_stack().stack_name(name).send();
    request.await.map_err(|error| Error::aws(format!("DeleteStack `{name}`"), &error))?;
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        if describe(client, name).await?.is_none_or(|stack| status(&stack) == "DELETE_COMPLETE") {
            return Ok(());
        }
        pause(INTERVAL).await;
    }
    Err(Error::TookTooLong {
        what: format!("deletion of stack `{name}`"),
        seconds: LIMIT.as_secs(),
    })
}

async fn wait(client: &Client, name: &str) -> Result<Stack, Error> {
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        if let Some(stack) = describe(client, name).await? {
            match status(&stack) {
                "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(stack),
                working if working.ends_with("_IN_PROGRESS") => {}
                failed => {
                    let reasons = reasons(client, name).await?;
                    return Err(Error::StackFailed {
                        stack: name.to_owned(),
                        status: failed.to_owned(),
                        reasons,
                    });
                }
            }
        }
        pause(INTERVAL).await;
    }
    Err(Error::TookTooLong {
        what: format!("deployment of stack `{name}`"),
        seconds: LIMIT.as_secs(),
    })
}

/// The stack of this name; `None` if it does not exist.
async fn describe(client: &Client, name: &str) -> Result<Option<Stack>, Error> {
    match client.describe_stacks().stack_name(name).send().await {
        Ok(answer) => Ok(answer.stacks().first().cloned()),
        Err(error) if message(&error).contains("does not exist") => Ok(None),
        Err(error) => Err(Error::aws(format!("DescribeStacks `{name}`"), &error)),
    }
}

/// The reasons of failed events, oldest first.
async fn reasons(client: &Client, name: &str) -> Result<Vec<String>, Error> {
    let request = client.describe_stack_events().stack_name(name).send();
    let answer = request
        .await
        .map_err(|error| Error::aws(format!("DescribeStackEvents `{name}`"), &error))?;
    let failed = answer.stack_events().iter().rev().filter_map(|event| {
        let status = event.resource_status()?.as_str();
        let reason = event.resource_status_reason().filter(|reason| !reason.is_empty())?;
        let resource = event.logical_resource_id().unwrap_or_default();
        status.contains("FAILED").then(|| format!("{resource}: {reason}"))
    });
    Ok(failed.collect())
}

/// A stack whose creation failed cannot be updated.
fn was_never_made(stack: &Stack) -> bool {
    matches!(
        status(stack),
        "ROLLBACK_COMPLETE"
            | "ROLLBACK_FAILED"
            | "CREATE_FAILED"
            | "DELETE_COMPLETE"
            | "DELETE_FAILED"
    )
}

fn status(stack: &Stack) -> &str {
    stack.stack_status().map_or("", |status| status.as_str())
}

fn message<E: ProvideErrorMetadata>(error: &SdkError<E>) -> &str {
    error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or_default()
}
