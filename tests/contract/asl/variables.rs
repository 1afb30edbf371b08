//! The variables that have a value where they are read.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{Definition, Transition, names},
    expressions::{Expression, FUNCTIONS, expressions},
};

const CONTEXT: &[(&str, &[&str])] = &[
    ("Execution", &["Id", "Input", "Name", "RedriveCount", "RoleArn", "StartTime"]),
    ("State", &["EnteredTime", "Name", "RetryCount"]),
    ("StateMachine", &["Id", "Name"]),
    ("Task", &["Token"]),
];
const ERROR: &[&str] = &["Cause", "Error"];
const RESULT: &[&str] = &["ExecutedVersion", "Payload", "StatusCode"];

/// Variables by the state that has to do with them.
type Reads<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// The problems of the variables and fields that expressions read.
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
                "{place}: reads `${variable}`, which has no value on some path to this state; assign it \
                 on each"
            ));
        }
        let together = set_together(&expression);
        // In every engine, an expression reads the old value of its own variable.
        let others =
            together.iter().filter(|it| !expression.field.ends_with(&format!("Assign.{it}")));
        for variable in others.filter(|it| facts.variables.contains(*it)) {
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

/// The variables that have a value when a state begins, on every path.
fn assigned_before(definition: &Definition) -> Reads<'_> {
    let mut before = BTreeMap::from([(definition.start(), BTreeSet::new())]);
    let mut changed = true;
    // Sets only ever shrink, so this ends.
    while changed {
        changed = false;
        for state in definition.states() {
            let Some(here) = before.get(state.name).cloned() else { continue };
            for transition in state.transitions() {
                let there: BTreeSet<_> = here.union(&transition.variables()).cloned().collect();
                let known = before.get(transition.to);
                let both = known.map_or_else(|| there.clone(), |known| known & &there);
                if known != Some(&both) {
                    before.insert(transition.to, both);
                    changed = true;
                }
            }
        }
    }
    before
}

/// The variables of the Assign around the expression.
fn set_together(expression: &Expression<'_>) -> BTreeSet<String> {
    let Some((owner, _)) = expression.field.split_once("Assign.") else { return BTreeSet::new() };
    let Expression { state, .. } = expression;
    let own = state.fields.get("Assign").and_then(|assign| assign.as_object());
    if owner.is_empty() {
        return own.map(names).unwrap_or_default();
    }
    let transitions = state.transitions();
    let ours = transitions.iter().find(|it| it.field.strip_suffix("Next") == Some(owner));
    ours.map(Transition::variables).unwrap_or_default()
}

fn states_member(expression: &Expression<'_>, path: &str) -> Option<String> {
    let mut parts = path.split('.');
    let (member, inner) = (parts.next().unwrap_or_default(), parts.next());
    let fields = match member {
        "input" => return None,
        "context" => return context_member(inner?, parts.next()),
        // The output of a wait is the whole result.
        "result" if expression.sees_result() && expression.state.waits() => return None,
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

fn context_member(part: &str, field: Option<&str>) -> Option<String> {
    match CONTEXT.iter().find(|(name, _)| *name == part) {
        None => Some(format!("$states.context has no `{part}`")),
        Some((_, fields)) => {
            let field = field.filter(|field| !fields.contains(field))?;
            Some(format!("$states.context.{part} has no `{field}`"))
        }
    }
}

/// Variables that are set and never read, or whose name has a meaning of its own.
fn names_of_variables(definition: &Definition, reads: Reads<'_>) -> Vec<String> {
    let wanted = wanted_before(definition, reads);
    let nothing = BTreeSet::new();
    let mut problems = Vec::new();
    for state in definition.states() {
        let transitions = state.transitions();
        let mut set: BTreeSet<_> = transitions.iter().flat_map(Transition::variables).collect();
        let mut idle = BTreeSet::new();
        if state.fields.get("End").is_some() {
            let own = state.fields.get("Assign").and_then(|assign| assign.as_object());
            idle = own.map(names).unwrap_or_default();
            set.extend(idle.clone());
        }
        for transition in &transitions {
            let after = wanted.get(transition.to).unwrap_or(&nothing);
            idle.extend(transition.variables().difference(after).cloned());
        }
        for name in set {
            if name == "states" || FUNCTIONS.contains(&name.as_str()) {
                problems.push(format!(
                    "`{}`: sets `${name}`, which means something else in JSONata; rename it",
                    state.name
                ));
            } else if idle.contains(&name) {
                problems.push(format!(
                    "`{}`: sets `${name}`, which nothing reads before it is set anew; remove it",
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
            for transition in state.transitions() {
                let after = wanted.get(transition.to).cloned().unwrap_or_default();
                let here = wanted.entry(state.name).or_default();
                let known = here.len();
                here.extend(after.difference(&transition.variables()).cloned());
                changed |= here.len() > known;
            }
        }
    }
    wanted
}
