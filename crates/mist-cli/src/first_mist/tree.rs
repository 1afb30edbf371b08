//! An old file as a tree that remembers which of its fields were asked for.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

/// A whole file.
pub(super) struct Tree {
    root: Value,
    seen: RefCell<BTreeSet<String>>,
}

/// One field of it.
#[derive(Clone)]
pub(super) struct Node<'a> {
    tree: &'a Tree,
    value: &'a Value,
    /// Where it is, such as `aws.stacks.qa.domain`.
    pub(super) path: String,
}

impl Tree {
    /// Reads YAML; the keys may be symbols of Ruby.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // A parser shows the lines around a mistake, and one of them can hold a password.
        let root: Value = serde_saphyr::from_str(text).map_err(|error| {
            let at = error.location();
            let at = at.map_or(String::new(), |at| format!(" (line {})", at.line()));
            format!("is not YAML that can be read{at}")
        })?;
        if !root.is_object() {
            return Err("has no fields: it is not a configuration of the first mist".to_owned());
        }
        Ok(Self { root: plain(root), seen: RefCell::default() })
    }

    /// The field at `path`, such as `["aws", "region"]`.
    pub(super) fn at(&self, path: &[&str]) -> Option<Node<'_>> {
        let root = Node { tree: self, value: &self.root, path: String::new() };
        path.iter().try_fold(root, |node, key| node.child(key))
    }

    /// Every value that nobody asked for, by where it is.
    pub(super) fn unseen(&self) -> Vec<String> {
        let mut found = Vec::new();
        let root = Node { tree: self, value: &self.root, path: String::new() };
        root.leaves(&mut found);
        let seen = self.seen.borrow();
        found.retain(|path| !seen.contains(path));
        found
    }
}

impl Node<'_> {
    /// The field `key` of this one; one that is empty is not there.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { tree: self.tree, value, path: below(&self.path, key) })
    }

    /// The first of `keys` that is there.
    pub(super) fn any(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.child(key))
    }

    /// The text of this field. Numbers and words such as `yes` count as text.
    pub(super) fn text(&self) -> Result<String, String> {
        self.tree.seen.borrow_mut().insert(self.path.clone());
        let text = match self.value {
            Value::String(text) => text.strip_prefix(':').unwrap_or(text).trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(word) => word.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(format!("{}: must be one text", self.path));
            }
        };
        if text.is_empty() { Err(format!("{}: is empty", self.path)) } else { Ok(text) }
    }

    /// The items of a list, or of a map with the key of each.
    pub(super) fn items(&self) -> Result<Vec<(Option<String>, Self)>, String> {
        match self.value {
            Value::Array(items) => Ok((0..)
                .zip(items)
                .map(|(place, value)| {
                    let path = format!("{}[{place}]", self.path);
                    (None, Self { tree: self.tree, value, path })
                })
                .collect()),
            Value::Object(items) => Ok(items
                .iter()
                .map(|(key, value)| {
                    let path = below(&self.path, key);
                    (Some(key.clone()), Self { tree: self.tree, value, path })
                })
                .collect()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(format!("{}: must be a list or a map", self.path))
            }
        }
    }

    /// Whether this has fields of its own.
    pub(super) fn is_map(&self) -> bool {
        self.value.is_object()
    }

    /// Whether this is one text.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_string()
    }

    /// Takes note that this and all below it need not be told as left out.
    pub(super) fn dealt_with(&self) {
        let mut below = Vec::new();
        self.leaves(&mut below);
        self.tree.seen.borrow_mut().extend(below);
    }

    fn leaves(&self, found: &mut Vec<String>) {
        match self.items() {
            Ok(items) if !items.is_empty() => {
                for (_, item) in &items {
                    item.leaves(found);
                }
            }
            Ok(_) | Err(_) if self.value.is_null() => {}
            Ok(_) | Err(_) => found.push(self.path.clone()),
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

// Ruby wrote `:name: x` as well as `name: x`.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let key = |key: String| key.strip_prefix(':').map(str::to_owned).unwrap_or(key);
            // By name: in which order a map keeps its fields depends on what else is built.
            let fields = fields.into_iter().map(|(name, value)| (key(name), plain(value)));
            Value::Object(fields.collect::<BTreeMap<_, _>>().into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
