//! What every function shares: logging, reading its request, and error names on the wire.

mod execution_ended;
mod waiting;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use mist_core::error::Error;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

pub use execution_ended::{Ended, ExecutionEnded, stack_of};
pub use waiting::{serve_task, serve_waiting};

/// Why a function could not be served at all.
pub type ServeError = lambda_runtime::Error;

/// Serves `operation` to the Lambda runtime until the sandbox ends.
///
/// A request that is not of type `I` ends in `Mist.InvalidInput`, which names the field. An error of
/// the operation reaches the state machine under its [`Error::code`] and is logged here, once.
pub async fn serve<I, O>(operation: impl AsyncFn(I) -> Result<O, Error>) -> Result<(), ServeError>
where
    I: DeserializeOwned,
    O: Serialize,
{
    start_logging();
    let operation = &operation;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        let answer = match parse(event.payload) {
            // On the heap, or the compiler gives up on what is nested in the runtime's own futures.
            Ok(input) => Box::pin(operation(input)).await,
            Err(error) => Err(error),
        };
        answer.map_err(|error| diagnostic(&error))
    }))
    .await
}

/// Reads `payload` as the request of an operation.
// The runtime could parse it itself, but then the state machine would see the path of a Rust type
// in place of a name of ours.
pub fn parse<I: DeserializeOwned>(payload: Value) -> Result<I, Error> {
    serde_path_to_error::deserialize(payload)
        .map_err(|error| Error::InvalidInput { problem: error.to_string() })
}

// Lambda sets the level through AWS_LAMBDA_LOG_LEVEL; `info` is what a person on call wants.
fn start_logging() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false)
        .with_env_filter(filter)
        .init();
}

// A wait is no failure: it is logged for those who look closely, not for those who watch.
fn log(error: &Error) {
    let code = error.code();
    if matches!(error, Error::NotReady { .. }) {
        tracing::debug!(error.name = code, "{error}");
    } else {
        tracing::error!(error.name = code, "{error}");
    }
}

fn diagnostic(error: &Error) -> Diagnostic {
    let code = error.code();
    log(error);
    Diagnostic { error_type: code.to_owned(), error_message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[expect(dead_code, reason = "only its name matters here")]
        stack: String,
    }

    #[test]
    fn a_bad_request_names_the_field() {
        let error = parse::<Request>(json!({"stack": 7})).unwrap_err();
        assert_eq!(error.code(), "Mist.InvalidInput");
        assert_eq!(
            error.to_string(),
            "invalid input: stack: invalid type: integer `7`, expected a string"
        );
    }

    #[test]
    fn a_wire_error_has_our_name_and_words() {
        let error = Error::NotReady { what: "`Demo-QA-B`".into(), status: "Updating".into() };
        let Diagnostic { error_type, error_message } = diagnostic(&error);
        assert_eq!(error_type, "Mist.NotReady");
        assert_eq!(error_message, "`Demo-QA-B` is not ready yet: Updating");
    }
}
