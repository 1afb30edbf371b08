//! Which variables have a value where they are read.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{Definition, Transition, names},
    expressions::{Expression, FUNCTIONS, expressions},
};

const CONTEXT: &[&str] = &["Execution", "Map", "State", "StateMachine", "Task"];
const ERROR: &[&str] = &["Cause", "Error"];
const RESULT: &[&str] = &["ExecutedVersion", "Payload", "StatusCode"];

/// What is wrong with what the expressions read.
pub(crate) fn check(definition: &Definition) -> Vec<String> {
    let assigned = assigned_before(definition);
    let nothing = BTreeSet::new();
    let mut problems = Vec::new();
    let mut read = BTreeSet::new();
    for expression in expressions(definition) {
        // One that cannot be read at all is reported by the check of the expressions.
        let Ok(facts) = expression.facts() else { continue };
        let place = expression.place();
        let before = assigned.get(expression.state.name).unwrap_or(&nothing);
        for variable in facts.variables.difference(before) {
            problems.push(format!(
                "{place}: reads `${variable}`, which has no value on some way to this state; assign it \
                 on each"
            ));
        }
        for variable in facts.variables.intersection(&set_together(&expression)) {
            problems.push(format!(
                "{place}: reads `${variable}`, which the same Assign sets; engines disagree on whether \
                 that is the old or the new value"
            ));
        }
        problems.extend(facts.states.iter().filter_map(|path| {
            states_member(&expression, path).map(|problem| format!("{place}: {problem}"))
        }));
        read.extend(facts.variables);
    }
    problems.extend(names_of_variables(definition, &read));
    problems
}

/// The variables that have a value when a state begins, whichever way led there.
fn assigned_before(definition: &Definition) -> BTreeMap<&str, BTreeSet<String>> {
    let mut before = BTreeMap::from([(definition.start(), BTreeSet::new())]);
    let mut changed = true;
    // Sets only ever shrink, so this ends.
    while changed {
        changed = false;
        for state in definition.states() {
            let Some(here) = before.get(state.name).cloned() else { continue };
            for way in state.transitions() {
                let there: BTreeSet<_> = here.union(&way.variables()).cloned().collect();
                let known = before.get(way.to);
                let both = known.map_or_else(|| there.clone(), |known| known & &there);
                if known != Some(&both) {
                    before.insert(way.to, both);
                    changed = true;
                }
            }
        }
    }
    before
}

/// What the Assign sets that the expression stands in.
fn set_together(expression: &Expression<'_>) -> BTreeSet<String> {
    let Some((owner, _)) = expression.field.split_once("Assign.") else { return BTreeSet::new() };
    let Expression { state, .. } = expression;
    let own = state.fields.get("Assign").and_then(|assign| assign.as_object());
    if owner.is_empty() {
        return own.map(names).unwrap_or_default();
    }
    let ways = state.transitions();
    let way = ways.iter().find(|way| way.field.strip_suffix("Next") == Some(owner));
    way.map(Transition::variables).unwrap_or_default()
}

fn states_member(expression: &Expression<'_>, path: &str) -> Option<String> {
    let mut parts = path.split('.');
    let (member, inner) = (parts.next().unwrap_or_default(), parts.next());
    let fields = match member {
        "input" => return None,
        "context" => CONTEXT,
        "result" if expression.sees_result() => RESULT,
        "errorOutput" if expression.sees_error() => ERROR,
        "result" => {
            return Some("$states.result is only there in the Output and Assign of a Task".into());
        }
        "errorOutput" => return Some("$states.errorOutput is only there in a Catch".into()),
        other => return Some(format!("$states has no `{other}`")),
    };
    let inner = inner?;
    (!fields.contains(&inner)).then(|| format!("$states.{member} has no `{inner}`"))
}

/// Variables that nothing reads, or that go by a name that has a meaning of its own.
fn names_of_variables(definition: &Definition, read: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for state in definition.states() {
        let own = state.fields.get("Assign").and_then(|assign| assign.as_object());
        let mut set = own.map(names).unwrap_or_default();
        set.extend(state.transitions().iter().flat_map(Transition::variables));
        for name in set {
            let problem = if name == "states" || FUNCTIONS.contains(&name.as_str()) {
                "which means something else in JSONata; call it differently"
            } else if !read.contains(&name) {
                "which nothing reads"
            } else {
                continue;
            };
            problems.push(format!("`{}`: sets `${name}`, {problem}", state.name));
        }
    }
    problems
}
