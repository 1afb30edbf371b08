//! What an answer of AWS means for a release.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};
use mist_core::Error;

// The names that AWS services give to "slow down"; all of them are retried.
const THROTTLED: [&str; 8] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
];

/// Sorts `error` of `service` by its consequence.
pub(crate) fn classify<E>(service: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    let message = match (error.message(), code.as_str()) {
        (Some(message), "") => message.to_owned(),
        (Some(message), code) => format!("{code}: {message}"),
        (None, "") => DisplayErrorContext(error).to_string(),
        (None, code) => code.to_owned(),
    };
    match (code.as_str(), status) {
        (code, _) if THROTTLED.contains(&code) => Error::Throttled { service, message },
        (_, Some(429)) => Error::Throttled { service, message },
        (_, Some(401 | 403)) => Error::AccessDenied { service, message },
        (code, _) if code.starts_with("AccessDenied") => Error::AccessDenied { service, message },
        (_, Some(status)) if status < 500 => Error::ServiceFailed { service, message },
        // A fault of the service, or no answer at all.
        (_, Some(_) | None) => Error::ServiceUnavailable { service, message },
    }
}
