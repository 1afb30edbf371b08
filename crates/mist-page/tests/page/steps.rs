//! The order of steps is that of the workflow.

use mist_page::model::STEPS;
use serde_json::Value;

#[test]
fn every_step_is_a_state_that_comes_after_the_one_before() {
    let definition = include_str!("../../../../statemachine/blue-green.asl.json");
    let definition: Value = serde_json::from_str(definition).unwrap();
    let states = definition["States"].as_object().unwrap();
    for pair in STEPS.windows(2) {
        let [before, after] = pair else { unreachable!() };
        let mut reached = follow(&states[*before]);
        // A choice stands between some steps.
        for state in reached.clone() {
            if states[&state]["Type"] == "Choice" {
                reached.extend(follow(&states[&state]));
            }
        }
        assert!(reached.iter().any(|state| state == after), "{before} → {after}: {reached:?}");
    }
}

fn follow(state: &Value) -> Vec<String> {
    let choices = state["Choices"].as_array().into_iter().flatten();
    let next = choices.map(|choice| &choice["Next"]).chain([&state["Next"], &state["Default"]]);
    next.filter_map(Value::as_str).map(str::to_owned).collect()
}
