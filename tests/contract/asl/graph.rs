//! The transitions: every target exists, every state can be reached, and nothing loops.

use std::collections::BTreeSet;

use super::definition::{Definition, State};

/// Transitions to an earlier state, each of which happens once: `Plan` asks for `Fetch source` only if nothing
/// is fetched yet.
const ONCE: &[(&str, &str)] = &[("Fetch source", "Plan")];

/// The problems of the transitions.
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
                .push(format!("`{}`: no transition ends here; add one or remove it", state.name));
        }
        if loops(definition, state) {
            problems.push(format!(
                "`{}`: is in a loop; wait with a Retry, whose attempts are counted, and not with a loop of \
                 states",
                state.name
            ));
        }
    }
    problems
}

fn targets(definition: &Definition, state: State<'_>) -> Vec<String> {
    let missing = |to: &str| definition.state(to).is_none();
    let wrong = state.transitions().into_iter().filter(|transition| missing(transition.to));
    wrong
        .map(|it| format!("`{}` {}: there is no state `{}`", state.name, it.field, it.to))
        .collect()
}

/// Each state names what follows exactly once, as its type requires.
fn ends(state: State<'_>) -> Option<String> {
    let has = |field: &str| state.fields.get(field).is_some();
    let end = state.fields.get("End");
    let problem = match state.kind() {
        "Choice" if !has("Default") => {
            "has no Default; without one, an unexpected case ends in States.NoChoiceMatched"
        }
        "Choice" if state.list("Choices").is_empty() => "has no Choices",
        "Choice" if state.list("Choices").iter().any(|rule| rule.get("Next").is_none()) => {
            "has a rule without Next"
        }
        "Choice" | "Succeed" | "Fail" if has("Next") || has("End") => {
            "has Next or End, which its type does not take"
        }
        "Choice" | "Succeed" | "Fail" => return None,
        _ if end.is_some_and(|end| *end != true) => "has an End that is not true; remove it",
        _ if has("Next") && has("End") => "has both Next and End; keep one",
        _ if !has("Next") && !has("End") => "has neither Next nor End; give it one",
        _ => return None,
    };
    Some(format!("`{}`: {problem}", state.name))
}

fn loops(definition: &Definition, state: State<'_>) -> bool {
    let mut seen = BTreeSet::new();
    let mut left = vec![state];
    while let Some(state) = left.pop() {
        let next = state.transitions().into_iter().map(|transition| transition.to);
        let next = next.filter(|to| !ONCE.contains(&(state.name, *to)) && seen.insert(*to));
        left.extend(next.filter_map(|name| definition.state(name)));
    }
    seen.contains(state.name)
}
