//! Where the states lead: every target exists, every state is met, and nothing runs in circles.

use std::collections::BTreeSet;

use super::definition::{Definition, State};

/// What is wrong with the ways between the states.
pub(crate) fn check(definition: &Definition) -> Vec<String> {
    let mut problems = Vec::new();
    if definition.state(definition.start()).is_none() {
        problems.push(format!(
            "StartAt: there is no state `{}`; name the first one",
            definition.start()
        ));
    }
    let reachable: BTreeSet<_> = definition.reachable().iter().map(|state| state.name).collect();
    for state in definition.states() {
        problems.extend(targets(definition, state));
        problems.extend(ends(state));
        if !reachable.contains(state.name) {
            problems
                .push(format!("`{}`: no way leads here; lead to it or take it out", state.name));
        }
        if leads_back(definition, state) {
            problems.push(format!(
                "`{}`: leads back to itself; wait with a Retry, whose attempts are counted, and not \
                 with a loop of states",
                state.name
            ));
        }
    }
    problems
}

fn targets(definition: &Definition, state: State<'_>) -> Vec<String> {
    let missing = |to: &str| definition.state(to).is_none();
    let ways = state.transitions().into_iter().filter(|way| missing(way.to));
    ways.map(|way| format!("`{}` {}: there is no state `{}`", state.name, way.field, way.to))
        .collect()
}

/// Each state says exactly once how it goes on, in the way of its type.
fn ends(state: State<'_>) -> Option<String> {
    let has = |field: &str| state.fields.get(field).is_some();
    let end = state.fields.get("End");
    let problem = match state.kind() {
        "Choice" if !has("Default") => {
            "has no Default; without one, a case that was not thought of ends in States.NoChoiceMatched"
        }
        "Choice" if state.list("Choices").is_empty() => "has no Choices",
        "Choice" if state.list("Choices").iter().any(|rule| rule.get("Next").is_none()) => {
            "has a rule without Next"
        }
        "Choice" | "Succeed" | "Fail" if has("Next") || has("End") => {
            "has Next or End, which its type does not take"
        }
        "Choice" | "Succeed" | "Fail" => return None,
        _ if end.is_some_and(|end| *end != true) => "has an End that is not true; take it out",
        _ if has("Next") && has("End") => "has both Next and End; keep one",
        _ if !has("Next") && !has("End") => "has neither Next nor End; give it one",
        _ => return None,
    };
    Some(format!("`{}`: {problem}", state.name))
}

fn leads_back(definition: &Definition, state: State<'_>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next: Vec<_> = state.transitions().iter().map(|way| way.to).collect();
    while let Some(name) = next.pop() {
        if name == state.name {
            return true;
        }
        if let Some(found) = definition.state(name)
            && seen.insert(name)
        {
            next.extend(found.transitions().iter().map(|way| way.to));
        }
    }
    false
}
