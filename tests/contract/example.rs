//! The examples: the path of an execution through the state machine, and its end.
//!
//! One example, the base, has the answer of each state. The others have only what differs from it. The answers of
//! `begin`, `plan` and `finish` are in no file: these functions are called.
//!
//! `UPDATE=1` writes the current result into each example.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{
    asl::interpreter::{self, Answer, Call, End, Walk},
    layout::layout,
    project::{self, Result},
    requests,
    world::World,
};

/// The example that the others differ from: an upload is released.
pub(crate) const BASE: &str = "deploy-a-stack";

/// An answer that stands for the one of the base.
const USUAL: &str = "usual";

/// One file of `statemachine/examples/`.
#[derive(Debug)]
pub(crate) struct Example {
    /// Its name, without `.json`.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
    /// The content of its file.
    pub(crate) content: Map<String, Value>,
    base: Map<String, Value>,
}

impl Example {
    /// Every example, by name.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let base = object(Path::new(&format!("statemachine/examples/{BASE}.json")))?;
        let read = |path: PathBuf| {
            let name = path.file_stem().and_then(|name| name.to_str());
            let name = name.unwrap_or_default().to_owned();
            let content = object(&path)?;
            Ok(Self { name, path, content, base: base.clone() })
        };
        project::json_files("statemachine/examples")?.into_iter().map(read).collect()
    }

    /// The example called `name`.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let found = Self::all()?.into_iter().find(|example| example.name == name);
        found.ok_or_else(|| format!("there is no example `{name}`").into())
    }

    /// A sentence that says what it shows.
    pub(crate) fn about(&self) -> &str {
        self.content.get("about").and_then(Value::as_str).unwrap_or_default()
    }

    /// The name of the error that the execution ends with.
    pub(crate) fn error(&self) -> Option<&str> {
        self.content.get("expect")?.get("error")?.as_str()
    }

    /// The answers that it has itself, by state: the only one, or several in the order of the calls. Those of the
    /// base are the usual ones.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&str, &Value)> {
        let answers = self.content.get("answers").and_then(Value::as_object).into_iter().flatten();
        answers.flat_map(|(state, answers)| several(answers).map(|answer| (state.as_str(), answer)))
    }

    /// The calls of the functions.
    pub(crate) fn calls(&self) -> Result<Vec<Call>> {
        Ok(self.walk()?.calls)
    }

    /// The input of the execution.
    fn input(&self) -> Value {
        self.content.get("input").or_else(|| self.base.get("input")).cloned().unwrap_or_default()
    }

    /// Its execution, which uses all answers that it has itself.
    pub(crate) fn walk(&self) -> Result<Walk> {
        let (walk, unused) = self.walk_part()?;
        if unused.is_empty() {
            return Ok(walk);
        }
        Err(format!("{}: no call for the answers of {unused:?}", self.path.display()).into())
    }

    /// Its execution, and the states whose answers it did not use.
    pub(crate) fn walk_part(&self) -> Result<(Walk, Vec<String>)> {
        let world = World::new(
            self.content.get("settings").unwrap_or(&Value::Null),
            self.content.get("idleInstances").and_then(Value::as_u64),
        )?;
        let mut left: BTreeMap<&str, VecDeque<&Value>> = BTreeMap::new();
        for (state, answer) in self.answers().filter(|_| self.name != BASE) {
            left.entry(state).or_default().push_back(answer);
        }
        let own: BTreeSet<_> = left.keys().copied().collect();
        let mut answer = |call: &Call| {
            let state = call.state.as_str();
            if let Err(error) = requests::parse(&call.function, call.payload.clone()) {
                let shown = json!({"fails": "Mist.InvalidInput", "message": error.to_string()});
                return failure(call, &shown);
            }
            if !own.contains(state) {
                return self.usual(&world, call);
            }
            let shown = left.get_mut(state)?.pop_front()?;
            if shown == USUAL {
                return self.usual(&world, call);
            }
            Some(failure(call, shown).unwrap_or_else(|| Answer::Payload(shown.clone())))
        };
        let walk = interpreter::walk(&project::machine()?, self.input(), &mut answer);
        let walk = walk.map_err(|error| format!("{}: {error}", self.path.display()))?;
        let unused = left.into_iter().filter(|(_, answers)| !answers.is_empty());
        Ok((walk, unused.map(|(state, _)| state.to_owned()).collect()))
    }

    /// The answer to `call` in the world of the examples, or in the base.
    fn usual(&self, world: &World, call: &Call) -> Option<Answer> {
        let answers = self.base.get("answers")?;
        match call.function.as_str() {
            "Begin" | "Plan" | "Finish" => Some(world.answer(call)),
            "Fetch" => {
                let mut answer = answers.get(&call.state)?.clone();
                answer["release"] = merged(&call.payload["release"], &answer["release"]);
                Some(Answer::Payload(answer))
            }
            _ => Some(Answer::Payload(answers.get(&call.state)?.clone())),
        }
    }

    /// The expected result: the path, and the end. If it succeeds, the end is the fields of its output that differ
    /// from those of the base, and the names of those that it lacks.
    pub(crate) fn expected(&self, base: &End) -> Result<Value> {
        let walk = self.walk()?;
        let mut expected = json!({"path": walk.path});
        match walk.end {
            End::Succeeded(output) => {
                let (differing, lacking) = match base {
                    End::Succeeded(base) if self.name != BASE => difference(base, &output),
                    _ => (output, Vec::new()),
                };
                expected["output"] = differing;
                if !lacking.is_empty() {
                    expected["lacks"] = json!(lacking);
                }
            }
            End::Failed { error, cause } => {
                expected["error"] = json!(error);
                // A cause of ours is JSON.
                expected["cause"] = serde_json::from_str(&cause).unwrap_or_else(|_| json!(cause));
            }
        }
        Ok(expected)
    }
}

fn object(path: &Path) -> Result<Map<String, Value>> {
    let Value::Object(content) = project::json(path)? else {
        return Err(format!("{}: is no object", path.display()).into());
    };
    Ok(content)
}

/// The items of a list; anything else is the only one.
fn several(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array();
    list.into_iter().flatten().chain(Some(value).filter(|_| list.is_none()))
}

/// The failure that an example has as `{"fails": NAME, "message": TEXT}`; without a message if a task is ended
/// from outside.
fn failure(call: &Call, shown: &Value) -> Option<Answer> {
    let error = shown.get("fails")?.as_str()?.to_owned();
    let message = shown.get("message").and_then(Value::as_str);
    // Lambda wraps the message of a function's error; a wait is ended with the message itself.
    let wrapped = |message: &str| match call.payload.get("token") {
        Some(_) => message.to_owned(),
        None => json!({"errorType": error, "errorMessage": message}).to_string(),
    };
    Some(Answer::Failure { cause: message.map(wrapped), error })
}

/// `base` with the fields of `other`.
fn merged(base: &Value, other: &Value) -> Value {
    let (mut base, other) = (base.clone(), other.as_object().cloned().unwrap_or_default());
    if let Value::Object(fields) = &mut base {
        fields.extend(other);
    }
    base
}

/// The fields of `other` that are not those of `base`, and the names of those that it lacks. If it has little in
/// common with `base`, all its fields.
fn difference(base: &Value, other: &Value) -> (Value, Vec<String>) {
    let (Value::Object(base), Value::Object(fields)) = (base, other) else {
        return (other.clone(), Vec::new());
    };
    let (common, lacking): (Vec<_>, Vec<_>) =
        base.keys().cloned().partition(|field| fields.contains_key(field));
    if lacking.len() > common.len() {
        return (other.clone(), Vec::new());
    }
    let differing = fields.iter().filter(|(field, value)| base.get(*field) != Some(value));
    let differing = differing.map(|(field, value)| (field.clone(), value.clone()));
    (Value::Object(differing.collect()), lacking)
}

/// Whether files are written instead of checked.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Writes `content` to `path` as JSON that people can read.
pub(crate) fn write(path: &Path, content: &Value) -> Result {
    Ok(fs::write(project::root().join(path), layout(content) + "\n")?)
}
