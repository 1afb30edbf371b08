//! Answers as JSON, for clients that accept it. Values have types, and times are seconds since 1970.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::error::ApiError;
use super::structure::{Structure, Value};

/// The body of a success. Operations without output have no result.
pub(super) fn success_body(
    operation: &str,
    result: Option<&Structure>,
    request_id: &str,
) -> String {
    let metadata = json!({ "RequestId": request_id });
    let response = match result {
        Some(result) => {
            json!({ format!("{operation}Result"): result, "ResponseMetadata": metadata })
        }
        None => json!({ "ResponseMetadata": metadata }),
    };
    json!({ format!("{operation}Response"): response }).to_string()
}

/// The body of an error.
pub(super) fn error_body(error: &ApiError, request_id: &str) -> String {
    let details = json!({ "Code": error.code, "Message": error.message, "Type": error.kind() });
    json!({ "Error": details, "RequestId": request_id }).to_string()
}

impl Serialize for Structure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members().len()))?;
        for (name, value) in self.members() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::Integer(number) => serializer.serialize_u64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Time(time) => {
                // Milliseconds fit: 2^53 of them are 285,000 years.
                #[expect(clippy::cast_precision_loss, reason = "dates are near")]
                serializer.serialize_f64(time.as_millisecond() as f64 / 1000.0)
            }
            Self::Structure(structure) => structure.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn leaves_have_types() {
        let result = Structure::new()
            .with("Date", "2026-11-22T14:10:35.193Z".parse::<jiff::Timestamp>().unwrap())
            .with("Abortable", true)
            .with("Count", 3_usize)
            .with("Load", 0.5)
            .with_list("Names", ["a", "b \"c\""]);
        let things = json!({
            "Abortable": true,
            "Count": 3,
            "Date": 1_795_356_635.193,
            "Load": 0.5,
            "Names": ["a", "b \"c\""],
        });
        assert_eq!(
            value(&success_body("DescribeThings", Some(&result), "id-1")),
            json!({"DescribeThingsResponse": {
                "DescribeThingsResult": things,
                "ResponseMetadata": {"RequestId": "id-1"},
            }})
        );
        assert_eq!(
            value(&success_body("SwapThings", None, "id-2")),
            json!({"SwapThingsResponse": {"ResponseMetadata": {"RequestId": "id-2"}}})
        );
    }

    #[test]
    fn an_error_names_code_message_and_type() {
        assert_eq!(
            value(&error_body(&ApiError::throttling(), "id-3")),
            json!({
                "Error": {"Code": "Throttling", "Message": "Rate exceeded", "Type": "Sender"},
                "RequestId": "id-3",
            })
        );
    }

    /// The order of members is not significant.
    fn value(body: &str) -> Value {
        serde_json::from_str(body).unwrap()
    }
}
