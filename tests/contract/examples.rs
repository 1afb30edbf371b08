//! The examples end as expected, and together they show everything that the state machine can do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    asl::{
        expressions::expressions,
        interpreter::{Call, End},
    },
    example::{BASE, Example, update, write},
    project::{self, Result, none},
    requests,
};

#[test]
fn every_example_ends_as_expected() -> Result {
    let mut problems = Vec::new();
    let base = Example::named(BASE)?.walk()?.end;
    for mut example in Example::all()? {
        let expected = example.expected(&base)?;
        if example.content.get("expect") == Some(&expected) {
            continue;
        }
        let path = &example.path;
        if update() {
            example.content.insert("expect".to_owned(), expected);
            write(path, &Value::Object(example.content.clone()))?;
        } else {
            problems.push(format!(
                "{}: ends differently now; if it is right, run this again with UPDATE=1: {expected}",
                path.display()
            ));
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn together_the_examples_take_every_transition_and_evaluate_every_expression() -> Result {
    let machine = project::machine()?;
    let (mut evaluated, mut entered, mut taken) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for example in Example::all()? {
        let walk = example.walk()?;
        evaluated.extend(walk.evaluated);
        entered.extend(walk.path);
        taken.extend(walk.taken);
    }
    let mut problems = Vec::new();
    for state in machine.states() {
        if !entered.contains(state.name) {
            problems.push(format!("`{}`: no example enters it; write one", state.name));
        }
        for transition in state.transitions() {
            if !taken.contains(&(state.name.to_owned(), transition.field.clone())) {
                let field = transition.field;
                problems.push(format!("`{}` {field}: no example takes it; write one", state.name));
            }
        }
    }
    let places = expressions(&machine).into_iter().map(|expression| expression.place());
    let untried = places.filter(|place| !evaluated.contains(place));
    problems.extend(untried.map(|it| format!("{it}: no example evaluates it; write one")));
    none(&problems);
    Ok(())
}

#[test]
fn no_execution_ends_under_an_error_name_of_lambda_or_step_functions() -> Result {
    let machine = project::machine()?;
    let tasks = machine.states().filter(|state| state.kind() == "Task");
    let mut problems = Vec::new();
    // Each task fails in an example that enters it, under each name of Lambda and Step Functions.
    for task in tasks.map(|task| task.name) {
        let enters = |example: &Example| {
            example.walk().is_ok_and(|walk| walk.path.iter().any(|state| state == task))
        };
        let mut others = Example::all()?.into_iter().filter(|example| example.name != BASE);
        let Some(mut example) = others.find(enters) else {
            problems.push(format!("`{task}`: no example enters it"));
            continue;
        };
        for name in ["States.Timeout", "States.DataLimitExceeded", "Lambda.Unknown", "Odd"] {
            // Then *Report failure* fails as well.
            for also in [task, "Report failure"] {
                let answers = example.content.entry("answers").or_insert_with(|| json!({}));
                answers[task] = json!({"fails": name});
                answers[also] = json!({"fails": name});
                if let End::Failed { error, .. } = example.walk_part()?.0.end
                    && !error.starts_with("Mist.")
                {
                    problems.push(format!(
                        "`{task}`: fails as `{name}`, and the execution as `{error}`"
                    ));
                }
            }
        }
    }
    none(&problems);
    Ok(())
}

/// The states whose functions refuse their requests if there is nothing to swap back to: these are incomplete then.
const REFUSED: [&str; 2] = ["Swap back", "Verify swap back"];

#[test]
fn the_payload_of_every_call_is_a_request_of_the_function() -> Result {
    let mut problems = Vec::new();
    for example in Example::all()? {
        for Call { state, function, payload } in example.calls()? {
            if REFUSED.contains(&state.as_str()) && payload.get("stack").is_none() {
                continue;
            }
            if let Err(error) = requests::parse(&function, payload) {
                problems.push(format!("{}: `{state}` sends no request: {error}", example.name));
            }
        }
    }
    none(&problems);
    Ok(())
}
