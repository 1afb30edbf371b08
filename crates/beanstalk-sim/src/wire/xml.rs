//! Answers as XML.

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::error::ApiError;
use super::structure::{Structure, Value};

const NAMESPACE: &str = "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/";

/// The body of a success; operations without output have no result element.
pub(crate) fn success_body(
    operation: &str,
    result: Option<&Structure>,
    request_id: &str,
) -> String {
    document(&format!("{operation}Response"), |writer| {
        if let Some(result) = result {
            write_structure(writer, &format!("{operation}Result"), result)?;
        }
        write_structure(writer, "ResponseMetadata", &Structure::new().with("RequestId", request_id))
    })
}

/// The body of an error.
pub(crate) fn error_body(error: &ApiError, request_id: &str) -> String {
    let details = Structure::new()
        .with("Type", error.kind())
        .with("Code", error.code)
        .with("Message", &error.message);
    document("ErrorResponse", |writer| {
        write_structure(writer, "Error", &details)?;
        write_value(writer, "RequestId", &Value::from(request_id))
    })
}

fn document(root: &str, content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>) -> String {
    let mut writer = Writer::new(Vec::new());
    // Writing to memory does not fail.
    let _ = writer
        .create_element(root)
        .with_attribute(("xmlns", NAMESPACE))
        .write_inner_content(content);
    String::from_utf8_lossy(&writer.into_inner()).into_owned()
}

fn write_structure(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    structure: &Structure,
) -> io::Result<()> {
    writer.create_element(name).write_inner_content(|writer| {
        structure.members().iter().try_for_each(|(name, value)| write_value(writer, name, value))
    })?;
    Ok(())
}

fn write_value(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Text(text) => {
            writer.create_element(name).write_text_content(BytesText::new(&printable(text)))?;
        }
        Value::Structure(structure) => write_structure(writer, name, structure)?,
        Value::List(values) => {
            writer.create_element(name).write_inner_content(|writer| {
                values.iter().try_for_each(|value| write_value(writer, "member", value))
            })?;
        }
    }
    Ok(())
}

/// XML 1.0 has no place for most control characters, not even escaped.
fn printable(text: &str) -> String {
    text.replace(
        |c: char| {
            (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
                || c == '\u{fffe}'
                || c == '\u{ffff}'
        },
        "\u{fffd}",
    )
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

        insta::assert_snapshot!(success_body("DescribeThings", Some(&result), "id-1"), @r#"<DescribeThingsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><DescribeThingsResult><Truncated>false</Truncated><Names><member>a</member><member>b &amp; c</member></Names><Nothing></Nothing><Tier><Name>WebServer</Name></Tier></DescribeThingsResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DescribeThingsResponse>"#);
    }

    #[test]
    fn an_operation_without_output_has_no_result() {
        insta::assert_snapshot!(success_body("SwapEnvironmentCNAMEs", None, "id-2"), @r#"<SwapEnvironmentCNAMEsResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><ResponseMetadata><RequestId>id-2</RequestId></ResponseMetadata></SwapEnvironmentCNAMEsResponse>"#);
    }

    #[test]
    fn an_error_names_type_code_and_message() {
        insta::assert_snapshot!(error_body(&ApiError::throttling(), "id-3"), @r#"<ErrorResponse xmlns="http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error><RequestId>id-3</RequestId></ErrorResponse>"#);
    }

    #[test]
    fn control_characters_never_reach_the_wire() {
        let body =
            success_body("X", Some(&Structure::new().with("Text", "a\u{0}b\u{1b}c")), "id-4");
        assert!(body.contains("<Text>a\u{fffd}b\u{fffd}c</Text>"), "{body}");
    }
}
