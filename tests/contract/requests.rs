//! The requests of the functions, and the events that show them.

use serde_json::Value;

use crate::{
    asl::Definition,
    examples::{self, Example},
    project::{self, Result, none},
};

/// Reads `payload` as the function called `name` in the template would.
pub(crate) fn parse(name: &str, payload: Value) -> Result {
    match name {
        "Accept" => drop(mist_lambda::parse::<accept::Request>(payload)?),
        "Announce" => drop(mist_lambda::parse::<announce::Request>(payload)?),
        "Bake" => drop(mist_lambda::parse::<bake::Request>(payload)?),
        "TailLog" => drop(mist_lambda::parse::<tail_log::Request>(payload)?),
        "Scale" => drop(mist_lambda::parse::<scale::Request>(payload)?),
        "Start" => drop(mist_lambda::parse::<start::Request>(payload)?),
        "Stop" => drop(mist_lambda::parse::<stop::Request>(payload)?),
        "Fetch" => drop(mist_lambda::parse::<fetch::Request>(payload)?),
        "Lock" => drop(mist_lambda::parse::<lock::Request>(payload)?),
        "Settle" => drop(mist_lambda::parse::<settle::Request>(payload)?),
        "Verify" => drop(mist_lambda::parse::<verify::Request>(payload)?),
        "Deploy" => drop(mist_lambda::parse::<deploy::Request>(payload)?),
        "Mark" => drop(mist_lambda::parse::<mark::Request>(payload)?),
        "Plan" => drop(mist_lambda::parse::<plan::Request>(payload)?),
        "Swap" => drop(mist_lambda::parse::<swap::Request>(payload)?),
        "Version" => drop(mist_lambda::parse::<version::Request>(payload)?),
        "WaitReady" => drop(mist_lambda::parse::<wait_ready::Request>(payload)?),
        "Warm" => drop(mist_lambda::parse::<warm::Request>(payload)?),
        other => {
            return Err(format!("the contract does not know function `{other}`; add it").into());
        }
    }
    Ok(())
}

#[test]
fn a_payload_with_a_misspelt_or_missing_field_is_no_request() -> Result {
    let calls = Example::all()?.iter().map(Example::calls).collect::<Result<Vec<_>>>()?;
    for call in calls.into_iter().flatten() {
        let Value::Object(good) = call.payload else { return Err("a payload is an object".into()) };
        let mut misspelt = good.clone();
        misspelt.insert("surroundings".to_owned(), Value::Null);
        assert!(parse(&call.function, Value::Object(misspelt)).is_err(), "{}", call.function);
        let first = good.keys().next().cloned().unwrap_or_default();
        let mut missing = good;
        missing.remove(&first);
        assert!(
            parse(&call.function, Value::Object(missing)).is_err(),
            "{}: {first}",
            call.function
        );
    }
    Ok(())
}

fn machine_never_calls(machine: &Definition, function: &str) -> bool {
    machine.states().all(|state| state.function() != Some(function))
}

#[test]
fn every_event_is_what_the_machine_sends_in_the_example_of_that_name() -> Result {
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
        let by_rule = machine_never_calls(&machine, &function);
        for event in events {
            let place = event.display();
            // What EventBridge sends is written down by hand.
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
            if examples::update() {
                examples::write(&event, &last.payload)?;
            }
            let found = project::json(&event)?;
            if found != last.payload {
                problems.push(format!("{place}: is not what the example sends last; use UPDATE=1"));
            }
            if let Err(error) = parse(&function, found) {
                problems.push(format!("{place}: {error}"));
            }
        }
    }
    none(&problems);
    Ok(())
}
