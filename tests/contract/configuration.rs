//! `docs/CONFIGURATION.md` has every key of `mist.yaml`, as `mist.schema.json` describes it and `mist.example.yaml`
//! uses it.
//!
//! `UPDATE=1` writes its tables anew.

use std::{fmt::Write as _, fs};

use serde_json::Value;

use crate::{
    example::update,
    project::{self, Result, none},
    readme::replaced,
};

const PAGE: &str = "docs/CONFIGURATION.md";

#[test]
fn the_page_has_every_key_as_the_schema_describes_it() -> Result {
    let schema = project::json("mist.schema.json")?;
    let example: Value = serde_saphyr::from_str(&project::read("mist.example.yaml")?)
        .map_err(|error| format!("mist.example.yaml: {error}"))?;
    let mut keys = Keys { schema: &schema, example: &example, text: String::new(), bare: vec![] };
    keys.section("", &schema)?;
    none(&keys.bare);
    let text = project::read(PAGE)?;
    let new = replaced(&text, "keys", &keys.text)
        .ok_or_else(|| format!("{PAGE}: has no part `<!-- keys -->`; put it back"))?;
    if update() {
        fs::write(project::root().join(PAGE), new)?;
    } else if new != text {
        none(&[format!("{PAGE}: its keys are old; run this again with UPDATE=1")]);
    }
    Ok(())
}

/// The part of the page that is generated.
struct Keys<'a> {
    schema: &'a Value,
    example: &'a Value,
    text: String,
    /// The keys without a description.
    bare: Vec<String>,
}

impl<'a> Keys<'a> {
    /// A heading, a table of the keys of `object`, the meanings of their values, and the sections below.
    fn section(&mut self, path: &str, object: &'a Value) -> Result {
        if path.is_empty() {
            self.text += "## The file\n\n";
        } else {
            writeln!(self.text, "\n## `{path}`\n\n{}\n", described(object))?;
        }
        self.text +=
            "| key | value | default | example | meaning |\n| --- | --- | --- | --- | --- |\n";
        let (mut values, mut below) = (String::new(), Vec::new());
        for (owner, key, property) in properties(object) {
            let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let inner = inner(&place, self.target(property));
            // One of several objects stands for its only key.
            let (need, member) = match need(owner, key) {
                Some(_) if owner != object => (Some("one of these"), owner),
                need => (need, &Value::Null),
            };
            let (value, default) = match &inner {
                Some((inner, _)) => (link(inner), need.unwrap_or("optional").to_owned()),
                None => {
                    (self.value(property), need.map_or_else(|| default(property), str::to_owned))
                }
            };
            let example = self.example(&place).map(inline).unwrap_or_default();
            let meaning = self.meaning(&place, [property, self.target(property), member]);
            let cells = [format!("`{key}`"), value, default, example, meaning];
            writeln!(self.text, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))?;
            for choice in choices(self.items(property)) {
                writeln!(values, "- `{key}: {}`: {}", name(choice), described(choice))?;
            }
            below.extend(inner);
        }
        if !values.is_empty() {
            write!(self.text, "\n{values}")?;
        }
        below.into_iter().try_for_each(|(place, object)| self.section(&place, self.target(object)))
    }

    /// The first description of `schemas`, which are those of the key at `place`.
    fn meaning(&mut self, place: &str, schemas: [&Value; 3]) -> String {
        let meaning = schemas.map(described).into_iter().find(|text| !text.is_empty());
        meaning.unwrap_or_else(|| {
            self.bare.push(format!("mist.schema.json: `{place}` has no description"));
            String::new()
        })
    }

    /// What `property` stands for: the definition that it refers to, if it does.
    fn target(&self, property: &'a Value) -> &'a Value {
        let used = not_null(property);
        let name = used["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
        name.map_or(used, |name| &self.schema["$defs"][name])
    }

    /// The items of a list, or else the value itself.
    fn items(&self, property: &'a Value) -> &'a Value {
        let target = self.target(property);
        target.get("items").map_or(target, |items| self.target(items))
    }

    /// The type of `property`, with its bounds.
    fn value(&self, property: &'a Value) -> String {
        let target = self.target(property);
        let items = self.items(property);
        let names = choices(items).map(|choice| format!("`{}`", name(choice)));
        let names = names.collect::<Vec<_>>().join(", ");
        let text = match (kind(target), names.is_empty()) {
            ("array", true) => format!("list of {}s", word(kind(items))),
            ("array", false) => format!("list of {names}"),
            (_, false) => names,
            (kind, true) => word(kind).to_owned(),
        };
        // Bounds beside a reference are narrower than those of its target.
        let bound = |name: &str| {
            [property, not_null(property), target].into_iter().find_map(|it| it.get(name)).cloned()
        };
        match (
            bound("minimum"),
            bound("maximum"),
            bound("pattern").as_ref().and_then(Value::as_str),
        ) {
            (Some(least), Some(most), _) => format!("{text}, {least} to {most}"),
            (_, _, Some(pattern)) => format!("{text}, `{pattern}`"),
            _ => text,
        }
    }

    /// The value of the key at `path` in the example: of the first stack that has it.
    fn example(&self, path: &str) -> Option<&'a Value> {
        let Some(path) = path.strip_prefix("stacks.NAME.") else { return at(self.example, path) };
        self.example["stacks"].as_object()?.values().find_map(|stack| at(stack, path))
    }
}

/// The object below the key at `place`, with its own place: `stacks` has one for each name.
fn inner<'a>(place: &str, target: &'a Value) -> Option<(String, &'a Value)> {
    if let Some(patterns) = target["patternProperties"].as_object() {
        return Some((format!("{place}.NAME"), patterns.values().next()?));
    }
    let has_keys = properties(target).next().is_some();
    has_keys.then(|| (place.to_owned(), target))
}

/// The keys of an object, or of the objects that it can be one of; each after the object that has it.
fn properties(object: &Value) -> impl Iterator<Item = (&Value, &String, &Value)> {
    let owners = [object].into_iter().chain(object["oneOf"].as_array().into_iter().flatten());
    owners.flat_map(|owner| {
        let own = owner["properties"].as_object().into_iter().flatten();
        own.map(move |(key, property)| (owner, key, property))
    })
}

/// `required` if `owner` must have `key`.
fn need(owner: &Value, key: &str) -> Option<&'static str> {
    let required = owner["required"].as_array()?.iter().any(|name| name == key);
    required.then_some("required")
}

/// The values that a text can have.
fn choices(schema: &Value) -> impl Iterator<Item = &Value> {
    let members = schema["oneOf"].as_array().into_iter().flatten();
    members.filter(|member| member["const"].is_string())
}

/// The alternative that is not null, of a value that can be null.
fn not_null(property: &Value) -> &Value {
    let all = property["anyOf"].as_array().into_iter().flatten();
    all.into_iter().find(|it| it["type"] != "null").unwrap_or(property)
}

/// The type of a value that may be null as well.
fn kind(schema: &Value) -> &str {
    let several = schema["type"].as_array().into_iter().flatten();
    several
        .chain([&schema["type"]])
        .filter_map(Value::as_str)
        .find(|it| *it != "null")
        .unwrap_or("string")
}

fn word(kind: &str) -> &str {
    match kind {
        "integer" => "whole number",
        "boolean" => "`true` or `false`",
        "string" => "text",
        other => other,
    }
}

fn default(property: &Value) -> String {
    property.get("default").map_or_else(|| "–".to_owned(), inline)
}

/// The description on one line.
fn described(schema: &Value) -> String {
    schema["description"]
        .as_str()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// `value` as it stands in YAML, if it is short.
fn inline(value: &Value) -> String {
    let text = match value {
        Value::Object(_) => return String::new(),
        Value::Array(items) => {
            let items = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    format!("`{text}`")
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// A link to the section `place`, by the anchor that GitHub gives to its heading.
fn link(place: &str) -> String {
    format!("[`{place}`](#{})", place.to_lowercase().replace('.', ""))
}

/// The text of a choice.
fn name(choice: &Value) -> &str {
    choice["const"].as_str().unwrap_or_default()
}

#[test]
fn a_key_is_a_row_with_its_bounds_its_default_its_example_and_its_meaning() -> Result {
    let schema = serde_json::json!({
        "properties": {
            "name": {"description": "The name\nof it.", "type": "string"},
            "stacks": {"description": "Stacks.", "patternProperties": {"^x$": {"$ref": "#/$defs/Stack"}}},
        },
        "required": ["name"],
        "$defs": {
            "Stack": {"description": "A stack.", "properties": {
                "seconds": {"$ref": "#/$defs/Number", "description": "How long.", "default": 3, "maximum": 9},
                "mode": {"anyOf": [{"$ref": "#/$defs/Mode"}, {"type": "null"}], "description": "Which | mode."},
                "in": {"$ref": "#/$defs/In"},
                "bare": {"type": ["boolean", "null"]},
            }},
            "Number": {"type": "integer", "minimum": 1},
            "Mode": {"oneOf": [{"const": "fast", "description": "Fast."}]},
            "In": {"description": "Where.", "oneOf": [
                {"description": "There.", "properties": {"header": {"type": "string"}}, "required": ["header"]},
            ]},
        },
    });
    let example = serde_json::json!({"stacks": {"QA": {}, "UAT": {"seconds": 4}}});
    let mut keys =
        Keys { schema: &schema, example: &example, text: String::new(), bare: Vec::new() };
    keys.section("", &schema)?;
    let text = keys.text;
    for line in [
        "| `name` | text | required |  | The name of it. |",
        "| `stacks` | [`stacks.NAME`](#stacksname) | optional |  | Stacks. |",
        "## `stacks.NAME`",
        "| `seconds` | whole number, 1 to 9 | `3` | `4` | How long. |",
        "| `mode` | `fast` | – |  | Which \\| mode. |",
        "- `mode: fast`: Fast.",
        "## `stacks.NAME.in`",
        "| `header` | text | one of these |  | There. |",
    ] {
        assert!(text.lines().any(|it| it == line), "`{line}` is missing:\n{text}");
    }
    assert_eq!(keys.bare, ["mist.schema.json: `stacks.NAME.bare` has no description"]);
    Ok(())
}
