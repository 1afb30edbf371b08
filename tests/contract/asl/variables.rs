//! Which variables have a value where they are read.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{Definition, Transition, names},
    expressions::{Expression, FUNCTIONS, expressions},
};

const CONTEXT: &[&str] = &["Execution", "Map", "State", "StateMachine", "Task"];
const ERROR: &[&str] = &["Cause", "Error"];
const RESULT: &[&str] = &["Attributes", "ExecutedVersion", "Payload", "StatusCode"];

/// Variables by the state that has to do with them.
type Reads<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// What is wrong with what the expressions read.
pub(crate) fn check(definition: &Definition) -> Vec<String> {
    let assigned = assigned_before(definition);
    let nothing = BTreeSet::new();
    let mut problems = Vec::new();
    let mut reads = Reads::new();
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
        reads.entry(expression.state.name).or_default().extend(facts.variables);
    }
    problems.extend(names_of_variables(definition, reads));
    problems
}

/// The variables that have a value when a state begins, whichever way led there.
fn assigned_before(definition: &Definition) -> Reads<'_> {
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

/// Variables that are set for nobody, or that go by a name that has a meaning of its own.
fn names_of_variables(definition: &Definition, reads: Reads<'_>) -> Vec<String> {
    let wanted = wanted_before(definition, reads);
    let nothing = BTreeSet::new();
    let mut problems = Vec::new();
    for state in definition.states() {
        let ways = state.transitions();
        let mut set: BTreeSet<_> = ways.iter().flat_map(Transition::variables).collect();
        let mut idle = BTreeSet::new();
        if state.fields.get("End").is_some() {
            let own = state.fields.get("Assign").and_then(|assign| assign.as_object());
            idle = own.map(names).unwrap_or_default();
            set.extend(idle.clone());
        }
        for way in &ways {
            let after = wanted.get(way.to).unwrap_or(&nothing);
            idle.extend(way.variables().difference(after).cloned());
        }
        for name in set {
            if name == "states" || FUNCTIONS.contains(&name.as_str()) {
                problems.push(format!(
                    "`{}`: sets `${name}`, which means something else in JSONata; call it differently",
                    state.name
                ));
            } else if idle.contains(&name) {
                problems.push(format!(
                    "`{}`: sets `${name}`, which nothing reads before it is set anew; take it out",
                    state.name
                ));
            }
        }
    }
    problems
}

/// The variables that a state, or one after it, reads as they are when it begins.
fn wanted_before<'a>(definition: &'a Definition, reads: Reads<'a>) -> Reads<'a> {
    let mut wanted = reads;
    let mut changed = true;
    // Sets only ever grow, so this ends.
    while changed {
        changed = false;
        for state in definition.states() {
            for way in state.transitions() {
                let after = wanted.get(way.to).cloned().unwrap_or_default();
                let here = wanted.entry(state.name).or_default();
                let known = here.len();
                here.extend(after.difference(&way.variables()).cloned());
                changed |= here.len() > known;
            }
        }
    }
    wanted
}
