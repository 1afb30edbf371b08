//! The errors of the API on the wire.

use std::fmt;

/// An error answer: HTTP status, code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl ApiError {
    /// An error of the caller, with HTTP status 400.
    pub(crate) fn sender(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// A value that is malformed, unknown, in use, or not possible in the present state.
    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::sender("InvalidParameterValue", message)
    }

    /// Parameters that contradict each other.
    pub(crate) fn invalid_combination(message: impl Into<String>) -> Self {
        Self::sender("InvalidParameterCombination", message)
    }

    /// Invalid option settings.
    pub(crate) fn configuration(problem: impl fmt::Display) -> Self {
        Self::sender(
            "ConfigurationValidationException",
            format!("Configuration validation exception: {problem}"),
        )
    }

    /// A missing required parameter.
    pub(crate) fn missing(name: &str) -> Self {
        Self::sender("MissingParameter", format!("The request must contain the parameter {name}."))
    }

    /// An exceeded quota.
    pub(crate) fn quota(what: &str, code: &'static str, most: usize) -> Self {
        Self::sender(
            code,
            format!(
                "You cannot have more than {most} {what}. \
                 Either remove some {what} or request a limit increase."
            ),
        )
    }

    /// A value that breaks a constraint of its member, with the message of AWS's framework.
    pub(crate) fn validation(member: &str, value: &str, rule: impl fmt::Display) -> Self {
        Self::sender(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{value}' at '{}' failed to satisfy constraint: {rule}",
                decapitalized(member)
            ),
        )
    }

    /// A value that is not of its member's type.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::sender("MalformedInput", message)
    }

    /// Parameters that cannot be decoded.
    pub(crate) fn malformed_query() -> Self {
        Self {
            status: 404,
            code: "MalformedQueryString",
            message: "The query string contains a syntax error.".to_owned(),
        }
    }

    /// A call that the caller may not make.
    pub(crate) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 403, code, message: message.into() }
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

    /// An error of the service.
    pub(crate) fn internal() -> Self {
        Self {
            status: 500,
            code: "InternalFailure",
            message: "The request processing has failed because of an unknown error, exception or failure.".to_owned(),
        }
    }

    /// The `Type` of the error on the wire.
    pub(crate) fn kind(&self) -> &'static str {
        if self.status >= 500 { "Receiver" } else { "Sender" }
    }
}

/// `SourceBundle.S3Key` as validation spells it: `sourceBundle.s3Key`.
fn decapitalized(member: &str) -> String {
    let segments = member.split('.').map(|segment| {
        let mut characters = segment.chars();
        let first = characters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(characters).collect::<String>()
    });
    segments.collect::<Vec<_>>().join(".")
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}
