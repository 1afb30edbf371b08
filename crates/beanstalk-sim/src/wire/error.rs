//! The errors of the API, as they go over the wire.

use std::fmt;

/// An error answer: HTTP status, code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    /// The caller's fault, with HTTP status 400.
    pub(crate) fn sender(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// A value that is malformed, unknown, taken, or not possible in the present state.
    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::sender("InvalidParameterValue", message)
    }

    /// Parameters that do not go together.
    pub(crate) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::sender("InvalidParameterCombination", message)
    }

    /// A required parameter that is absent.
    pub(crate) fn missing(name: &str) -> Self {
        Self::sender("MissingParameter", format!("The request must contain the parameter {name}."))
    }

    /// The environment is busy, or gone.
    pub(crate) fn must_be_ready(environment: &str) -> Self {
        Self::invalid_value(format!(
            "Environment named {environment} is in an invalid state for this operation. Must be Ready."
        ))
    }

    /// The answer to too many calls.
    pub(crate) fn throttling() -> Self {
        Self::sender("Throttling", "Rate exceeded")
    }

    /// The service's own fault.
    pub(crate) fn internal() -> Self {
        Self {
            status: 500,
            code: "InternalFailure",
            message: "The request processing has failed because of an unknown error, exception or failure.".to_owned(),
        }
    }

    /// Whose fault it is, in the words of the wire.
    pub(crate) fn kind(&self) -> &'static str {
        if self.status >= 500 { "Receiver" } else { "Sender" }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}
