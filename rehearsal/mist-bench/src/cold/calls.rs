//! The measured calls of functions: the events of the repository, with the addresses of this machine.

use std::{fs, path::Path};

use jiff::Timestamp;
use mist_core::release::state::{TaskToken, Wait, WaitKind};
use serde_json::{Value, json};

use crate::{
    error::Result,
    peer::{ALARM, Peer, UPDATED},
};

/// A call of a function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The function.
    pub(crate) function: String,
    /// The name of the call, which is that of the function unless it has two calls.
    pub(crate) name: String,
    /// The event.
    pub(crate) event: String,
    /// The wait in the lease of the stack before the call.
    pub(crate) wait: Option<Wait>,
    /// Whether the call ends the wait of a task.
    pub(crate) ends_wait: bool,
}

/// The calls of `function`: that of a release, and also a look if the function looks at waits.
pub(crate) fn of(functions: &Path, function: &str, peer: &Peer) -> Result<Vec<Call>> {
    let event = event(functions, function, peer)?;
    let call = Call {
        function: function.to_owned(),
        name: function.to_owned(),
        event: event.to_string(),
        wait: None,
        ends_wait: function == "begin",
    };
    let kind = match function {
        "wait-ready" => WaitKind::Health,
        "bake" => WaitKind::Bake,
        _ => return Ok(vec![call]),
    };
    let token = TaskToken::from(event["token"].as_str().unwrap_or_default());
    let look = Call {
        name: format!("{function} (look)"),
        event: json!({ "Records": [{ "body": r#"{"wake":"timer"}"# }] }).to_string(),
        wait: Some(Wait::new(kind, &token, Timestamp::now(), &event["request"])),
        ends_wait: true,
        ..call.clone()
    };
    Ok(vec![call, look])
}

/// The event of `function` from its folder in `functions`, with the addresses of `peer`.
pub(crate) fn event(functions: &Path, function: &str, peer: &Peer) -> Result<Value> {
    let path = functions.join(function).join("events").join(file(function));
    let read =
        |path: &Path| -> Result<Value> { Ok(serde_json::from_str(&fs::read_to_string(path)?)?) };
    let mut event = read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    merge(&mut event, changes(function, peer));
    Ok(event)
}

/// The file with the event of a release, or of another execution if a release has none.
fn file(function: &str) -> &'static str {
    match function {
        "fetch" => "fetched.json",
        "notify" | "reconcile" => "aborted.json",
        "version" => "version.json",
        _ => "deploy-a-stack.json",
    }
}

/// The changes of the event for this machine, and for the longest path through the function.
fn changes(function: &str, peer: &Peer) -> Value {
    let here = json!({ "scheme": "https", "port": peer.port });
    match function {
        "bake" => json!({ "request": { "bake": { "alarms": [ALARM] } } }),
        "mark" => json!({ "newRelic": { "endpoint": peer.new_relic() } }),
        "swap" => json!({ "updated": UPDATED }),
        "verify" => json!({ "warmUp": here }),
        "warm" => json!({ "address": "127.0.0.1", "warmUp": here }),
        _ => json!({}),
    }
}

/// Merges `changes` into `event`, field by field.
fn merge(event: &mut Value, changes: Value) {
    match (event, changes) {
        (Value::Object(event), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(event.entry(name).or_insert(Value::Null), change);
            }
        }
        (event, change) => *event = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_replaces_and_adds() {
        let mut event = json!({ "a": { "b": 1, "c": 2 }, "d": 3 });
        merge(&mut event, json!({ "a": { "b": 4, "e": { "f": 5 } }, "d": [6] }));
        assert_eq!(event, json!({ "a": { "b": 4, "c": 2, "e": { "f": 5 } }, "d": [6] }));
    }

    #[tokio::test]
    async fn functions_that_look_have_two_calls() {
        let functions = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions"));
        let peer = Peer::start().await.unwrap();
        let names = |function: &str| {
            let calls = of(functions, function, &peer).unwrap();
            calls.into_iter().map(|call| (call.name, call.ends_wait)).collect::<Vec<_>>()
        };
        assert_eq!(names("begin"), [("begin".to_owned(), true)]);
        assert_eq!(names("plan"), [("plan".to_owned(), false)]);
        let both = [("bake".to_owned(), false), ("bake (look)".to_owned(), true)];
        assert_eq!(names("bake"), both);
    }
}
