//! The events that the functions are invoked with: those of the repository, on this machine.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    Result,
    peer::{ALARM, Peer, UPDATED},
};

/// An event of `function` out of its folder in `functions`; it names `peer` wherever it names a place to call.
pub(crate) fn of(functions: &Path, function: &str, peer: &Peer) -> Result<String> {
    let path = functions.join(function).join("events").join(file(function));
    let read =
        |path: &Path| -> Result<Value> { Ok(serde_json::from_str(&fs::read_to_string(path)?)?) };
    let mut event = read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    merge(&mut event, changes(function, peer));
    Ok(event.to_string())
}

/// The event of a release, where a release has one of `function`.
fn file(function: &str) -> &'static str {
    match function {
        "start" => "start.json",
        "stop" => "stop.json",
        "tail-log" => "deployment-fails.json",
        "lock" => "waits-for-the-lock.json",
        "announce" | "settle" => "aborted.json",
        "fetch" => "fetched.json",
        "version" => "version.json",
        _ => "deploy-a-stack.json",
    }
}

/// What is different on this machine, or makes the function do all that it can.
fn changes(function: &str, peer: &Peer) -> Value {
    let here = json!({ "scheme": "https", "port": peer.port });
    match function {
        "bake" => json!({ "bake": { "alarms": [ALARM] } }),
        "mark" => json!({ "newRelic": { "endpoint": peer.new_relic() } }),
        // The event is of the look that follows; the move itself costs more.
        "swap" => {
            let fit = json!({
                "environment": "Demo-QA-B",
                "version": "v2",
                "updated": UPDATED,
                "allowedHealth": ["Ok"],
            });
            json!({ "step": { "confirm": null, "move": fit } })
        }
        "tail-log" => json!({ "step": "ask" }),
        "verify" => json!({ "warmUp": here }),
        "warm" => json!({ "address": "127.0.0.1", "warmUp": here }),
        _ => json!({}),
    }
}

/// Puts `changes` into `event`, field by field; null takes a field away.
fn merge(event: &mut Value, changes: Value) {
    match (event, changes) {
        (Value::Object(event), Value::Object(changes)) => {
            for (name, change) in changes {
                if change.is_null() {
                    event.remove(&name);
                } else {
                    merge(event.entry(name).or_insert(Value::Null), change);
                }
            }
        }
        (event, change) => *event = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_replaces_adds_and_takes_away() {
        let mut event = json!({ "a": { "b": 1, "c": 2 }, "d": 3 });
        merge(&mut event, json!({ "a": { "b": null, "e": { "f": 4 } }, "d": [5] }));
        assert_eq!(event, json!({ "a": { "c": 2, "e": { "f": 4 } }, "d": [5] }));
    }
}
