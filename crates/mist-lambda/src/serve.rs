//! Functions that answer at once.

use lambda_runtime::{LambdaEvent, service_fn};
use mist_core::error::Error;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::runtime::{ServeError, diagnostic, parse, start_logging};

/// Serves `operation` to the Lambda runtime until the sandbox ends.
///
/// A request that is not of type `I` is `Mist.InvalidInput`, which names the field. An error of the operation has the
/// name [`Error::code`] in the state machine, and is logged here once.
pub async fn serve<I, O>(operation: impl AsyncFn(I) -> Result<O, Error>) -> Result<(), ServeError>
where
    I: DeserializeOwned,
    O: Serialize,
{
    start_logging();
    let operation = &operation;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        let answer = match parse(event.payload) {
            // Boxed: nested in the futures of the runtime, the type is too deep for the compiler.
            Ok(input) => Box::pin(operation(input)).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| diagnostic(&error))
    }))
    .await
}
