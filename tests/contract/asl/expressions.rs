//! The expressions of a definition: where they stand, what they read, and which functions they call.

use std::collections::BTreeSet;

use jsonata_core::{ast::AstNode, parser};
use serde_json::Value;

use super::definition::{Definition, State};

/// The functions of `JSONata` 2.0.6, which Step Functions has, and those that it adds. `$eval` is not
/// among them, and neither is `$parse`, which Step Functions has in its place: functions read texts.
pub(super) const FUNCTIONS: &[&str] = &[
    "abs",
    "append",
    "assert",
    "average",
    "base64decode",
    "base64encode",
    "boolean",
    "ceil",
    "clone",
    "contains",
    "count",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "error",
    "exists",
    "filter",
    "floor",
    "foldLeft",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "join",
    "keys",
    "length",
    "lookup",
    "lowercase",
    "map",
    "match",
    "max",
    "merge",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "pad",
    "parseInteger",
    "power",
    "reduce",
    "replace",
    "reverse",
    "round",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "sqrt",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "sum",
    "toMillis",
    "trim",
    "type",
    "uppercase",
    "zip",
    "hash",
    "partition",
    "random",
    "range",
    "uuid",
];

/// One `{% … %}` of a definition.
#[derive(Clone, Debug)]
pub(crate) struct Expression<'a> {
    /// The state that it stands in.
    pub(crate) state: State<'a>,
    /// The field that it stands in, such as `Arguments.Payload.version`.
    pub(crate) field: String,
    /// The text between the marks.
    pub(crate) text: &'a str,
}

/// The variables and functions of an expression.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The variables, without `$`; neither `states` nor those that the expression binds itself.
    pub(crate) variables: BTreeSet<String>,
    /// The fields of `$states` that it reads: `result.Payload.version`.
    pub(crate) states: BTreeSet<String>,
    functions: BTreeSet<String>,
    bound: BTreeSet<String>,
    newer: BTreeSet<&'static str>,
    composes: bool,
}

impl Expression<'_> {
    /// Its place, for reports.
    pub(crate) fn place(&self) -> String {
        format!("`{}` {}", self.state.name, self.field)
    }

    /// Its variables and functions, or why it cannot be parsed.
    pub(crate) fn facts(&self) -> Result<Facts, String> {
        let parsed = parser::parse(self.text).map_err(|error| error.to_string())?;
        let mut facts = Facts::default();
        facts.collect(&tree(&parsed)?);
        facts.variables = facts.variables.difference(&facts.bound).cloned().collect();
        Ok(facts)
    }

    /// Whether the state's own result can be read here.
    pub(crate) fn sees_result(&self) -> bool {
        self.state.kind() == "Task"
            && ["Assign", "Output"].iter().any(|field| self.field.starts_with(field))
    }

    /// Whether an error can be read here.
    pub(crate) fn sees_error(&self) -> bool {
        self.field.starts_with("Catch")
    }
}

/// The problems of the expressions by themselves.
pub(crate) fn check(definition: &Definition) -> Vec<String> {
    let mut problems = Vec::new();
    for state in definition.states() {
        walk(state.fields, "", &mut |field, text| {
            if text.contains("{%") != text.contains("%}")
                || text.contains("{%") && inner(text).is_none()
            {
                problems.push(format!(
                    "`{}` {field}: `{text}` is no expression: that must be the whole text, from `{{%` to `%}}`",
                    state.name
                ));
            }
        });
    }
    for expression in expressions(definition) {
        match expression.facts() {
            Ok(facts) => {
                problems.extend(facts.problems().map(|it| format!("{}: {it}", expression.place())));
            }
            Err(error) => problems.push(format!("{}: {error}", expression.place())),
        }
    }
    problems
}

/// Every expression of the definition.
pub(crate) fn expressions(definition: &Definition) -> Vec<Expression<'_>> {
    let mut found = Vec::new();
    for state in definition.states() {
        walk(state.fields, "", &mut |field, text| {
            if let Some(text) = inner(text) {
                found.push(Expression { state, field: field.to_owned(), text });
            }
        });
    }
    found
}

/// The text between the marks of an expression; `None` for any other text.
pub(crate) fn inner(text: &str) -> Option<&str> {
    text.strip_prefix("{%")?.strip_suffix("%}").map(str::trim)
}

/// The field `key` of `field`, such as `Catch[0].Assign`.
pub(crate) fn below(field: &str, key: &str) -> String {
    if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") }
}

fn walk<'a>(value: &'a Value, field: &str, visit: &mut impl FnMut(&str, &'a str)) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter().filter(|(key, _)| *key != "Comment") {
                walk(inner, &below(field, key), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{field}[{index}]"), visit);
            }
        }
        Value::String(text) => visit(field, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

// The tree as JSON has the same shape for every kind of node, so a walk through it is short.
fn tree(parsed: &AstNode) -> Result<Value, String> {
    serde_json::to_value(parsed).map_err(|error| error.to_string())
}

impl Facts {
    fn problems(&self) -> impl Iterator<Item = String> {
        let unknown = self
            .functions
            .iter()
            .filter(|name| !FUNCTIONS.contains(&name.as_str()) && !self.bound.contains(*name))
            .map(|name| match name.as_str() {
                "parse" => "calls `$parse`; let a function read the text".to_owned(),
                name => format!("Step Functions has no function `${name}`"),
            });
        let newer = self.newer.iter().map(|operator| {
            format!("the operator `{operator}` is newer than the JSONata 2.0.6 of Step Functions")
        });
        let composes = "composes a text with `&`; let a function do that";
        unknown.chain(newer).chain(self.composes.then(|| composes.to_owned()))
    }

    fn collect(&mut self, node: &Value) {
        let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let Value::Object(fields) = node else {
            node.as_array().into_iter().flatten().for_each(|item| self.collect(item));
            return;
        };
        for (kind, inner) in fields {
            match kind.as_str() {
                "Variable" => self.read(name(inner)),
                "Function" => _ = self.functions.insert(name(&inner["name"])),
                "Lambda" => {
                    let parameters = inner["params"].as_array().into_iter().flatten();
                    self.bound.extend(parameters.map(name));
                }
                "Binary" => self.operator(inner),
                "Path"
                    if inner.pointer("/steps/0/node/Variable") == Some(&Value::from("states")) =>
                {
                    let steps = inner["steps"].as_array().into_iter().flatten().skip(1);
                    let path: Vec<_> = steps.map(|step| name(&step["node"]["Name"])).collect();
                    self.states.insert(path.join("."));
                }
                "focus" | "index_var" | "Index" if inner.is_string() => {
                    self.bound.insert(name(inner));
                }
                _ => {}
            }
            self.collect(inner);
        }
    }

    // The empty name is `$`, the value that a filter or a step looks at. A function may be handed over
    // by its name.
    fn read(&mut self, name: String) {
        if !name.is_empty() && name != "states" && !FUNCTIONS.contains(&name.as_str()) {
            self.variables.insert(name);
        }
    }

    fn operator(&mut self, binary: &Value) {
        match binary["op"].as_str() {
            Some("ColonEqual") => {
                self.bound.extend(binary["lhs"]["Variable"].as_str().map(str::to_owned));
            }
            Some("Concatenate") => self.composes = true,
            Some("Coalesce") => _ = self.newer.insert("??"),
            Some("Default") => _ = self.newer.insert("?:"),
            _ => {}
        }
    }
}
