//! `mist swap`: puts the idle environment live.

use mist_aws::Aws;
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Format, Operation, Swap},
    failure::Failure,
};

/// Puts the idle environment live, or the one that is named.
pub(crate) async fn run(aws: &Aws, arguments: Swap, format: Format) -> Result<(), Failure> {
    let Swap { operation: Operation { run, environment }, choices } = arguments;
    let input = operation::with(&choices, json!({ "operation": "swap" }));
    operation::start(aws, input, environment.as_ref(), &run, format).await
}
