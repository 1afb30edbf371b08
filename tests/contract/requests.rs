//! The requests of the functions, and the events that are examples of them.

use serde_json::Value;

use crate::{
    asl::{Definition, sow},
    example::{self, Example},
    project::{self, Result, none},
};

/// Reads `payload` as the function called `name` in the template would.
pub(crate) fn parse(name: &str, payload: Value) -> Result {
    match name {
        "Bake" => drop(mist_lambda::parse::<bake::Request>(parked(payload)?)?),
        "Begin" => drop(mist_lambda::parse::<begin::Request>(parked(payload)?)?),
        "Deploy" => drop(mist_lambda::parse::<deploy::Request>(payload)?),
        "Fetch" => drop(mist_lambda::parse::<fetch::Request>(payload)?),
        "Finish" => drop(mist_lambda::parse::<finish::Request>(payload)?),
        "Mark" => drop(mist_lambda::parse::<mark::Request>(payload)?),
        "Notify" => drop(mist_lambda::parse::<notify::Request>(payload)?),
        "Plan" => drop(mist_lambda::parse::<plan::Request>(payload)?),
        "Reconcile" => drop(mist_lambda::parse::<reconcile::Request>(payload)?),
        "Scale" => drop(mist_lambda::parse::<scale::Request>(payload)?),
        "Swap" => drop(mist_lambda::parse::<swap::Request>(payload)?),
        "Verify" => drop(mist_lambda::parse::<verify::Request>(payload)?),
        "Version" => drop(mist_lambda::parse::<version::Request>(payload)?),
        "WaitReady" => drop(mist_lambda::parse::<wait_ready::Request>(parked(payload)?)?),
        "Warm" => drop(mist_lambda::parse::<warm::Request>(payload)?),
        other => {
            return Err(format!("the contract does not know function `{other}`; add it").into());
        }
    }
    Ok(())
}

/// The request in the payload of a task that waits.
fn parked(mut payload: Value) -> Result<Value> {
    let token = payload.get("token").and_then(Value::as_str);
    token.filter(|token| !token.is_empty()).ok_or("it has no token")?;
    Ok(payload.get_mut("request").map(Value::take).ok_or("it has no request")?)
}

#[test]
fn a_payload_with_a_misspelt_or_missing_field_is_no_request() -> Result {
    let calls = Example::all()?.iter().map(Example::calls).collect::<Result<Vec<_>>>()?;
    for call in calls.into_iter().flatten() {
        // One that is incomplete on purpose.
        if parse(&call.function, call.payload.clone()).is_err() {
            continue;
        }
        let waits = call.payload.get("token").is_some();
        let place = |key: &str| if waits { format!("/request/{key}") } else { format!("/{key}") };
        let request = if waits { &call.payload["request"] } else { &call.payload };
        let mut misspelt = call.payload.clone();
        sow(&mut misspelt, &place("surroundings"), Value::from(7))?;
        assert!(parse(&call.function, misspelt).is_err(), "{}", call.function);
        let mut needed = 0;
        for key in request.as_object().into_iter().flat_map(|fields| fields.keys()) {
            let mut missing = call.payload.clone();
            sow(&mut missing, &place(key), Value::Null)?;
            needed += usize::from(parse(&call.function, missing).is_err());
        }
        assert!(needed > 0, "{}", call.function);
    }
    Ok(())
}

fn never_called(machine: &Definition, function: &str) -> bool {
    machine.states().all(|state| state.function() != Some(function))
}

#[test]
fn every_event_is_the_payload_in_the_example_of_that_name() -> Result {
    let (all, machine) = (Example::all()?, project::machine()?);
    let mut problems = Vec::new();
    for folder in project::functions()? {
        let function = project::pascal(&folder);
        let events = project::json_files(format!("functions/{folder}/events"))?;
        if events.is_empty() {
            problems.push(format!(
                "functions/{folder}/events: is empty; make a file with the name of an example there and \
                 run this again with UPDATE=1"
            ));
        }
        let by_rule = never_called(&machine, &function);
        for event in events {
            let place = event.display();
            // Events of EventBridge are written by hand.
            if by_rule {
                if let Err(error) = parse(&function, project::json(&event)?) {
                    problems.push(format!("{place}: {error}"));
                }
                continue;
            }
            let name = event.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(example) = all.iter().find(|example| example.name == name) else {
                problems.push(format!("{place}: there is no example of that name"));
                continue;
            };
            let calls = example.calls()?;
            let Some(last) = calls.into_iter().rfind(|call| call.function == function) else {
                problems.push(format!("{place}: that example never calls `{function}`"));
                continue;
            };
            // The file may be empty to be filled.
            let found = project::json(&event).unwrap_or_default();
            if found == last.payload {
                continue;
            }
            if example::update() {
                example::write(&event, &last.payload)?;
            } else {
                problems
                    .push(format!("{place}: is not the last payload of the example; use UPDATE=1"));
            }
        }
    }
    none(&problems);
    Ok(())
}
