//! `mist swap`: cuts over to the idle environment.

use mist_aws::Aws;
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Operation, Swap},
    failure::Failure,
    output::Format,
};

/// Cuts over to the idle environment, or the one of `-e`.
pub(crate) async fn run(aws: &Aws, arguments: Swap, format: Format) -> Result<(), Failure> {
    let Swap { operation: Operation { execution, environment }, release } = arguments;
    let input = operation::with_options(&release, json!({ "operation": "swap" }));
    operation::start(aws, input, environment.as_ref(), &execution, format).await
}
