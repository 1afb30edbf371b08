//! The answers in the examples are such as the functions really give.

use mist_core::{Change, ChangeStatus, Error, Side, ports::Outcome};
use mist_testkit::{FakeArtifacts, FakeBeanstalk, FakeDns, FakeStacks, environment, stack};
use serde_json::{Value, json};

use crate::{
    asl::definition::State,
    examples::{Example, update},
    project::{self, Result, none},
};

type World = plan::World<FakeStacks, FakeDns, FakeBeanstalk, FakeArtifacts>;

/// The world of every example: stack `QA`, whose side A is live with `v1`. Side B has `v0`, and `v2` was
/// uploaded.
fn world() -> Result<World> {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let stack = stack()?;
    let beanstalk = FakeBeanstalk::with([a.clone(), b]);
    for label in ["v0", "v1"] {
        let status = mist_core::VersionStatus::Usable;
        beanstalk.put_version(
            "Demo",
            label,
            mist_core::ApplicationVersion { bundle: None, status },
        );
    }
    Ok(World {
        dns: FakeDns::leading(stack.record(), &a.cname),
        stacks: FakeStacks::with(stack),
        beanstalk,
        artifacts: FakeArtifacts::with([("releases/QA/v2.zip", b"PK\x03\x04")]),
    })
}

/// What the `plan` function answers to `input` in that world, as an example writes it down.
async fn plan(input: Value) -> Result<Value> {
    match plan::run(&world()?, plan::Request { input }).await {
        Ok(response) => Ok(json!({"payload": response})),
        Err(error) => Ok(json!({"error": error.code(), "message": error.to_string()})),
    }
}

#[tokio::test]
async fn the_plans_in_the_examples_are_those_that_the_code_makes() -> Result {
    let mut problems = Vec::new();
    for mut example in Example::all()? {
        let real = plan(example.input()).await?;
        if update() {
            example.answer("Plan", &real)?;
        }
        let told = example.answers().find(|(state, _)| *state == "Plan").map(|(_, answer)| answer);
        if told != Some(&real) {
            problems.push(format!(
                "{}: the code makes another plan now; right? then run this again with UPDATE=1",
                example.name
            ));
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn the_answers_in_the_examples_have_the_shape_of_real_ones() -> Result {
    let machine = project::machine()?;
    let mut problems = Vec::new();
    for example in Example::all()? {
        for (state, answer) in example.answers() {
            let place = format!("{}: `{state}`", example.name);
            if let Some(error) = answer.get("error").and_then(Value::as_str) {
                let known = !error.starts_with("Mist.") || Error::NAMES.contains(&error);
                if !known {
                    problems.push(format!("{place}: no function raises `{error}`"));
                }
                continue;
            }
            let function = machine.state(state).and_then(State::function).unwrap_or_default();
            let payload = answer.get("payload").unwrap_or(&Value::Null);
            let real = real(function)?;
            // Plans are compared whole.
            if function != "Plan" && !real.iter().any(|real| alike(real, payload)) {
                problems.push(format!(
                    "{place}: {function} never answers {payload}; it answers like {}",
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
    let change = Change { id: String::new(), status: ChangeStatus::Insync };
    let text = String::new;
    Ok(match function {
        "Deploy" => vec![json!(deploy::Response {
            request_id: Some(text()),
            already_running: false,
            since: "2026-01-02T03:04:05Z".parse()?,
        })],
        "Mark" => vec![
            json!(Outcome::Done { id: text() }),
            json!(Outcome::Warning { reason: text() }),
            json!(Outcome::Skipped { reason: text() }),
        ],
        "Swap" => vec![json!(swap::Response { from: text(), to: text(), change: Some(change) })],
        "Version" => vec![json!(version::Response {
            stack: "QA".parse()?,
            domain: text(),
            leads_to: text(),
            live: Some(Side::A),
            sides: [side()?, side()?],
            summary: text(),
        })],
        "WaitReady" => {
            vec![json!(wait_ready::Response { health: text(), address: text(), seconds: 0 })]
        }
        "Warm" => vec![json!(warm::Response {
            requests: 0,
            tries: 0,
            p50_ms: 0.0,
            p90_ms: 0.0,
            p99_ms: 0.0,
            max_ms: 0.0,
        })],
        _ => Vec::new(),
    })
}

fn side() -> Result<version::SideReport> {
    Ok(version::SideReport {
        side: Side::A,
        environment: String::new(),
        version: Some(String::new()),
        status: String::new(),
        health: String::new(),
        live: true,
        since: Some("2026-01-02T03:04:05Z".parse()?),
    })
}

/// Whether two answers have the same fields of the same types; null stands for any type.
fn alike(real: &Value, told: &Value) -> bool {
    match (real, told) {
        (Value::Object(real), Value::Object(told)) => {
            real.len() == told.len()
                && real
                    .iter()
                    .all(|(key, real)| told.get(key).is_some_and(|told| alike(real, told)))
        }
        (Value::Array(real), Value::Array(told)) => {
            real.len() == told.len() && real.iter().zip(told).all(|(real, told)| alike(real, told))
        }
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::String(real), Value::String(told)) if real == "done" || told == "done" => {
            real == told
        }
        (Value::String(_), Value::String(_)) => true,
        (Value::Number(_), Value::Number(_)) => true,
        (Value::Bool(_), Value::Bool(_)) => true,
        _ => false,
    }
}

#[test]
fn an_answer_with_a_misspelt_missing_or_added_field_is_not_alike() {
    let real = json!({"health": "Green", "seconds": 1, "change": {"id": "C1"}});
    assert!(alike(&real, &json!({"health": "Red", "seconds": 2, "change": null})));
    assert!(!alike(&real, &json!({"wellness": "Red", "seconds": 2, "change": null})));
    assert!(!alike(&real, &json!({"health": "Red", "seconds": 2})));
    assert!(!alike(&real, &json!({"health": "Red", "seconds": "2", "change": null})));
    assert!(!alike(&real, &json!({"health": "Red", "seconds": 2, "change": {"id": "C1", "x": 1}})));
}
