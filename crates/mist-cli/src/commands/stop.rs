//! `mist stop`: scales an environment to zero instances.

use mist_aws::Aws;
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Format, Operation, Stop},
    failure::Failure,
};

/// Stops the idle environment, or the one that is named.
pub(crate) async fn run(aws: &Aws, arguments: Stop, format: Format) -> Result<(), Failure> {
    let Stop { operation: Operation { run, environment }, live, choices } = arguments;
    let mut input = operation::with(&choices, json!({ "operation": "stop" }));
    if live {
        input["live"] = json!(true);
    }
    operation::start(aws, input, environment.as_ref(), &run, format).await
}
