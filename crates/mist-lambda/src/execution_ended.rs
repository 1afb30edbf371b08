//! The event of Step Functions at the end of an execution.

use mist_core::{names::StackName, release::request::stack_of};
use serde::Deserialize;
use serde_json::Value;

/// The event of Step Functions at the end of an execution.
// The event has more fields, and new ones can come.
#[derive(Debug, Deserialize)]
pub struct ExecutionEnded {
    /// The execution.
    pub detail: Ended,
}

/// An execution that ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// The ARN.
    pub execution_arn: String,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// The input as JSON text; absent if it is too large for the event.
    pub input: Option<String>,
    /// The end, in milliseconds since 1970.
    pub stop_date: Option<i64>,
    /// The name of the error.
    pub error: Option<String>,
    /// The cause of the error.
    pub cause: Option<String>,
}

impl Ended {
    /// The stack of the execution; `None` if its input names none.
    pub fn stack(&self) -> Option<StackName> {
        stack_of(&self.read()?)
    }

    /// The operation that a person or a schedule requested; `None` for an upload.
    pub fn operation(&self) -> Option<String> {
        Some(self.read()?.get("operation")?.as_str()?.to_owned())
    }

    fn read(&self) -> Option<Value> {
        serde_json::from_str(self.input.as_deref()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(input: &str) -> Ended {
        Ended {
            execution_arn: String::new(),
            status: "SUCCEEDED".to_owned(),
            input: Some(input.to_owned()),
            stop_date: None,
            error: None,
            cause: None,
        }
    }

    #[test]
    fn the_stack_of_an_execution_is_in_its_input() {
        let stack = |input: &str| ended(input).stack().map(|stack| stack.to_string());
        assert_eq!(stack(r#"{"operation": "swap", "stack": "QA"}"#).as_deref(), Some("QA"));
        let upload = r#"{"detail": {"object": {"key": "releases/LIVE/v2.zip"}}}"#;
        assert_eq!(stack(upload).as_deref(), Some("LIVE"));
        assert_eq!(ended(upload).operation(), None);
        for invalid in
            ["", "7", "{}", r#"{"stack": "Q/A"}"#, r#"{"detail": {"object": {"key": "x"}}}"#]
        {
            assert_eq!(stack(invalid), None, "{invalid}");
        }
    }
}
