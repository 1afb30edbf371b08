//! The answers in the examples have the shape of the real ones.

use mist_core::{
    beanstalk::capacity::Capacity,
    checksum::Checksum,
    dns::record::Change,
    error::Error,
    ports::Outcome,
    release::{
        request::{Fetched, ReleaseRequest},
        stack_report::{NameReport, Role, SideReport, StackReport},
    },
    stack::side::Side,
};
use mist_testkit::{FakeDns, stack};
use serde_json::{Value, json};

use crate::{
    asl::{definition::State, interpreter::Call},
    example::Example,
    project::{self, Result, none},
};

#[test]
fn the_answers_in_the_examples_have_the_shape_of_real_ones() -> Result {
    let machine = project::machine()?;
    let mut problems = Vec::new();
    for example in Example::all()? {
        for (state, answer) in example.answers().filter(|(_, answer)| *answer != "usual") {
            let place = format!("{}: `{state}`", example.name);
            if let Some(error) = answer.get("fails").and_then(Value::as_str) {
                let known = !error.starts_with("Mist.") || Error::NAMES.contains(&error);
                if !known {
                    problems.push(format!("{place}: no function raises `{error}`"));
                }
                continue;
            }
            let Some(function) = machine.state(state).and_then(State::function) else {
                problems.push(format!("{place}: no state of that name calls a function"));
                continue;
            };
            let real = real(function)?;
            if !real.iter().any(|real| alike(real, answer)) {
                problems.push(format!(
                    "{place}: {function} never answers {answer}; it answers like {}",
                    json!(real)
                ));
            }
        }
    }
    none(&problems);
    Ok(())
}

/// Answers of a function, one of each shape.
fn real(function: &str) -> Result<Vec<Value>> {
    let text = String::new;
    let capacity = Capacity { min: 0, max: 0, desired: 0 };
    Ok(match function {
        "Bake" => vec![json!(bake::Response {
            verdict: bake::Verdict::Good,
            reason: Some(text()),
            seconds: 0,
        })],
        "Deploy" => vec![json!(deploy::Response {
            request_id: Some(text()),
            already_running: false,
            since: "2026-01-02T03:04:05Z".parse()?,
            started: false,
        })],
        "Fetch" => vec![fetched()?],
        "Mark" => vec![
            json!(Outcome::Done { id: text() }),
            json!(Outcome::Warning { code: text(), reason: text() }),
            json!(Outcome::Skipped { reason: text() }),
        ],
        "Scale" => {
            let action = |action| scale::Response { action, ..scale::Response::default() };
            let (instances, live_instances) = (Some(0), Some(0));
            vec![
                json!(action("none")),
                json!(scale::Response { instances, live_instances, ..action("match") }),
                json!(scale::Response {
                    instances,
                    live_instances,
                    problem: Some(text()),
                    ..action("match")
                }),
                json!(scale::Response { problem: Some(text()), ..action("match") }),
                json!(scale::Response {
                    instances,
                    remembered: Some(capacity),
                    health: Some(text()),
                    ..action("start")
                }),
                json!(scale::Response { instances, remembered: Some(capacity), ..action("stop") }),
            ]
        }
        "Swap" => vec![json!(swap::Response {
            from: text(),
            to: text(),
            records: FakeDns::pointing(stack()?.names(), "").current().into_iter().collect(),
            change: Some(Change { id: text() }),
        })],
        "Verify" => vec![json!(verify::Response { servers: 0, seconds: 0 })],
        "Version" => vec![json!(StackReport {
            stack: "QA".parse()?,
            domain: text(),
            target: text(),
            names: vec![NameReport {
                name: text(),
                kind: text(),
                target: text(),
                side: Some(Side::A),
            }],
            unlisted: Some(Vec::new()),
            live: Some(Side::A),
            sides: [side()?, side()?],
            summary: text(),
        })],
        "WaitReady" => vec![json!(wait_ready::Response {
            target: wait_ready::Target {
                address: text(),
                updated: Some("2026-01-02T03:04:05Z".parse()?),
                instances: Some(0),
            },
            health: text(),
            seconds: 0,
        })],
        "Warm" => vec![json!(warm::Response {
            requests: 0,
            tries: 0,
            p50_ms: 0.0,
            p90_ms: 0.0,
            p99_ms: 0.0,
            max_ms: 0.0,
        })],
        // These are called.
        _ => Vec::new(),
    })
}

/// The answer of `fetch`: its release has only the fields that fetching adds.
fn fetched() -> Result<Value> {
    let calls = Example::named("fetched")?.calls()?;
    let sent = calls.into_iter().find(|Call { function, .. }| function == "Fetch");
    let sent = sent.ok_or("nothing is fetched")?.payload["release"].clone();
    let mut release: ReleaseRequest = serde_json::from_value(sent)?;
    release.version = Some("v2".parse()?);
    release.fetched = Some(Fetched {
        key: String::new(),
        checksum: Checksum::of(b""),
        commit: String::new(),
        changelog: Some(String::new()),
    });
    let response = fetch::Response {
        release,
        commit: "0123456".parse()?,
        size: 0,
        already_there: false,
        warnings: vec![String::new()],
    };
    let mut response = json!(response);
    let added = json!({
        "version": response["release"]["version"],
        "fetched": response["release"]["fetched"],
    });
    response["release"] = added;
    Ok(response)
}

fn side() -> Result<SideReport> {
    Ok(SideReport {
        side: Side::A,
        environment: String::new(),
        version: Some(String::new()),
        status: String::new(),
        health: String::new(),
        live: true,
        role: Role::Live,
        since: Some("2026-01-02T03:04:05Z".parse()?),
    })
}

/// Whether two answers have the same fields of the same types; null stands for any type. A text that names the
/// kind of an answer must be the same.
fn alike(real: &Value, shown: &Value) -> bool {
    match (real, shown) {
        (Value::Object(real), Value::Object(shown)) => {
            let field = |(key, shown): (&String, &Value)| {
                let any = !["action", "outcome"].contains(&key.as_str());
                real.get(key).is_some_and(|real| alike(real, shown) && (any || real == shown))
            };
            real.len() == shown.len() && shown.iter().all(field)
        }
        (Value::Array(real), Value::Array(shown)) => {
            let first = real.first().unwrap_or(&Value::Null);
            shown.iter().all(|shown| alike(first, shown))
        }
        (Value::Null, _) | (_, Value::Null) => true,
        (real, shown) => std::mem::discriminant(real) == std::mem::discriminant(shown),
    }
}

#[test]
fn an_answer_with_a_misspelt_missing_or_added_field_is_not_alike() {
    let real =
        json!({"action": "match", "seconds": 1, "change": {"id": "C1"}, "sides": [{"a": 1}]});
    let shown = |shown: Value| alike(&real, &shown);
    let sides = json!([{"a": 1}, {"a": 2}]);
    assert!(shown(json!({"action": "match", "seconds": 2, "change": null, "sides": sides})));
    assert!(!shown(json!({"action": "none", "seconds": 2, "change": null, "sides": []})));
    assert!(!shown(json!({"action": "match", "seconds": 2})));
    assert!(!shown(json!({"action": "match", "seconds": "2", "change": null, "sides": []})));
    assert!(!shown(json!({"action": "match", "seconds": 2, "change": {"x": 1}, "sides": []})));
    assert!(!shown(json!({"action": "match", "seconds": 2, "change": null, "sides": [{"b": 1}]})));
}
