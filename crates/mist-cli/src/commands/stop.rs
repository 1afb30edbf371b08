//! `mist stop`: scales an environment to zero instances.

use mist_aws::Aws;
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Operation, Stop},
    failure::Failure,
    output::Format,
};

/// Stops the idle environment, or the one of `-e`.
pub(crate) async fn run(aws: &Aws, arguments: Stop, format: Format) -> Result<(), Failure> {
    let Stop { operation: Operation { execution, environment }, live, release } = arguments;
    let mut input = operation::with_options(&release, json!({ "operation": "stop" }));
    if live {
        input["live"] = json!(true);
    }
    operation::start(aws, input, environment.as_ref(), &execution, format).await
}
