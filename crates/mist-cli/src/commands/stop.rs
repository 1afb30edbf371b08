//! `mist stop`: scales an environment to zero instances.

use mist_aws::Aws;
use serde_json::json;

use super::operation;
use crate::{
    arguments::{Operation, Stop},
    ask,
    failure::Failure,
    output::Format,
};

/// Stops the idle environment, or the one of `-e`.
pub(crate) async fn run(aws: &Aws, arguments: Stop, format: Format) -> Result<(), Failure> {
    let Stop { operation: Operation { execution, environment }, live, yes, release } = arguments;
    let mut input = operation::with_options(&release, json!({ "operation": "stop" }));
    if live {
        let (stack, name) = (&execution.stack, environment.as_ref().map_or("", |it| it.as_str()));
        ask::typed(
            &format!("Users of stack {stack} get errors if {name} is live. Stop it?"),
            stack.as_str(),
            yes,
            "no terminal to confirm that the live environment is stopped; --yes stops it without confirmation",
            "nothing was stopped",
        )?;
        input["live"] = json!(true);
    }
    operation::start(aws, input, environment.as_ref(), &execution, format).await
}
