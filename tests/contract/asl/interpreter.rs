//! Walks a definition as Step Functions does, with answers in place of the functions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    definition::{Definition, State, strings, text},
    evaluate::evaluate,
    expressions::{below, inner},
};

/// The token of every task.
const TOKEN: &str = "token-of-the-task";

/// The answer of a function.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It returned this; a task that waits ended with it.
    Payload(Value),
    /// It failed, or was not reached.
    Failure { error: String, cause: Option<String> },
}

/// A call of a function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The state that made it.
    pub(crate) state: String,
    /// The function, as the template names it: `WaitReady`.
    pub(crate) function: String,
    /// The payload.
    pub(crate) payload: Value,
}

/// The end of an execution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// With this output.
    Succeeded(Value),
    /// Under this name, for this reason.
    Failed { error: String, cause: String },
}

/// An execution from its start to its end.
#[derive(Debug)]
pub(crate) struct Walk {
    /// The states in the order in which they were entered.
    pub(crate) path: Vec<String>,
    /// Every call, repeated ones too.
    pub(crate) calls: Vec<Call>,
    /// The places of the expressions that were evaluated.
    pub(crate) evaluated: BTreeSet<String>,
    /// The transitions that were taken: a state, and the field that names the next one.
    pub(crate) taken: BTreeSet<(String, String)>,
    /// Its end.
    pub(crate) end: End,
}

/// Walks `definition` with `input`. `answer` gives the answer to a call; after none, the retries of the last
/// error are exhausted. Whatever Step Functions would stumble over is an error here, even where a Catch would
/// hide it: an expression that gives nothing, a first call without an answer.
pub(crate) fn walk(
    definition: &Definition,
    input: Value,
    answer: &mut dyn FnMut(&Call) -> Option<Answer>,
) -> Result<Walk, String> {
    let mut execution = Execution {
        input: input.clone(),
        variables: Map::new(),
        answer,
        calls: Vec::new(),
        evaluated: BTreeSet::new(),
        taken: BTreeSet::new(),
    };
    let (mut name, mut input) = (definition.start().to_owned(), input);
    let mut path = Vec::new();
    loop {
        let state = definition.state(&name).ok_or_else(|| format!("there is no state `{name}`"))?;
        path.push(name);
        match execution.step(state, input)? {
            Step::Next(next, output) => (name, input) = (next, output),
            Step::End(end) => {
                let Execution { calls, evaluated, taken, .. } = execution;
                return Ok(Walk { path, calls, evaluated, taken, end });
            }
        }
    }
}

enum Step {
    Next(String, Value),
    End(End),
}

struct Execution<'a> {
    input: Value,
    variables: Map<String, Value>,
    answer: &'a mut dyn FnMut(&Call) -> Option<Answer>,
    calls: Vec<Call>,
    evaluated: BTreeSet<String>,
    taken: BTreeSet<(String, String)>,
}

/// The state of an expression, and `$states` there.
struct Scope<'a> {
    state: State<'a>,
    states: Value,
}

impl Execution<'_> {
    fn step(&mut self, state: State<'_>, input: Value) -> Result<Step, String> {
        let mut context = json!({
            "Execution": {
                "Id": "arn:aws:states:us-east-1:123456789012:execution:mist:release-1",
                "Input": self.input,
                "Name": "release-1",
                "StartTime": "2026-01-02T03:04:05.000Z",
            },
            "State": {"Name": state.name, "EnteredTime": "2026-01-02T03:05:00.000Z"},
        });
        if state.waits() {
            context["Task"] = json!({"Token": TOKEN});
        }
        let scope = Scope { state, states: json!({"input": input, "context": context}) };
        match state.kind() {
            "Task" => self.task(scope, input),
            "Choice" => self.choice(&scope, input),
            "Pass" => self.leave(&scope, state.fields, "", input),
            "Succeed" => {
                let output = self.field(&scope, state.fields, "", "Output")?;
                Ok(Step::End(End::Succeeded(output.unwrap_or(input))))
            }
            "Fail" => {
                let mut text_of = |field| {
                    let value = self.field(&scope, state.fields, "", field)?;
                    let text = value.as_ref().and_then(Value::as_str).map(str::to_owned);
                    text.ok_or_else(|| {
                        format!("`{}` {field}: must be text, is {value:?}", state.name)
                    })
                };
                let (error, cause) = (text_of("Error")?, text_of("Cause")?);
                Ok(Step::End(End::Failed { error, cause }))
            }
            other => Err(format!("`{}`: cannot walk a state of type `{other}`", state.name)),
        }
    }

    fn task(&mut self, mut scope: Scope<'_>, input: Value) -> Result<Step, String> {
        let state = scope.state;
        let mut tries: BTreeMap<usize, u64> = BTreeMap::new();
        let missing = || format!("`{}`: has no answer left", state.name);
        let mut answer = self.call(&scope)?.ok_or_else(missing)?;
        loop {
            let (error, cause) = match answer {
                Answer::Payload(payload) => {
                    scope.states["result"] = if state.waits() {
                        payload
                    } else {
                        json!({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200})
                    };
                    let result = scope.states["result"].clone();
                    return self.leave(&scope, state.fields, "", result);
                }
                Answer::Failure { error, cause } => (error, cause),
            };
            let (retriers, catchers) = (state.list("Retry"), state.list("Catch"));
            if let Some(index) = retriers.iter().position(|retrier| matches(retrier, &error)) {
                let used = tries.entry(index).or_default();
                *used += 1;
                // The last answer stands for all that follow: an example does not list hundreds.
                if Some(*used) <= retriers[index]["MaxAttempts"].as_u64()
                    && let Some(next) = self.call(&scope)?
                {
                    answer = next;
                    continue;
                }
            }
            let Some(index) = catchers.iter().position(|catcher| matches(catcher, &error)) else {
                let cause = cause.unwrap_or_default();
                return Ok(Step::End(End::Failed { error, cause }));
            };
            scope.states["errorOutput"] = json!({"Error": error});
            if let Some(cause) = cause {
                scope.states["errorOutput"]["Cause"] = json!(cause);
            }
            return self.leave(&scope, &catchers[index], &format!("Catch[{index}]"), input);
        }
    }

    fn call(&mut self, scope: &Scope<'_>) -> Result<Option<Answer>, String> {
        let state = scope.state;
        let arguments = self.field(scope, state.fields, "", "Arguments")?.unwrap_or_default();
        let call = Call {
            state: state.name.to_owned(),
            function: state.function().unwrap_or_default().to_owned(),
            payload: arguments["Payload"].clone(),
        };
        let answer = (self.answer)(&call);
        if answer.is_some() {
            self.calls.push(call);
        }
        Ok(answer)
    }

    fn choice(&mut self, scope: &Scope<'_>, input: Value) -> Result<Step, String> {
        let state = scope.state;
        for (index, rule) in state.list("Choices").iter().enumerate() {
            let field = format!("Choices[{index}]");
            match self.field(scope, rule, &field, "Condition")? {
                Some(Value::Bool(true)) => return self.leave(scope, rule, &field, input),
                Some(Value::Bool(false)) => {}
                other => {
                    return Err(format!(
                        "`{}` {field}.Condition: must be true or false, is {other:?}",
                        state.name
                    ));
                }
            }
        }
        self.leave(scope, state.fields, "", input)
    }

    /// Leaves a state by `way`: the state itself, one of its rules, or one of its catchers.
    fn leave(
        &mut self,
        scope: &Scope<'_>,
        way: &Value,
        place: &str,
        unchanged: Value,
    ) -> Result<Step, String> {
        let output = self.field(scope, way, place, "Output")?.unwrap_or(unchanged);
        let assign = self.field(scope, way, place, "Assign")?;
        if let Some(Value::Object(assign)) = assign {
            self.variables.extend(assign);
        }
        if way.get("End").is_some() {
            return Ok(Step::End(End::Succeeded(output)));
        }
        let next = if way.get("Next").is_some() { "Next" } else { "Default" };
        self.taken.insert((scope.state.name.to_owned(), below(place, next)));
        Ok(Step::Next(text(way, next).to_owned(), output))
    }

    fn field(
        &mut self,
        scope: &Scope<'_>,
        owner: &Value,
        place: &str,
        field: &str,
    ) -> Result<Option<Value>, String> {
        let value = owner.get(field);
        value.map(|value| self.fill(scope, value, &below(place, field))).transpose()
    }

    /// `value` with every expression in it replaced by its value.
    fn fill(&mut self, scope: &Scope<'_>, value: &Value, field: &str) -> Result<Value, String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(key, inner)| Ok((key.clone(), self.fill(scope, inner, &below(field, key))?)))
                .collect(),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.fill(scope, item, &format!("{field}[{index}]")))
                    .collect()
            }
            Value::String(text) => match inner(text) {
                Some(expression) => {
                    let place = format!("`{}` {field}", scope.state.name);
                    let found = evaluate(expression, &scope.states, &self.variables);
                    let found = found.map_err(|error| format!("{place}: {error}"))?;
                    self.evaluated.insert(place);
                    Ok(found)
                }
                None => Ok(value.clone()),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
        }
    }
}

fn matches(entry: &Value, error: &str) -> bool {
    strings(entry, "ErrorEquals").iter().any(|name| ["States.ALL", error].contains(name))
}
