//! Errors of AWS, sorted by their consequence for a release.

use std::{error::Error as StdError, iter};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use mist_core::error::Error;

/// The error codes by which AWS services throttle.
const THROTTLED: [&str; 10] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
];

/// The lack of credentials, with its reason, on its way through the SDK to [`classify`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoCredentials(pub(crate) Error);

impl From<NoCredentials> for CredentialsError {
    fn from(error: NoCredentials) -> Self {
        Self::provider_error(error)
    }
}

/// The consequence of `error` of `service` for a release.
pub(crate) fn classify<E>(service: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    // The request was not sent, for lack of credentials.
    if let Some(NoCredentials(why)) = find(error) {
        return duplicate(why);
    }
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    let message = match (error.message(), code.as_str()) {
        (Some(message), "") => message.to_owned(),
        (Some(message), code) => format!("{code}: {message}"),
        (None, "") => sources(error),
        (None, code) => code.to_owned(),
    };
    match (code.as_str(), status) {
        (code, _) if THROTTLED.contains(&code) => Error::Throttled { service, message },
        (_, Some(429)) => Error::Throttled { service, message },
        (_, Some(401 | 403)) => Error::AccessDenied { service, message },
        (code, _) if code.starts_with("AccessDenied") => Error::AccessDenied { service, message },
        // A success that cannot be read was damaged on the way. Operations read again what they did.
        (_, Some(200..300)) => Error::ServiceUnavailable { service, message },
        (_, Some(status)) if status < 500 => Error::ServiceFailed { service, message },
        // The service failed, or did not answer.
        (_, Some(_) | None) => Error::ServiceUnavailable { service, message },
    }
}

/// Whether the message of `error` contains `fragment`. Beanstalk has few error codes, so the message decides.
#[cfg(feature = "beanstalk")]
pub(crate) fn message_contains(error: &impl ProvideErrorMetadata, fragment: &str) -> bool {
    error.message().is_some_and(|message| message.contains(fragment))
}

/// The outermost of `error` and its sources that is a `T`.
pub(crate) fn find<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

// `Error` is not `Clone`, since some variants have sources. Providers of credentials raise these variants only.
fn duplicate(why: &Error) -> Error {
    match why {
        Error::RoleDenied { role, problem } => {
            Error::RoleDenied { role: role.clone(), problem: problem.clone() }
        }
        Error::SecretMissing { id, problem } => {
            Error::SecretMissing { id: id.clone(), problem: problem.clone() }
        }
        Error::Throttled { service, message } => {
            Error::Throttled { service, message: message.clone() }
        }
        other => Error::ServiceUnavailable { service: "sts", message: other.to_string() },
    }
}

// `DisplayErrorContext` of the SDK also prints the raw answer, which can contain a secret.
fn sources(error: &(dyn StdError + 'static)) -> String {
    let sources = iter::successors(Some(error), |&error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::wire::answer;

    fn sorted(status: u16, code: &str) -> String {
        let error = ErrorMetadata::builder().code(code).message("why").build();
        classify("s3", &SdkError::service_error(error, answer(status, &[], ""))).code().to_owned()
    }

    #[test]
    fn every_throttling_code_is_throttled() {
        for code in THROTTLED {
            assert_eq!(sorted(400, code), "Mist.Throttled", "{code}");
        }
        assert_eq!(sorted(503, "SlowDown"), "Mist.Throttled");
        assert_eq!(sorted(429, "Whatever"), "Mist.Throttled");
    }

    #[test]
    fn a_status_or_a_code_means_a_missing_permission() {
        assert_eq!(sorted(403, "InsufficientPrivilegesException"), "Mist.AccessDenied");
        assert_eq!(sorted(401, "Whatever"), "Mist.AccessDenied");
        assert_eq!(sorted(400, "AccessDeniedException"), "Mist.AccessDenied");
        assert_eq!(sorted(400, "AccessDenied"), "Mist.AccessDenied");
    }

    #[test]
    fn a_failure_of_the_service_is_transient_and_a_bad_request_is_not() {
        assert_eq!(sorted(500, "InternalFailure"), "Mist.ServiceUnavailable");
        assert_eq!(sorted(503, "ServiceUnavailable"), "Mist.ServiceUnavailable");
        assert_eq!(sorted(400, "InvalidParameterValue"), "Mist.ServiceFailed");
        assert_eq!(sorted(404, "NoSuchThing"), "Mist.ServiceFailed");
    }

    #[test]
    fn a_missing_answer_is_transient() {
        let late: SdkError<ErrorMetadata, HttpResponse> = SdkError::timeout_error("too late");
        insta::assert_snapshot!(classify("s3", &late), @"s3 is unavailable: request has timed out: too late");
        let cut = ConnectorError::io("connection reset".into());
        let cut: SdkError<ErrorMetadata, HttpResponse> = SdkError::dispatch_failure(cut);
        assert_eq!(classify("s3", &cut).code(), "Mist.ServiceUnavailable");
    }

    #[test]
    fn an_error_without_a_message_shows_its_code() {
        let error = ErrorMetadata::builder().code("NotFound").build();
        let error = SdkError::service_error(error, answer(404, &[], ""));
        insta::assert_snapshot!(classify("s3", &error), @"s3 failed: NotFound");
    }
}
