//! Made-up answers in place of those of a service, in its protocol.

use super::call::Protocol;
use super::fault::Fault;

const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

/// An error as a service answers it.
struct Refusal {
    status: u16,
    code: &'static str,
    message: &'static str,
}

/// A complete answer; `None` if `fault` is one without an answer.
pub(super) fn made_up(fault: Fault, protocol: Protocol, method: &str) -> Option<Vec<u8>> {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>";
    let (status, kind, body) = match fault {
        Fault::BadGateway => (502, "text/html", page.as_bytes().to_vec()),
        Fault::Garbage => {
            (200, "application/octet-stream", b"}{ <not & what \xff was asked for".to_vec())
        }
        fault => {
            let refusal = refusal(fault, protocol)?;
            (refusal.status, kind(protocol), body(&refusal, protocol))
        }
    };
    let extra = match (protocol, refusal(fault, protocol)) {
        (Protocol::Json | Protocol::RestJson, Some(refusal)) => {
            format!("x-amzn-errortype: {}\r\n", refusal.code)
        }
        (Protocol::Cbor, Some(_)) => "smithy-protocol: rpc-v2-cbor\r\n".to_owned(),
        _ => String::new(),
    };
    let head = format!(
        "HTTP/1.1 {status} Made up\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nx-amzn-requestid: {REQUEST_ID}\r\n{extra}\r\n",
        body.len()
    );
    let mut answer = head.into_bytes();
    // The answer to HEAD has the length of a body, and no body.
    if method != "HEAD" {
        answer.extend(body);
    }
    Some(answer)
}

/// The answer to a request that the guard refuses.
pub(super) fn refused(reason: &str) -> Vec<u8> {
    let length = reason.len();
    format!(
        "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{reason}"
    )
    .into_bytes()
}

fn refusal(fault: Fault, protocol: Protocol) -> Option<Refusal> {
    use Protocol::{Cbor, Json, Query, RestJson, RestXml, S3};
    let (status, code, message) = match (fault, protocol) {
        (Fault::Throttled, S3) => (503, "SlowDown", "Please reduce your request rate."),
        (Fault::Throttled, Query | RestXml) => (400, "Throttling", "Rate exceeded"),
        (Fault::Throttled, Json | Cbor) => (400, "ThrottlingException", "Rate exceeded"),
        (Fault::Throttled, RestJson) => (429, "TooManyRequestsException", "Rate exceeded"),
        (Fault::InternalError, S3) => {
            (500, "InternalError", "We encountered an internal error. Please try again.")
        }
        (Fault::InternalError, Query | RestXml) => (500, "InternalFailure", "Internal error"),
        (Fault::InternalError, Json | RestJson | Cbor) => {
            (500, "InternalServerError", "Internal server error")
        }
        (Fault::Unavailable, S3 | Query | RestXml) => {
            (503, "ServiceUnavailable", "Service is unable to handle request.")
        }
        (Fault::Unavailable, Json | RestJson | Cbor) => {
            (503, "ServiceUnavailableException", "Service is unable to handle request.")
        }
        (Fault::AccessDenied, S3) => (403, "AccessDenied", "Access Denied"),
        (Fault::AccessDenied, Query | RestXml) => {
            (403, "AccessDenied", "User is not authorized to perform this operation")
        }
        (Fault::AccessDenied, Json | RestJson | Cbor) => {
            (400, "AccessDeniedException", "User is not authorized to perform this operation")
        }
        _ => return None,
    };
    Some(Refusal { status, code, message })
}

fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Query | Protocol::RestXml => "text/xml",
        Protocol::S3 => "application/xml",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Cbor => "application/cbor",
    }
}

fn body(refusal: &Refusal, protocol: Protocol) -> Vec<u8> {
    let Refusal { status, code, message } = refusal;
    let fault_of = if *status < 500 { "Sender" } else { "Receiver" };
    match protocol {
        Protocol::Query | Protocol::RestXml => format!(
            "<ErrorResponse><Error><Type>{fault_of}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        )
        .into_bytes(),
        Protocol::S3 => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>{REQUEST_ID}</RequestId></Error>"
        )
        .into_bytes(),
        Protocol::Json | Protocol::RestJson => {
            format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}").into_bytes()
        }
        Protocol::Cbor => {
            // A map of two texts to two texts.
            let mut body = vec![0xa2];
            for text in ["__type", code, "message", message] {
                body.push(0x78);
                body.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
                body.extend(text.as_bytes());
            }
            body
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(fault: Fault, protocol: Protocol) -> String {
        let answer = made_up(fault, protocol, "POST").unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn each_protocol_has_its_own_errors() {
        let beanstalk = text(Fault::Throttled, Protocol::Query);
        assert!(beanstalk.starts_with("HTTP/1.1 400 "), "{beanstalk}");
        assert!(beanstalk.contains("<Code>Throttling</Code>"), "{beanstalk}");
        let s3 = text(Fault::Throttled, Protocol::S3);
        assert!(s3.starts_with("HTTP/1.1 503 ") && s3.contains("<Code>SlowDown</Code>"), "{s3}");
        let ssm = text(Fault::AccessDenied, Protocol::Json);
        assert!(ssm.contains("x-amzn-errortype: AccessDeniedException\r\n"), "{ssm}");
        assert!(ssm.ends_with("\"message\":\"User is not authorized to perform this operation\"}"));
    }

    #[test]
    fn faults_of_the_connection_have_no_answer() {
        for fault in [Fault::NoAnswer, Fault::Refused, Fault::ResetAfter, Fault::CrashBefore] {
            assert_eq!(made_up(fault, Protocol::Query, "POST"), None, "{fault}");
        }
    }

    #[test]
    fn a_head_is_answered_without_a_body() {
        let answer = made_up(Fault::Throttled, Protocol::S3, "HEAD").unwrap();
        assert!(answer.ends_with(b"\r\n\r\n"));
    }
}
