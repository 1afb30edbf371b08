//! What mist remembers, as `DynamoDB` tells it.

use jiff::Timestamp;
use mist_core::{
    LiveSide, Side, StackState,
    ledger::{Lease, PastRelease, Phase},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Result;

/// The run that the events are of.
const RUN: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

/// When it began, in seconds since 1970.
pub(crate) const BEGAN: i64 = 1_767_323_045;

/// Long after any measurement, in seconds since 1970.
const NEVER: i64 = 4_102_444_800;

/// The item of the stack; the run has its lock if it is `locked`.
pub(crate) fn stack(locked: bool) -> Result<Value> {
    let since = Timestamp::from_second(BEGAN)?;
    let lease = Lease {
        run: RUN.to_owned(),
        operation: "deploy".to_owned(),
        reason: "deploy v2 by upload".to_owned(),
        since,
        expires: NEVER,
        phase: Phase::Preparing,
    };
    let live = LiveSide {
        side: Side::A,
        environment: "Demo-QA-A".parse()?,
        version: Some("v1".to_owned()),
        since: BEGAN - 3600,
        drained: BEGAN - 3480,
        previous: Some("v0".to_owned()),
    };
    let state = StackState {
        revision: 1,
        fence: 1,
        lease: locked.then_some(lease),
        live: Some(live),
        ..StackState::default()
    };
    Ok(json!({ "Item": item(state)? }))
}

/// The releases of the stack: the one of the run.
pub(crate) fn releases() -> Result<Value> {
    let release = json!({
        "formatVersion": PastRelease::FORMAT,
        "stack": "QA",
        "id": "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2",
        "run": RUN,
        "operation": "deploy",
        "startedBy": "upload",
        "startedAt": Timestamp::from_second(BEGAN)?,
        "verdict": PastRelease::RUNNING,
        "version": "v2",
    });
    // Read as what it must be, so that it cannot fall behind.
    let release: PastRelease = serde_json::from_value(release)?;
    Ok(json!({ "Items": [item(release)?], "Count": 1, "ScannedCount": 1 }))
}

fn item(value: impl Serialize) -> Result<Value> {
    Ok(attribute(serde_json::to_value(value)?)["M"].take())
}

fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(value) => json!({ "N": value.to_string() }),
        Value::String(value) => json!({ "S": value }),
        Value::Array(values) => {
            json!({ "L": values.into_iter().map(attribute).collect::<Vec<_>>() })
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, attribute(value)));
            json!({ "M": fields.collect::<Map<_, _>>() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_locked_stack_has_a_lease() {
        let [free, locked] = [false, true].map(|locked| stack(locked).unwrap());
        assert_eq!(free["Item"]["lease"], Value::Null);
        assert_eq!(locked["Item"]["lease"]["M"]["run"], json!({ "S": RUN }));
        assert_eq!(locked["Item"]["fence"], json!({ "N": "1" }));
    }

    #[test]
    fn the_release_is_of_the_run() {
        assert_eq!(releases().unwrap()["Items"][0]["run"], json!({ "S": RUN }));
    }
}
