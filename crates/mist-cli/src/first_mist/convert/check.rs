//! Checks a draft like `mist config validate`, with stand-ins for the fields that are missing.

use mist_core::stack::config::Config;
use serde_json::{Map, Value, json};

use super::draft::{Draft, DraftStack, NEW_RELIC_SECRET};

/// Checks `draft`. The error is the one that `mist config validate` would report after everything is filled in.
pub(super) fn check(draft: &Draft) -> Result<(), String> {
    let mut stacks = Map::new();
    for (place, stack) in (1..).zip(&draft.stacks) {
        if stacks.insert(stack.name.clone(), settings(place, stack)).is_some() {
            return Err(format!("two stacks are called `{}`", stack.name));
        }
    }
    let config = json!({
        "application": draft.application.or("application"),
        "region": draft.region.or("us-east-1"),
        "artifacts": { "bucket": draft.bucket.or("bucket") },
        "stacks": stacks,
    });
    let cannot = |problem: String| format!("cannot be converted: {problem}");
    let config: Config =
        serde_path_to_error::deserialize(config).map_err(|error| cannot(error.to_string()))?;
    config.check().map_err(cannot)
}

/// The settings of the stack at `place`, which makes its stand-ins unique.
fn settings(place: u32, stack: &DraftStack) -> Value {
    let [a, b] = &stack.environments;
    let mut settings = json!({
        "domain": stack.domain.or(format!("fill-in-{place}.example.com")),
        "hostedZoneId": stack.hosted_zone_id.or("Z1"),
        "environments": {
            "a": a.or(format!("fill-in-{place}-a")),
            "b": b.or(format!("fill-in-{place}-b")),
        },
        "warmUp": {},
    });
    let warm_up = &mut settings["warmUp"];
    if stack.https {
        warm_up["scheme"] = json!("https");
    }
    let fields = [
        ("paths", stack.paths.as_ref().map(|path| json!([path]))),
        ("port", stack.port.map(Value::from)),
        ("basicAuthSecret", stack.basic_auth_secret.clone().map(Value::from)),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            warm_up[field] = value;
        }
    }
    if let Some(application) = &stack.new_relic {
        settings["newRelic"] =
            json!({ "application": application, "apiKeySecret": NEW_RELIC_SECRET });
    }
    settings
}
