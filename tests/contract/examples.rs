//! The examples: what the machine makes of an input when the functions answer like this.
//!
//! `UPDATE=1` writes into each example what the machine makes of it now.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Map, Value, json};

use crate::{
    asl::{
        expressions::expressions,
        interpreter::{self, Answer, Answers, Call, End, Walk},
    },
    project::{self, Result, none},
    requests,
};

/// One file of `statemachine/examples/`.
#[derive(Debug)]
pub(crate) struct Example {
    /// Its name, without `.json`.
    pub(crate) name: String,
    path: PathBuf,
    content: Map<String, Value>,
}

impl Example {
    /// Every example, by name.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let read = |path: PathBuf| {
            let name =
                path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let Value::Object(content) = project::json(&path)? else {
                return Err(format!("{}: is no object", path.display()).into());
            };
            Ok(Self { name, path, content })
        };
        project::json_files("statemachine/examples")?.into_iter().map(read).collect()
    }

    /// What happens in it, in a sentence.
    pub(crate) fn story(&self) -> &str {
        self.content.get("story").and_then(Value::as_str).unwrap_or_default()
    }

    /// The input of the execution.
    pub(crate) fn input(&self) -> Value {
        self.content.get("input").cloned().unwrap_or_default()
    }

    /// What differs in the settings of the stack from those of the usual one.
    pub(crate) fn settings(&self) -> Value {
        self.content.get("settings").cloned().unwrap_or_default()
    }

    /// How many instances side B has: as many as the usual one, unless it says so.
    pub(crate) fn idle_instances(&self) -> Result<u32> {
        let instances = self.content.get("idleInstances").and_then(Value::as_u64);
        Ok(instances.map_or(Ok(1), u32::try_from)?)
    }

    /// What the functions answer, by the name of the state that asks.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&str, &Value)> {
        let answers = self.content.get("answers").and_then(Value::as_object).into_iter().flatten();
        answers.flat_map(|(state, answers)| {
            answers.as_array().into_iter().flatten().map(|answer| (state.as_str(), answer))
        })
    }

    /// What was sent to the functions.
    pub(crate) fn calls(&self) -> Result<Vec<Call>> {
        Ok(self.walk()?.calls)
    }

    /// Writes down `answer` as the only one that `state` gets.
    pub(crate) fn answer(&mut self, state: &str, answer: &Value) -> Result {
        let answers = self.content.get_mut("answers").and_then(Value::as_object_mut);
        answers.ok_or("an example has answers")?.insert(state.to_owned(), json!([answer]));
        self.save()
    }

    fn save(&self) -> Result {
        write(&self.path, &Value::Object(self.content.clone()))
    }

    fn walk(&self) -> Result<Walk> {
        let mut recorded = Answers::new();
        for (state, answer) in self.answers() {
            recorded.entry(state.to_owned()).or_default().push(read_answer(answer)?);
        }
        let walk = interpreter::walk(&project::machine()?, self.input(), recorded);
        walk.map_err(|error| format!("{}: {error}", self.path.display()).into())
    }

    /// The example as it would be written down now.
    fn anew(&self) -> Result<Map<String, Value>> {
        let mut content = self.content.clone();
        for field in ["path", "output", "error", "cause"] {
            content.remove(field);
        }
        let walk = self.walk()?;
        content.insert("path".to_owned(), json!(walk.path));
        match walk.end {
            End::Succeeded(output) => _ = content.insert("output".to_owned(), output),
            End::Failed { error, cause } => {
                content.insert("error".to_owned(), json!(error));
                content.insert("cause".to_owned(), json!(cause));
            }
        }
        Ok(content)
    }
}

fn read_answer(answer: &Value) -> Result<Answer> {
    if let Some(payload) = answer.get("payload") {
        return Ok(Answer::Payload(payload.clone()));
    }
    let text = |field| answer.get(field).and_then(Value::as_str).map(str::to_owned);
    let error = text("error").ok_or_else(|| format!("{answer}: has neither payload nor error"))?;
    // What a function says reaches the machine as Lambda wraps it; other errors come as they are.
    let wrapped = text("message")
        .map(|message| json!({"errorType": error, "errorMessage": message}).to_string());
    Ok(Answer::Failure { cause: wrapped.or_else(|| text("cause")), error })
}

/// Whether files are written anew in place of being checked.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Writes `content` to `path` as JSON that people can read.
pub(crate) fn write(path: &PathBuf, content: &Value) -> Result {
    let text = serde_json::to_string_pretty(content)? + "\n";
    Ok(fs::write(project::root().join(path), text)?)
}

#[test]
fn every_example_ends_as_it_says() -> Result {
    let mut problems = Vec::new();
    for mut example in Example::all()? {
        if update() {
            example.content = example.anew()?;
            example.save()?;
        }
        let anew = example.anew()?;
        for field in ["path", "output", "error", "cause"] {
            let (said, found) = (example.content.get(field), anew.get(field));
            if said != found {
                problems.push(format!(
                    "{}: {field} is {} and not {}; right? then run this again with UPDATE=1",
                    example.path.display(),
                    found.unwrap_or(&Value::Null),
                    said.unwrap_or(&Value::Null)
                ));
            }
        }
    }
    none(&problems);
    Ok(())
}

#[test]
fn together_the_examples_evaluate_every_expression_and_enter_every_state() -> Result {
    let machine = project::machine()?;
    let (mut evaluated, mut entered) = (BTreeSet::new(), BTreeSet::new());
    for example in Example::all()? {
        let walk = example.walk()?;
        evaluated.extend(walk.evaluated);
        entered.extend(walk.path);
    }
    let places = expressions(&machine).into_iter().map(|expression| expression.place());
    let untried = places.filter(|place| !evaluated.contains(place));
    let states = machine.states().map(|state| state.name);
    let unseen = states.filter(|name| !entered.contains(*name));
    let problems: Vec<_> = untried
        .map(|place| format!("{place}: no example evaluates it; write one that gets there"))
        .chain(unseen.map(|name| format!("`{name}`: no example gets there; write one")))
        .collect();
    none(&problems);
    Ok(())
}

#[test]
fn every_task_fails_in_some_example() -> Result {
    let mut failed = BTreeSet::new();
    for example in Example::all()? {
        let errors = example.answers().filter(|(_, answer)| answer.get("error").is_some());
        failed.extend(errors.map(|(state, _)| state.to_owned()));
    }
    let machine = project::machine()?;
    let tasks = machine.states().filter(|state| state.kind() == "Task");
    let missing = tasks.filter(|task| !failed.contains(task.name));
    let problems: Vec<_> =
        missing.map(|task| format!("`{}`: fails in no example; write one", task.name)).collect();
    none(&problems);
    Ok(())
}

#[test]
fn what_the_machine_sends_is_a_request_of_the_function() -> Result {
    let mut problems = Vec::new();
    for example in Example::all()? {
        for Call { state, function, payload } in example.calls()? {
            if let Err(error) = requests::parse(&function, payload) {
                problems
                    .push(format!("{}: `{state}` sends what is no request: {error}", example.name));
            }
        }
    }
    none(&problems);
    Ok(())
}
