//! Answers as XML.

use std::borrow::Cow;
use std::fmt::Write;

use quick_xml::escape::escape;

use super::error::ApiError;
use super::service::Service;
use super::structure::{Structure, Value};

/// The initial capacity of a body, enough for two environments.
const USUAL_LENGTH: usize = 4096;

/// The body of a success. Operations without output have no result element.
pub(super) fn success_body(
    service: Service,
    operation: &str,
    result: Option<&Structure>,
    request_id: &str,
) -> String {
    let mut body = String::with_capacity(USUAL_LENGTH);
    // Writing to a string cannot fail.
    let _ = write!(body, "<{operation}Response xmlns=\"{}\">", service.namespace());
    if let Some(result) = result {
        let _ = write!(body, "<{operation}Result>");
        write_members(&mut body, result);
        let _ = write!(body, "</{operation}Result>");
    }
    let _ = write!(
        body,
        "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    body
}

/// The body of an error.
pub(super) fn error_body(service: Service, error: &ApiError, request_id: &str) -> String {
    let details = Structure::new()
        .with("Type", error.kind())
        .with("Code", error.code)
        .with("Message", &error.message);
    let answer = Structure::new().with("Error", details).with("RequestId", request_id);
    let mut body = format!("<ErrorResponse xmlns=\"{}\">", service.namespace());
    write_members(&mut body, &answer);
    body.push_str("</ErrorResponse>");
    body
}

fn write_members(body: &mut String, structure: &Structure) {
    for (name, value) in structure.members() {
        write_element(body, name, value);
    }
}

fn write_element(body: &mut String, name: &str, value: &Value) {
    body.push('<');
    body.push_str(name);
    body.push('>');
    // Writing to a string cannot fail.
    match value {
        Value::Text(text) => body.push_str(&escape(printable(text))),
        Value::Boolean(flag) => body.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => _ = write!(body, "{number}"),
        Value::Number(number) => _ = write!(body, "{number}"),
        Value::Time(time) => _ = write!(body, "{time:.3}"),
        Value::Structure(structure) => write_members(body, structure),
        Value::List(values) => {
            for value in values {
                write_element(body, "member", value);
            }
        }
    }
    body.push_str("</");
    body.push_str(name);
    body.push('>');
}

/// XML 1.0 does not allow most control characters, not even escaped.
fn printable(text: &str) -> Cow<'_, str> {
    // Nearly all texts are ASCII, for which this check is faster.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_printable(c) { c } else { '\u{fffd}' }).collect())
}

/// Whether XML 1.0 can carry this character.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_carries_result_lists_and_request_id() {
        let result = Structure::new()
            .with("Truncated", false)
            .with_list("Names", ["a", "b & c"])
            .with_list("Nothing", Vec::<Value>::new())
            .with("Tier", Structure::new().with("Name", "WebServer"));

        insta::assert_snapshot!(success_body(Service::ElasticBeanstalk, "DescribeThings", Some(&result), "id-1"), @r#"<DescribeThingsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><DescribeThingsResult><Truncated>false</Truncated><Names><member>a</member><member>b &amp; c</member></Names><Nothing></Nothing><Tier><Name>WebServer</Name></Tier></DescribeThingsResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DescribeThingsResponse>"#);
    }

    #[test]
    fn an_operation_without_output_has_no_result() {
        insta::assert_snapshot!(success_body(Service::ElasticBeanstalk, "SwapEnvironmentCNAMEs", None, "id-2"), @r#"<SwapEnvironmentCNAMEsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><ResponseMetadata><RequestId>id-2</RequestId></ResponseMetadata></SwapEnvironmentCNAMEsResponse>"#);
    }

    #[test]
    fn an_error_names_type_code_and_message() {
        insta::assert_snapshot!(error_body(Service::ElasticBeanstalk, &ApiError::throttling(), "id-3"), @r#"<ErrorResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>id-3</RequestId></ErrorResponse>"#);
    }

    #[test]
    fn control_characters_never_reach_the_wire() {
        let body = success_body(
            Service::ElasticBeanstalk,
            "X",
            Some(&Structure::new().with("Text", "a\u{0}b\u{1b}c")),
            "id-4",
        );
        assert!(body.contains("<Text>a\u{fffd}b\u{fffd}c</Text>"), "{body}");
    }
}
