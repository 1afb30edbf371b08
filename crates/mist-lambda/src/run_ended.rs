//! What Step Functions tells EventBridge when a run ends.

use mist_core::{ArtifactKey, StackName};
use serde::Deserialize;
use serde_json::Value;

/// What Step Functions tells EventBridge when a run ends.
// It has many more fields, and gets new ones.
#[derive(Debug, Deserialize)]
pub struct RunEnded {
    /// The run.
    pub detail: Ended,
}

/// A run that ended.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// Its ARN.
    pub execution_arn: String,
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// Its input, as text; null when it is too large to tell.
    pub input: Option<String>,
    /// When it ended, in milliseconds since 1970.
    pub stop_date: Option<i64>,
    /// The name of what went wrong.
    pub error: Option<String>,
    /// What was said about it.
    pub cause: Option<String>,
}

impl Ended {
    /// The stack that the run was for: what it was asked for, or where the upload was made to. `None` when
    /// its input names none.
    pub fn stack(&self) -> Option<StackName> {
        let input = self.read()?;
        if let Some(key) = input.pointer("/detail/object/key").and_then(Value::as_str) {
            return ArtifactKey::parse(key).ok().map(|key| key.stack);
        }
        input.get("stack")?.as_str()?.parse().ok()
    }

    /// What a person or a schedule asked for; `None` for an upload.
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
    fn the_stack_of_a_run_is_in_its_input() {
        let stack = |input: &str| ended(input).stack().map(|stack| stack.to_string());
        assert_eq!(stack(r#"{"operation": "swap", "stack": "QA"}"#).as_deref(), Some("QA"));
        let upload = r#"{"detail": {"object": {"key": "releases/LIVE/v2.zip"}}}"#;
        assert_eq!(stack(upload).as_deref(), Some("LIVE"));
        assert_eq!(ended(upload).operation(), None);
        for nonsense in
            ["", "7", "{}", r#"{"stack": "Q/A"}"#, r#"{"detail": {"object": {"key": "x"}}}"#]
        {
            assert_eq!(stack(nonsense), None, "{nonsense}");
        }
    }
}
