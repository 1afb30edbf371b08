//! Answers of AWS on the wire, for tests.

use aws_smithy_runtime_api::{client::orchestrator::HttpResponse, http::StatusCode};
use aws_smithy_types::body::SdkBody;

/// An answer with `status`, `headers` and `body`.
pub(crate) fn answer(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: impl Into<SdkBody>,
) -> HttpResponse {
    let status = StatusCode::try_from(status).unwrap();
    let mut response = HttpResponse::new(status, body.into());
    for (name, value) in headers {
        response.headers_mut().insert(*name, *value);
    }
    response
}

/// An error of a service with XML.
pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>5f1d0a3e-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    );
    answer(status, &[("content-type", "text/xml")], body)
}

/// An error of a service with JSON.
pub(crate) fn json_error(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = format!(r#"{{"__type":"{code}","message":"{message}"}}"#);
    answer(status, &[("content-type", "application/x-amz-json-1.1")], body)
}
