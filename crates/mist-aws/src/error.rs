//! What an answer of AWS means for a release.

use std::{error::Error as StdError, iter};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use mist_core::error::Error;

use crate::credentials::Unusable;

// The names that AWS services give to "slow down"; all of them are retried.
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

/// Sorts `error` of `service` by its consequence.
pub(crate) fn classify<E>(service: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: StdError + ProvideErrorMetadata + 'static,
{
    // There were no credentials to ask with.
    if let Some(Unusable(why)) = find(error) {
        return told_again(why);
    }
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default().to_owned();
    let message = match (error.message(), code.as_str()) {
        (Some(message), "") => message.to_owned(),
        (Some(message), code) => format!("{code}: {message}"),
        (None, "") => causes(error),
        (None, code) => code.to_owned(),
    };
    match (code.as_str(), status) {
        (code, _) if THROTTLED.contains(&code) => Error::Throttled { service, message },
        (_, Some(429)) => Error::Throttled { service, message },
        (_, Some(401 | 403)) => Error::AccessDenied { service, message },
        (code, _) if code.starts_with("AccessDenied") => Error::AccessDenied { service, message },
        // An answer that says yes and cannot be read is a fault on the way: what was done is looked at again.
        (_, Some(200..300)) => Error::ServiceUnavailable { service, message },
        (_, Some(status)) if status < 500 => Error::ServiceFailed { service, message },
        // A fault of the service, or no answer at all.
        (_, Some(_) | None) => Error::ServiceUnavailable { service, message },
    }
}

/// The first of `error` and its causes that is a `T`.
pub(crate) fn find<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

// Errors are not cloned, since some hold causes; those of credentials are these.
fn told_again(why: &Error) -> Error {
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

// The SDK's own way to print all causes prints the raw answer too, which can hold a secret.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
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
    fn every_way_to_say_slow_down_is_throttling() {
        for code in THROTTLED {
            assert_eq!(sorted(400, code), "Mist.Throttled", "{code}");
        }
        assert_eq!(sorted(503, "SlowDown"), "Mist.Throttled");
        assert_eq!(sorted(429, "Whatever"), "Mist.Throttled");
    }

    #[test]
    fn a_missing_permission_is_told_by_status_or_name() {
        assert_eq!(sorted(403, "InsufficientPrivilegesException"), "Mist.AccessDenied");
        assert_eq!(sorted(401, "Whatever"), "Mist.AccessDenied");
        assert_eq!(sorted(400, "AccessDeniedException"), "Mist.AccessDenied");
        assert_eq!(sorted(400, "AccessDenied"), "Mist.AccessDenied");
    }

    #[test]
    fn a_fault_of_the_service_can_be_tried_again_and_one_of_ours_cannot() {
        assert_eq!(sorted(500, "InternalFailure"), "Mist.ServiceUnavailable");
        assert_eq!(sorted(503, "ServiceUnavailable"), "Mist.ServiceUnavailable");
        assert_eq!(sorted(400, "InvalidParameterValue"), "Mist.ServiceFailed");
        assert_eq!(sorted(404, "NoSuchThing"), "Mist.ServiceFailed");
    }

    #[test]
    fn no_answer_at_all_can_be_tried_again() {
        let late: SdkError<ErrorMetadata, HttpResponse> = SdkError::timeout_error("too late");
        insta::assert_snapshot!(classify("s3", &late), @"s3 could not be reached or is at fault: request has timed out: too late");
        let cut = ConnectorError::io("connection reset".into());
        let cut: SdkError<ErrorMetadata, HttpResponse> = SdkError::dispatch_failure(cut);
        assert_eq!(classify("s3", &cut).code(), "Mist.ServiceUnavailable");
    }

    #[test]
    fn an_error_without_words_still_has_a_message() {
        let error = ErrorMetadata::builder().code("NotFound").build();
        let error = SdkError::service_error(error, answer(404, &[], ""));
        insta::assert_snapshot!(classify("s3", &error), @"s3 failed: NotFound");
    }
}
