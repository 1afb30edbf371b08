//! All problems of a `mist.yaml`, each once.

use std::fmt;

use mist_core::stack::config::Config;
use serde::Serialize;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::lines::{Document, Path};
use crate::stacks::similar;

/// A file without problems. It has a value for every field that a file needs.
const EXAMPLE: &str = include_str!("../../../../mist.example.yaml");

/// The most problems that are searched.
const MOST: usize = 100;

/// A problem of a file. It has no text of the file but the names of fields and the value of one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Problem {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    field: String,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, stack, field, message } = self;
        write!(formatter, "line {line}")?;
        if let Some(stack) = stack {
            write!(formatter, ", stack {stack}")?;
        }
        if field.is_empty() {
            return write!(formatter, ": {message}");
        }
        write!(formatter, ": {field}: {message}")
    }
}

impl Problem {
    fn new(document: &Document, path: &[String], message: String) -> Self {
        let (stack, field) = match path {
            [stacks, stack, field @ ..] if stacks == "stacks" => (Some(stack.clone()), field),
            field => (None, field),
        };
        Self { line: document.line(path), stack, field: field.join("."), message }
    }
}

/// The problems of `text`, which cannot be read for `error`.
pub(super) fn all(text: &str, error: &serde_saphyr::Error) -> Vec<Problem> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return vec![unparsed(&error)],
    };
    let Ok(example) = serde_saphyr::from_str::<Value>(EXAMPLE) else {
        return vec![unparsed(error)];
    };
    let mut found = Vec::new();
    let mut rest = document.value.clone();
    for _ in 0..MOST {
        match serde_path_to_error::deserialize::<_, Config>(&rest) {
            Ok(config) => {
                add_between_fields(&document, &config, &mut found);
                break;
            }
            Err(error) => {
                let path = path(error.path());
                let wrong = Wrong::new(path, &error.inner().to_string());
                if !wrong.repair(&mut rest, &example) {
                    break;
                }
                if let Some(message) = wrong.message {
                    found.push((wrong.path, message));
                }
            }
        }
    }
    if found.is_empty() {
        return vec![unparsed(error)];
    }
    sorted(&document, found)
}

/// The problem that the file is no YAML, or that its values are not those of the fields.
fn unparsed(error: &serde_saphyr::Error) -> Problem {
    let line = error.location().as_ref().map_or(1, serde_saphyr::Location::line);
    let message = error.without_snippet().to_string();
    let message = message.lines().next().unwrap_or_default();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    Problem { line, stack: None, field: String::new(), message }
}

/// The problems of `config`, which `text` holds.
pub(super) fn between_fields(text: &str, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    add_between_fields(&document, config, &mut found);
    sorted(&document, found)
}

fn sorted(document: &Document, found: Vec<(Path, String)>) -> Vec<Problem> {
    let problems = found.into_iter().map(|(path, message)| Problem::new(document, &path, message));
    let mut problems: Vec<_> = problems.collect();
    problems.sort_by_key(|problem| problem.line);
    problems.dedup();
    problems
}

/// Adds the problems of `config` that no single field shows, but for fields that were repaired.
fn add_between_fields(document: &Document, config: &Config, found: &mut Vec<(Path, String)>) {
    let repaired: Vec<_> = found.iter().map(|(path, _)| path.clone()).collect();
    for problem in config.problems() {
        let (field, message) = problem.split_once(": ").unwrap_or(("", &problem));
        let path: Path = field.split('.').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        let is_of_file = document.value.pointer(&format!("/{}", path.join("/"))).is_some();
        // A value of the example can belong to two stacks.
        let is_example = repaired.iter().any(|it| it.starts_with(&path) || path.starts_with(it));
        if is_of_file && !is_example || path.last().is_some_and(|it| it == "github") {
            found.push((path, message.to_owned()));
        }
    }
}

fn path(path: &serde_path_to_error::Path) -> Path {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    segments.collect()
}

/// A value that cannot be read.
struct Wrong {
    path: Path,
    /// The message for a person; `None` if the value is only written in another way.
    message: Option<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Unknown,
    Missing,
    Text,
    Other,
}

impl Wrong {
    /// The problem at `path`, by the `error` of serde.
    fn new(mut path: Path, error: &str) -> Self {
        if let Some((name, known)) = quoted(error, "unknown field ") {
            if path.last().map(String::as_str) != Some(name) {
                path.push(name.to_owned());
            }
            let known: Vec<_> = known.split('`').skip(1).step_by(2).collect();
            let suggested = similar(name, &known).map(|it| format!("; did you mean `{it}`?"));
            let message = format!("is not a known field{}", suggested.unwrap_or_default());
            return Self { path, message: Some(message), kind: Kind::Unknown };
        }
        if let Some((name, _)) = quoted(error, "missing field ") {
            path.push(name.to_owned());
            return Self { path, message: Some("is missing".to_owned()), kind: Kind::Missing };
        }
        let scalar = ["integer ", "floating point ", "boolean "];
        let is_scalar = |found: &str| scalar.iter().any(|it| found.starts_with(it));
        match error.strip_prefix("invalid type: ").and_then(|it| it.split_once(", expected ")) {
            // YAML reads `2013` as a number, also where a text is expected.
            Some((found, "a string")) if is_scalar(found) => {
                Self { path, message: None, kind: Kind::Text }
            }
            Some((found, expected)) => {
                Self { path, message: Some(mismatch(found, expected)), kind: Kind::Other }
            }
            None => {
                // The error of a value that is checked as a whole begins with its field.
                let field = path.last().map(|name| format!("{name}: ")).unwrap_or_default();
                let error = error.strip_prefix(&field).unwrap_or(error);
                Self { message: Some(readable(error)), path, kind: Kind::Other }
            }
        }
    }

    /// Changes `rest` so that other problems can be found; `false` if that is not possible.
    fn repair(&self, rest: &mut Value, example: &Value) -> bool {
        let Some((last, parents)) = self.path.split_last() else { return false };
        let Some(parent) = at(rest, parents) else { return false };
        if let Value::Array(items) = parent {
            let place = last.parse().ok().filter(|place| *place < items.len());
            return place.map(|place: usize| items.remove(place)).is_some();
        }
        let Value::Object(fields) = parent else { return false };
        let replacement = match self.kind {
            Kind::Unknown => None,
            Kind::Text => fields.get(last).map(|value| Value::from(value.to_string())),
            Kind::Missing | Kind::Other => of_example(example, &self.path),
        };
        match replacement {
            Some(value) if fields.get(last) != Some(&value) => {
                fields.insert(last.clone(), value);
                true
            }
            _ => fields.remove(last).is_some(),
        }
    }
}

/// The value at `path` of `root`.
fn at<'a>(root: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |value, name| match value {
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        value => value.as_object_mut()?.get_mut(name),
    })
}

/// The value of the example at `path`, in any stack that has one.
fn of_example(example: &Value, path: &[String]) -> Option<Value> {
    let [stacks, _, field @ ..] = path else { return example.get(path.first()?).cloned() };
    if stacks != "stacks" {
        return example.pointer(&format!("/{}", path.join("/"))).cloned();
    }
    if field.is_empty() {
        return None;
    }
    let field = format!("/{}", field.join("/"));
    example["stacks"].as_object()?.values().find_map(|stack| stack.pointer(&field)).cloned()
}

/// The name in backquotes after `start` of `error`, and the rest.
fn quoted<'a>(error: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    error.strip_prefix(start)?.strip_prefix('`')?.split_once('`')
}

/// The message that `found` is not `expected`, in words of YAML.
fn mismatch(found: &str, expected: &str) -> String {
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a mapping of fields",
        other if other.starts_with("struct ") => "a mapping of fields",
        other => other,
    };
    let found = match found {
        "null" | "unit value" => return format!("is empty; it must be {expected}"),
        "map" => "a mapping of fields",
        "sequence" => "a list",
        other => other.split_once(' ').map_or(other, |(_, value)| value),
    };
    format!("must be {expected}, not {found}")
}

/// `error` with the words of YAML where serde has those of Rust.
fn readable(error: &str) -> String {
    match error.strip_prefix("invalid value: ").and_then(|it| it.split_once(", expected ")) {
        Some((found, expected)) => mismatch(found, expected),
        None => error.replace("unknown variant ", "").replace(", expected one of ", " is none of "),
    }
}
