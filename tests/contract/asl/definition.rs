//! A definition in Amazon States Language, as far as the checks read it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A task that calls a function.
pub(crate) const INVOKE: &str = "arn:aws:states:::lambda:invoke";

/// A task that calls a function and then waits until its token is used.
pub(crate) const WAIT_FOR_TOKEN: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

/// A definition. Nothing in it is assumed to be right: a missing field reads as empty.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    value: Value,
}

impl Definition {
    pub(crate) fn new(value: Value) -> Self {
        Self { value }
    }

    /// The definition as JSON.
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// The first state, whether it exists or not.
    pub(crate) fn start(&self) -> &str {
        text(&self.value, "StartAt")
    }

    /// Every state.
    pub(crate) fn states(&self) -> impl Iterator<Item = State<'_>> {
        let states = self.value.get("States").and_then(Value::as_object);
        states.into_iter().flatten().map(|(name, fields)| State { name, fields })
    }

    /// The state called `name`.
    pub(crate) fn state(&self, name: &str) -> Option<State<'_>> {
        self.states().find(|state| state.name == name)
    }

    /// Every state that can be reached, in an order in which a release passes them.
    pub(crate) fn reachable(&self) -> Vec<State<'_>> {
        let mut found = Vec::new();
        self.visit(self.start(), &mut BTreeSet::new(), &mut found);
        found.reverse();
        found
    }

    fn visit<'a>(
        &'a self,
        name: &'a str,
        seen: &mut BTreeSet<&'a str>,
        found: &mut Vec<State<'a>>,
    ) {
        let Some(state) = self.state(name).filter(|_| seen.insert(name)) else { return };
        for transition in state.transitions().iter().rev() {
            self.visit(transition.to, seen, found);
        }
        found.push(state);
    }
}

/// One state of a definition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its fields.
    pub(crate) fields: &'a Value,
}

impl<'a> State<'a> {
    /// `Task`, `Choice` …; empty if there is none.
    pub(crate) fn kind(self) -> &'a str {
        text(self.fields, "Type")
    }

    /// Its comment.
    pub(crate) fn comment(self) -> &'a str {
        text(self.fields, "Comment")
    }

    /// The entries of a list such as `Retry`, `Catch` or `Choices`.
    pub(crate) fn list(self, field: &str) -> &'a [Value] {
        self.fields.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The function that it calls, as the template names it: `WaitReady` of `${WaitReadyFunctionArn}`.
    pub(crate) fn function(self) -> Option<&'a str> {
        let name = self.fields.pointer("/Arguments/FunctionName")?.as_str()?;
        name.strip_prefix("${")?.strip_suffix("FunctionArn}")
    }

    /// Whether it waits until its token is used, and not for the answer of its function.
    pub(crate) fn waits(self) -> bool {
        text(self.fields, "Resource") == WAIT_FOR_TOKEN
    }

    /// Every transition out of it: the usual ones first, those after an error last.
    pub(crate) fn transitions(self) -> Vec<Transition<'a>> {
        let own = self.fields.get("Assign");
        let transition = |field: String, from: &'a Value, key: &str, assigns| {
            let to = from.get(key)?.as_str()?;
            Some(Transition { field, to, assigns })
        };
        let listed = |list: &'static str| {
            self.list(list).iter().enumerate().filter_map(move |(index, entry)| {
                transition(format!("{list}[{index}].Next"), entry, "Next", entry.get("Assign"))
            })
        };
        let single = |field: &'static str| transition(field.to_owned(), self.fields, field, own);
        single("Next")
            .into_iter()
            .chain(listed("Choices"))
            .chain(single("Default"))
            .chain(listed("Catch"))
            .collect()
    }
}

/// A transition from a state to the next.
#[derive(Clone, Debug)]
pub(crate) struct Transition<'a> {
    /// The field that defines it, such as `Catch[0].Next`.
    pub(crate) field: String,
    /// The next state, whether it exists or not.
    pub(crate) to: &'a str,
    /// The assignments of this transition only.
    pub(crate) assigns: Option<&'a Value>,
}

impl Transition<'_> {
    /// The variables that have a value after this transition.
    pub(crate) fn variables(&self) -> BTreeSet<String> {
        self.assigns.and_then(Value::as_object).map(names).unwrap_or_default()
    }

    /// Whether it is taken after an error.
    pub(crate) fn is_catch(&self) -> bool {
        self.field.starts_with("Catch")
    }
}

/// The keys of an object.
pub(crate) fn names(fields: &Map<String, Value>) -> BTreeSet<String> {
    fields.keys().cloned().collect()
}

/// The strings of a list such as `ErrorEquals`.
pub(crate) fn strings<'a>(entry: &'a Value, field: &str) -> Vec<&'a str> {
    let list = entry.get(field).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A field of text; empty if it is absent.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
