//! Logging, requests, and error names on the wire.

use lambda_runtime::Diagnostic;
use mist_core::error::Error;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The reason why a function cannot be served.
pub type ServeError = lambda_runtime::Error;

/// Reads `payload` as the request of an operation.
// If the runtime parsed the request, the state machine would see the path of a Rust type as the error name.
pub fn parse<I: DeserializeOwned>(payload: Value) -> Result<I, Error> {
    serde_path_to_error::deserialize(payload)
        .map_err(|error| Error::InvalidInput { problem: error.to_string() })
}

// Lambda sets the level in AWS_LAMBDA_LOG_LEVEL. The default shows every decision.
pub(crate) fn start_logging() {
    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let info = |_| Targets::new().with_default(LevelFilter::INFO);
    let filter: Targets = level.parse().unwrap_or_else(info);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_target(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
}

// A wait is not a failure, so it is logged at debug level.
pub(crate) fn log(error: &Error) {
    let code = error.code();
    if matches!(error, Error::NotReady { .. }) {
        tracing::debug!(error.name = code, "{error}");
    } else {
        tracing::error!(error.name = code, "{error}");
    }
}

/// Logs `error`, and turns it into an error on the wire.
pub(crate) fn diagnostic(error: &Error) -> Diagnostic {
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
    fn an_invalid_request_names_the_field() {
        let error = parse::<Request>(json!({"stack": 7})).unwrap_err();
        assert_eq!(error.code(), "Mist.InvalidInput");
        assert_eq!(
            error.to_string(),
            "invalid input: stack: invalid type: integer `7`, expected a string"
        );
    }

    #[test]
    fn an_error_on_the_wire_has_our_name_and_message() {
        let error = Error::NotReady { what: "`Demo-QA-B`".into(), status: "Updating".into() };
        let Diagnostic { error_type, error_message } = diagnostic(&error);
        assert_eq!(error_type, "Mist.NotReady");
        assert_eq!(error_message, "`Demo-QA-B` is not ready yet: Updating");
    }
}
