//! The caller: the parts of a request's signature that are checked.
//!
//! A signature must be for this service in this region. The signature itself is not verified.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, DATE};

use crate::wire::{ApiError, Params, Service};

const TERMINATOR: &str = "aws4_request";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The access key of the signature, from the header or, with a pre-signed URL, from the query.
pub(super) fn access_key(headers: &HeaderMap, params: &Params) -> Option<String> {
    credential(headers, params)?.split('/').next().map(str::to_owned)
}

/// The service that is called.
pub(super) fn service(headers: &HeaderMap, params: &Params) -> Service {
    let scope = credential(headers, params).and_then(|credential| credential.split('/').nth(3));
    Service::of(scope, params.text("Version"))
}

fn credential<'a>(headers: &'a HeaderMap, params: &'a Params) -> Option<&'a str> {
    authorization(headers)
        .and_then(|header| part(header, "Credential"))
        .or(params.text("X-Amz-Credential"))
        .or(params.text("AWSAccessKeyId"))
}

/// Refuses a request whose signature is missing, incomplete, or for another service or region.
pub(super) fn check(
    headers: &HeaderMap,
    params: &Params,
    service: Service,
    region: &str,
) -> Result<(), ApiError> {
    if let Some(header) = headers.get(AUTHORIZATION) {
        return check_header(header.to_str().unwrap_or_default(), headers, service, region);
    }
    if let Some(credential) = params.text("X-Amz-Credential") {
        return check_credential(credential, service, region);
    }
    // Older signature schemes have a key and no scope.
    if params.text("AWSAccessKeyId").is_some() {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    ))
}

fn check_header(
    header: &str,
    headers: &HeaderMap,
    service: Service,
    region: &str,
) -> Result<(), ApiError> {
    if !header.starts_with(ALGORITHM) {
        return Err(incomplete(format!("Unsupported AWS 'algorithm': '{header}'.")));
    }
    let mut problems: Vec<_> = ["Credential", "Signature", "SignedHeaders"]
        .into_iter()
        .filter(|name| part(header, name).is_none())
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !headers.contains_key("x-amz-date") && !headers.contains_key(DATE) {
        problems.push(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned(),
        );
    }
    if !problems.is_empty() {
        return Err(incomplete(format!("{} Authorization={header}", problems.join(" "))));
    }
    check_credential(part(header, "Credential").unwrap_or_default(), service, region)
}

/// The credential is `KEY/DATE/REGION/SERVICE/aws4_request`.
fn check_credential(credential: &str, service: Service, region: &str) -> Result<(), ApiError> {
    let elements: Vec<_> = credential.split('/').collect();
    let [_, _, its_region, its_service, terminator] = elements.as_slice() else {
        return Err(incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
             got '{credential}'"
        )));
    };
    let region = (*its_region != region)
        .then(|| format!("Credential should be scoped to a valid region, not '{its_region}'. "));
    let service = service.name();
    let service = (*its_service != service)
        .then(|| format!("Credential should be scoped to correct service: '{service}'. "));
    let terminator = (*terminator != TERMINATOR).then(|| {
        format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "
        )
    });
    let problems: String = [region, service, terminator].into_iter().flatten().collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(ApiError::forbidden("SignatureDoesNotMatch", problems))
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()
}

/// The value of `NAME=value` among the parts of an authorization.
fn part<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let parts = header.strip_prefix(ALGORITHM)?.split(',');
    let mut values = parts.filter_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    values.next().filter(|value| !value.is_empty())
}

fn incomplete(message: String) -> ApiError {
    ApiError::sender("IncompleteSignature", message)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn checked(authorization: &str) -> String {
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, HeaderValue::from_str(authorization).unwrap()),
            (DATE, HeaderValue::from_static("today")),
        ]);
        match check(&headers, &Params::default(), Service::ElasticBeanstalk, "us-east-1") {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn scoped(credential: &str) -> String {
        checked(&format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=abc"
        ))
    }

    #[test]
    fn a_signature_is_for_this_service_in_this_region() {
        let answers = [
            scoped("AKID/20261122/us-east-1/elasticbeanstalk/aws4_request"),
            scoped("AKID/20261122/eu-west-1/elasticbeanstalk/aws4_request"),
            scoped("AKID/20261122/us-east-1/s3/aws4_request"),
            scoped("AKID/20261122/moon/s3/aws5"),
            scoped("AKID"),
            checked("AWS4-HMAC-SHA256 Credential=AKID"),
            checked("Basic YTpi"),
            check(&HeaderMap::new(), &Params::default(), Service::ElasticBeanstalk, "us-east-1")
                .unwrap_err()
                .to_string(),
        ];
        insta::assert_snapshot!(answers.join("\n"));
    }

    #[test]
    fn the_key_is_found_wherever_it_is() {
        let named = |name: &str, value: &str| {
            access_key(
                &HeaderMap::new(),
                &Params::from_pairs([(name.to_owned(), value.to_owned())]),
            )
        };
        assert_eq!(named("X-Amz-Credential", "AKID/20261122/x").as_deref(), Some("AKID"));
        assert_eq!(named("AWSAccessKeyId", "AKID").as_deref(), Some("AKID"));
        assert_eq!(named("Other", "AKID"), None);
    }
}
