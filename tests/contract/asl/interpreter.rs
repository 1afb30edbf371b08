//! Walks a definition as Step Functions does, with recorded answers in place of the functions.

use std::collections::{BTreeMap, BTreeSet};

use jsonata_core::{
    evaluator::{Context, Evaluator, EvaluatorError},
    parser,
    value::JValue,
};
use serde_json::{Map, Value, json};

use super::{
    definition::{Definition, State, strings, text},
    expressions::{below, inner},
};

/// What a function answers, in the order of the calls from one state.
pub(crate) type Answers = BTreeMap<String, Vec<Answer>>;

/// One answer of a function.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It returned this.
    Payload(Value),
    /// It failed, or was not reached.
    Failure { error: String, cause: Option<String> },
}

/// What was sent to a function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The state that sent it.
    pub(crate) state: String,
    /// The function, as the template names it: `WaitReady`.
    pub(crate) function: String,
    /// What was sent.
    pub(crate) payload: Value,
}

/// How an execution ended.
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
    /// Where the expressions stand that were evaluated.
    pub(crate) evaluated: BTreeSet<String>,
    /// How it ended.
    pub(crate) end: End,
}

/// Walks `definition` with `input`. Whatever Step Functions would stumble over is an error here, even
/// where a Catch would hide it: an expression that gives nothing, a call without an answer.
pub(crate) fn walk(
    definition: &Definition,
    input: Value,
    answers: Answers,
) -> Result<Walk, String> {
    let mut execution =
        Execution { variables: Map::new(), answers, calls: Vec::new(), evaluated: BTreeSet::new() };
    let (mut name, mut input) = (definition.start().to_owned(), input);
    let mut path = Vec::new();
    loop {
        let state = definition.state(&name).ok_or_else(|| format!("there is no state `{name}`"))?;
        path.push(name);
        match execution.run(state, input)? {
            Step::Next(next, output) => (name, input) = (next, output),
            Step::End(end) => {
                let left: Vec<_> =
                    execution.answers.iter().filter(|(_, left)| !left.is_empty()).collect();
                if !left.is_empty() {
                    return Err(format!("these answers were not asked for: {left:?}"));
                }
                let Execution { calls, evaluated, .. } = execution;
                return Ok(Walk { path, calls, evaluated, end });
            }
        }
    }
}

enum Step {
    Next(String, Value),
    End(End),
}

struct Execution {
    variables: Map<String, Value>,
    answers: Answers,
    calls: Vec<Call>,
    evaluated: BTreeSet<String>,
}

/// Where an expression stands and what `$states` is there.
struct Scope<'a> {
    state: State<'a>,
    states: Value,
}

impl Execution {
    fn run(&mut self, state: State<'_>, input: Value) -> Result<Step, String> {
        let context = json!({
            "Execution": {
                "Id": "arn:aws:states:us-east-1:123456789012:execution:mist:release-1",
                "Name": "release-1",
                "StartTime": "2026-01-02T03:04:05.000Z",
            },
            "State": {"Name": state.name, "EnteredTime": "2026-01-02T03:05:00.000Z"},
        });
        let scope = Scope { state, states: json!({"input": input, "context": context}) };
        match state.kind() {
            "Task" => self.task(scope, input),
            "Choice" => self.choice(&scope, input),
            "Pass" => self.leave(&scope, state.fields, "", input),
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
        loop {
            let (error, cause) = match self.call(&scope)? {
                Answer::Payload(payload) => {
                    scope.states["result"] = match state.table() {
                        Some(_) => payload,
                        None => json!({
                            "ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200,
                        }),
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
                if Some(*used) <= retriers[index]["MaxAttempts"].as_u64() && self.has_answer(state)
                {
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

    // The last answer stands for all that would follow: nobody writes down seven hundred of them.
    fn has_answer(&self, state: State<'_>) -> bool {
        self.answers.get(state.name).is_some_and(|left| !left.is_empty())
    }

    fn call(&mut self, scope: &Scope<'_>) -> Result<Answer, String> {
        let state = scope.state;
        let arguments = self.field(scope, state.fields, "", "Arguments")?.unwrap_or_default();
        if state.table().is_some() {
            let left = self.answers.get_mut(state.name).filter(|left| !left.is_empty());
            return Ok(left.map_or_else(written, |left| left.remove(0)));
        }
        self.calls.push(Call {
            state: state.name.to_owned(),
            function: state.function().unwrap_or_default().to_owned(),
            payload: arguments["Payload"].clone(),
        });
        let left = self.answers.get_mut(state.name).filter(|left| !left.is_empty());
        let left = left.ok_or_else(|| format!("`{}`: has no answer left", state.name))?;
        Ok(left.remove(0))
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

    /// `value` with every expression in it replaced by what it gives.
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

/// What a table answers to a write, where nothing else was written down.
fn written() -> Answer {
    Answer::Payload(json!({"Attributes": {"fence": {"N": "1"}}}))
}

fn matches(entry: &Value, error: &str) -> bool {
    strings(entry, "ErrorEquals").iter().any(|name| match *name {
        "States.ALL" => true,
        "States.TaskFailed" => error != "States.Timeout",
        name => name == error,
    })
}

fn evaluate(
    expression: &str,
    states: &Value,
    variables: &Map<String, Value>,
) -> Result<Value, String> {
    let parsed = parser::parse(expression).map_err(|error| error.to_string())?;
    let mut context = Context::new();
    context.bind("states".to_owned(), JValue::from(states.clone()));
    for (name, value) in variables {
        context.bind(name.clone(), JValue::from(value.clone()));
    }
    let mut evaluator = Evaluator::with_context(context);
    evaluator.register_fn("parse", parse).map_err(|error| error.to_string())?;
    let found =
        evaluator.evaluate(&parsed, &JValue::Undefined).map_err(|error| error.to_string())?;
    if found.is_undefined() {
        return Err(format!("`{expression}` gives nothing, which is States.QueryEvaluationError"));
    }
    serde_json::to_value(&found).map_err(|error| error.to_string())
}

/// What Step Functions has in place of `$eval`.
fn parse(arguments: &[JValue]) -> Result<JValue, EvaluatorError> {
    let text = arguments.first().and_then(JValue::as_str).unwrap_or_default();
    JValue::from_json_str(text).map_err(|error| EvaluatorError::EvaluationError(error.to_string()))
}
