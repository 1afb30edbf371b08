//! The document that a command prints for programs: one at every exit, in one form.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// The version of the form of documents. It increases with each change that is not an addition.
const FORMAT_VERSION: u32 = 1;

/// What the command has found or done so far. A process prints one document, at its end, whatever happens until then.
static KEPT: Mutex<Kept> = Mutex::new(Kept { execution: None, result: None, is_file: false });

#[derive(Debug, Default)]
struct Kept {
    execution: Option<String>,
    result: Option<Value>,
    /// Whether the command has printed a file in place of a document.
    is_file: bool,
}

/// Keeps the result of the command.
pub(crate) fn result(result: &impl Serialize) {
    // No type of a result has keys that are no texts.
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).result = Some(json!(result));
}

/// Keeps that the command has printed a file, which a document would spoil.
pub(super) fn is_file() {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).is_file = true;
}

/// Keeps the ARN of the execution that the command has started, or follows.
pub(crate) fn execution(arn: &str) {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).execution = Some(arn.to_owned());
}

/// The document of `command`, which ended with `failure` or succeeded; `None` if it has printed a file.
pub(super) fn take(command: &str, failure: Option<&Failure>) -> Option<String> {
    let kept = std::mem::take(&mut *KEPT.lock().unwrap_or_else(PoisonError::into_inner));
    (!kept.is_file).then(|| format!("{:#}", document(command, &kept, failure)))
}

fn document(command: &str, kept: &Kept, failure: Option<&Failure>) -> Value {
    let error = failure.map(|failure| {
        let cause = match failure {
            Failure::Operation { cause, .. } => json!(cause),
            _ => Value::Null,
        };
        json!({ "name": failure.name(), "message": failure.message(), "cause": cause })
    });
    without_nulls(json!({
        "formatVersion": FORMAT_VERSION,
        "command": command,
        "exitCode": failure.map_or(0, Failure::code),
        "execution": kept.execution,
        "result": kept.result,
        "error": error,
    }))
}

/// `value` without the fields that are null: what is unknown is absent.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            let fields = fields.map(|(name, value)| (name, without_nulls(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_has_the_command_and_the_exit_code() {
        let result = json!({ "free": true, "lease": null });
        let kept = Kept { result: Some(result), ..Kept::default() };
        let expected = json!({
            "formatVersion": 1, "command": "lock status", "exitCode": 0, "result": { "free": true },
        });
        assert_eq!(document("lock status", &kept, None), expected);
    }

    #[test]
    fn a_failure_has_its_name_its_cause_and_what_is_known_besides() {
        let failure = Failure::operation("Mist.Locked", "stack `QA` is locked".to_owned());
        let kept = Kept {
            execution: Some("arn:1".to_owned()),
            result: Some(json!([null, 1])),
            ..Kept::default()
        };
        let document = document("deploy", &kept, Some(&failure));
        assert_eq!((&document["exitCode"], &document["execution"]), (&json!(6), &json!("arn:1")));
        let error = &document["error"];
        assert_eq!(
            (&error["name"], &error["message"]),
            (&json!("Mist.Locked"), &json!("stack `QA` is locked"))
        );
        assert_eq!(error["cause"]["error"], "Mist.Locked");
        assert_eq!(document["result"], json!([null, 1]), "a place in a list is not left out");
    }

    #[test]
    fn a_failure_without_a_name_has_a_message() {
        let document =
            document("version", &Kept::default(), Some(&Failure::Usage("no".to_owned())));
        let expected = json!({
            "formatVersion": 1, "command": "version", "exitCode": 2, "error": { "message": "no" },
        });
        assert_eq!(document, expected);
    }
}
