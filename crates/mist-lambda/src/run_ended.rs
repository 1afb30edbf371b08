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
