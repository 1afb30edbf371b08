//! The tables of mist, as `DynamoDB` answers for them.

use jiff::Timestamp;
use mist_aws::locks::STACKS;
use mist_core::{
    release::{
        history::PastRelease,
        state::{Lease, LiveSide, Phase, StackState, Wait},
    },
    stack::side::Side,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::stage::Stage;
use crate::error::Result;

/// The execution of the events.
pub(crate) const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:mist:release-1";

/// The start of the execution, in seconds since 1970.
pub(crate) const BEGAN: i64 = 1_767_323_045;

/// A time long after any measurement, in seconds since 1970.
const NEVER: i64 = 4_102_444_800;

/// The table of stacks, with one item that a write replaces, and the table of releases, which does not change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    stack: Value,
    release: Value,
}

impl Tables {
    /// The tables at `stage` of the release. `wait` is the wait of its execution.
    pub(crate) fn at(stage: Stage, wait: Option<Wait>) -> Result<Self> {
        let lease = Lease {
            execution: EXECUTION.to_owned(),
            operation: "deploy".to_owned(),
            reason: "deploy v2 by upload".to_owned(),
            since: Timestamp::from_second(BEGAN)?,
            expires: NEVER,
            phase: Phase::Preparing,
            admitted: Some(BEGAN * 1000),
            wait,
        };
        let state = StackState {
            revision: 1,
            fence: 1,
            lease: (stage > Stage::Requested).then_some(lease),
            live: Some(live(stage)?),
            ..StackState::default()
        };
        let mut stack = item(state)?;
        stack["stack"] = json!({ "S": "QA" });
        Ok(Self { stack, release: item(release()?)? })
    }

    /// The answer to a call with this body; `None` if no function makes this call.
    pub(crate) fn answer(&mut self, operation: &str, mut body: Value) -> Option<Value> {
        let locks = body["TableName"] == STACKS;
        Some(match operation {
            "GetItem" if !locks => json!({ "Item": self.release }),
            // The other items of this table are about quotas, which are not used yet.
            "GetItem" if body["Key"]["stack"] != self.stack["stack"] => json!({}),
            "GetItem" => json!({ "Item": self.stack }),
            "PutItem" => {
                if locks {
                    self.stack = body["Item"].take();
                }
                json!({})
            }
            "UpdateItem" => json!({}),
            "Scan" => items(&self.stack),
            "Query" => items(&self.release),
            _ => return None,
        })
    }
}

fn items(item: &Value) -> Value {
    json!({ "Items": [item], "Count": 1, "ScannedCount": 1 })
}

/// The live environment at `stage`.
fn live(stage: Stage) -> Result<LiveSide> {
    let before = LiveSide {
        side: Side::A,
        environment: "Demo-QA-A".parse()?,
        version: Some("v1".to_owned()),
        since: BEGAN - 3600,
        drained: BEGAN - 3480,
        previous: Some("v0".to_owned()),
    };
    if stage < Stage::Swapped {
        return Ok(before);
    }
    Ok(LiveSide {
        side: Side::B,
        environment: "Demo-QA-B".parse()?,
        version: Some("v2".to_owned()),
        since: BEGAN + 240,
        drained: BEGAN + 360,
        previous: Some("v1".to_owned()),
    })
}

/// The release of the execution.
fn release() -> Result<PastRelease> {
    let release = json!({
        "formatVersion": PastRelease::FORMAT,
        "stack": "QA",
        "id": "2026-01-02T03:04:05.000Z/006539AA6D7936ACF5/v2",
        "execution": EXECUTION,
        "operation": "deploy",
        "startedBy": "upload",
        "startedAt": Timestamp::from_second(BEGAN)?,
        "verdict": PastRelease::RUNNING,
        "version": "v2",
    });
    // Parsed as mist's own type, so that a change of the type is noticed.
    Ok(serde_json::from_value(release)?)
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
    use mist_core::release::state::{TaskToken, WaitKind};

    use super::*;

    fn get(tables: &mut Tables, stack: &str) -> Value {
        let body = json!({ "TableName": STACKS, "Key": { "stack": { "S": stack } } });
        tables.answer("GetItem", body).unwrap()["Item"].take()
    }

    #[test]
    fn the_lock_is_held_once_the_release_has_begun() {
        let [requested, begun] = [Stage::Requested, Stage::Begun]
            .map(|stage| get(&mut Tables::at(stage, None).unwrap(), "QA"));
        assert_eq!(requested["lease"], Value::Null);
        assert_eq!(begun["lease"]["M"]["execution"], json!({ "S": EXECUTION }));
        assert_eq!(begun["fence"], json!({ "N": "1" }));
    }

    #[test]
    fn side_b_is_live_after_the_swap() {
        let sides = [Stage::Deployed, Stage::Swapped].map(|stage| {
            get(&mut Tables::at(stage, None).unwrap(), "QA")["live"]["M"]["side"].take()
        });
        assert_eq!(sides, [json!({ "S": "A" }), json!({ "S": "B" })]);
    }

    #[test]
    fn a_stack_is_read_as_it_was_written() {
        let mut tables = Tables::at(Stage::Requested, None).unwrap();
        let written = json!({ "stack": { "S": "QA" }, "fence": { "N": "2" } });
        tables.answer("PutItem", json!({ "TableName": STACKS, "Item": written })).unwrap();
        tables.answer("PutItem", json!({ "TableName": "mist-releases", "Item": {} })).unwrap();
        assert_eq!(get(&mut tables, "QA"), written);
        assert_eq!(get(&mut tables, "#admissions"), Value::Null);
    }

    #[test]
    fn a_wait_is_found_by_a_scan() {
        let since = Timestamp::from_second(BEGAN).unwrap();
        let wait =
            Wait::new(WaitKind::Health, &TaskToken::from("t1"), since, &json!({ "stack": "QA" }));
        let mut tables = Tables::at(Stage::Deployed, Some(wait)).unwrap();
        let found = tables.answer("Scan", json!({ "TableName": STACKS })).unwrap();
        let wait = &found["Items"][0]["lease"]["M"]["wait"]["M"];
        assert_eq!(wait["request"], json!({ "S": "{\"stack\":\"QA\"}" }));
    }

    #[test]
    fn the_release_belongs_to_the_execution() {
        let mut tables = Tables::at(Stage::Begun, None).unwrap();
        let found = tables.answer("Query", json!({ "TableName": "mist-releases" })).unwrap();
        assert_eq!(found["Items"][0]["execution"], json!({ "S": EXECUTION }));
    }
}
