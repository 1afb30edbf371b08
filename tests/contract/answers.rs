//! The answers in the examples are such as the functions really give.

use jiff::Timestamp;
use mist_core::{
    Asked, Change, ChangeStatus, Error, LiveSide, Side, Sizes, Stack, StackState, ledger::Stopped,
    ports::Outcome,
};
use mist_testkit::{
    FakeAlarms, FakeArtifacts, FakeBeanstalk, FakeClock, FakeDns, FakeGroups, FakeLedger,
    FakeStacks, START, environment, stack,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    asl::definition::State,
    examples::{Example, update},
    project::{self, Result, none},
};

/// What was fetched in the examples.
const FETCHED: &str = "fetched/Demo/git-0123456789abcdef0123456789abcdef01234567-1767323044000.zip";

type World = plan::World<
    FakeStacks,
    FakeDns,
    FakeBeanstalk,
    FakeArtifacts,
    FakeGroups,
    FakeLedger,
    FakeAlarms,
    FakeClock,
>;

/// The world of every example: stack `QA`, whose side A is live with `v1`. Side B has `v0`, which was live
/// before, and `v2` was uploaded.
fn world(stack: Stack, idle_instances: u32) -> Result<World> {
    let (a, b) = (environment("Demo-QA-A", "v1"), environment("Demo-QA-B", "v0"));
    let beanstalk = FakeBeanstalk::with([a.clone(), b]);
    for label in ["v0", "v1"] {
        let status = mist_core::VersionStatus::Usable;
        beanstalk.put_version(
            "Demo",
            label,
            mist_core::ApplicationVersion { bundle: None, status },
        );
    }
    let live = LiveSide {
        side: Side::A,
        environment: "Demo-QA-A".parse()?,
        version: Some("v1".to_owned()),
        since: START - 3600,
        drained: START - 3480,
        previous: Some("v0".to_owned()),
    };
    let sizes = Sizes { min: 1, max: 4, desired: 2 };
    let stopped = Stopped { environment: "Demo-QA-B".parse()?, sizes };
    Ok(World {
        dns: FakeDns::leading(stack.record(), &a.cname),
        stacks: FakeStacks::with(stack),
        beanstalk,
        artifacts: FakeArtifacts::with([
            (FETCHED, b"PK\x03\x04"),
            ("releases/QA/v2.zip", b"PK\x03\x04"),
        ]),
        groups: FakeGroups::with([("Demo-QA-A", 1), ("Demo-QA-B", idle_instances)]),
        ledger: FakeLedger::with(
            "QA",
            StackState { live: Some(live), stopped_b: Some(stopped), ..StackState::default() },
        ),
        alarms: FakeAlarms::default(),
        clock: FakeClock::default(),
    })
}

/// What the `accept` function answers to `input` in that world.
async fn accept(stack: Stack, input: Value) -> Result<Asked, Error> {
    let request = accept::Request {
        input,
        name: "release-1".to_owned(),
        started_at: Timestamp::from_second(START).unwrap_or_default(),
    };
    accept::run(&FakeStacks::with(stack), request).await
}

/// What is asked for once the version was fetched, as the example says.
fn with_fetched(asked: Asked, example: &Example) -> Result<Asked> {
    let mut answers = example.answers().filter(|(state, _)| *state == "Fetch the version");
    match answers.find_map(|(_, answer)| answer.get("payload")) {
        Some(payload) => Ok(serde_json::from_value(payload["asked"].clone())?),
        None => Ok(asked),
    }
}

/// A request whose version was fetched.
fn fetched() -> Result<Asked> {
    let examples = Example::all()?;
    let example = examples.iter().find(|it| it.name == "fetched").ok_or("there is no `fetched`")?;
    let mut answers = example.answers().filter(|(state, _)| *state == "Accept");
    let (_, answer) = answers.next().ok_or("nothing was accepted")?;
    let mut asked: Asked = serde_json::from_value(answer["payload"].clone())?;
    asked.version = Some("v2".parse()?);
    asked.fetched = Some(mist_core::Fetched { key: String::new(), etag: String::new() });
    Ok(asked)
}

/// The stack `QA` with the settings of an example.
fn stack_of(example: &Example) -> Result<Stack> {
    let mut stack = json!(stack()?);
    for (field, value) in example.settings().as_object().into_iter().flatten() {
        stack["settings"][field] = value.clone();
    }
    Ok(serde_json::from_value(stack)?)
}

/// What a function answers, as an example writes it down.
fn written<T: Serialize>(answer: &Result<T, Error>) -> Value {
    match answer {
        Ok(response) => json!({"payload": response}),
        Err(error) => json!({"error": error.code(), "message": error.to_string()}),
    }
}

#[tokio::test]
async fn requests_and_plans_in_the_examples_are_those_that_the_code_makes() -> Result {
    let mut problems = Vec::new();
    for mut example in Example::all()? {
        let stack = stack_of(&example)?;
        let asked = accept(stack.clone(), example.input()).await;
        let mut real = vec![("Accept", written(&asked))];
        if let Ok(asked) = asked {
            let asked = with_fetched(asked, &example)?;
            let world = world(stack, example.idle_instances()?)?;
            real.push(("Plan", written(&plan::run(&world, plan::Request { asked }).await)));
        }
        for (state, real) in real {
            let found = |example: &Example| {
                let mut answers = example.answers().filter(|(name, _)| *name == state);
                answers.next().map(|(_, answer)| answer.clone())
            };
            // Not every run gets as far as a plan.
            let Some(told) = found(&example) else { continue };
            let failed = |answer: &Value| answer.get("error").is_some();
            let made_up = failed(&told) && !failed(&real);
            if !made_up && update() {
                example.answer(state, &real)?;
            }
            if !made_up && found(&example) != Some(real) {
                problems.push(format!(
                    "{}: `{state}` answers differently now; right? then run this again with UPDATE=1",
                    example.name
                ));
            }
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
            let Some(function) = machine.state(state).and_then(State::function) else { continue };
            let payload = answer.get("payload").unwrap_or(&Value::Null);
            let real = real(function)?;
            // These are compared whole.
            if !["Accept", "Plan"].contains(&function)
                && !real.iter().any(|real| alike(real, payload))
            {
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
            json!(Outcome::Warning { code: text(), reason: text() }),
            json!(Outcome::Skipped { reason: text() }),
        ],
        "Bake" => vec![json!(bake::Response {
            verdict: bake::Verdict::Good,
            reason: Some(text()),
            seconds: 0,
        })],
        "TailLog" => vec![json!(tail_log::Response { log: Some(text()) })],
        "Scale" => vec![json!(scale::Response {
            instances: Some(0),
            live_instances: Some(0),
            problem: None,
        })],
        "Start" => vec![json!(start::Response { sizes: Sizes { min: 0, max: 0, desired: 0 } })],
        "Stop" => {
            vec![json!(stop::Response { remembered: Some(Sizes { min: 0, max: 0, desired: 0 }) })]
        }
        "Fetch" => vec![json!(fetch::Response {
            asked: fetched()?,
            commit: "0123456".parse()?,
            size: 0,
            already_there: false,
            changelog: Some(text()),
            warnings: vec![text()],
        })],
        "Lock" => vec![json!(lock::Response { fence: 0 })],
        "Verify" => vec![json!(verify::Response { servers: 0, seconds: 0 })],
        "Swap" => vec![json!(swap::Response {
            from: text(),
            to: text(),
            record: FakeDns::leading(stack()?.record(), "").current().ok_or("there is a record")?,
            change: Some(change),
        })],
        "Version" => vec![json!(version::Response {
            stack: "QA".parse()?,
            domain: text(),
            leads_to: text(),
            live: Some(Side::A),
            sides: [side()?, side()?],
            summary: text(),
        })],
        "WaitReady" => {
            vec![json!(wait_ready::Response {
                health: text(),
                address: text(),
                updated: Some("2026-01-02T03:04:05Z".parse()?),
                seconds: 0,
            })]
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
