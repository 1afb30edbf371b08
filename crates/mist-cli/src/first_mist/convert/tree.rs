//! The old file as a tree that records which fields were read.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

/// The whole file.
pub(super) struct Tree {
    root: Value,
    read_paths: RefCell<BTreeSet<String>>,
}

/// A field of the file.
#[derive(Clone)]
pub(super) struct Node<'a> {
    tree: &'a Tree,
    value: &'a Value,
    /// The path of the field, such as `aws.stacks.qa.domain`.
    pub(super) path: String,
}

impl Tree {
    /// Parses YAML. The keys may be symbols of Ruby.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The error of the parser quotes the lines around it, and one of them can contain a password.
        let root: Value = serde_saphyr::from_str(text).map_err(|error| {
            let at = error.location();
            let at = at.map_or(String::new(), |at| format!(" (line {})", at.line()));
            format!("is not valid YAML{at}")
        })?;
        if !root.is_object() {
            return Err("has no fields, so it is no configuration of the first mist".to_owned());
        }
        Ok(Self { root: plain(root), read_paths: RefCell::default() })
    }

    /// The field at `path`, such as `["aws", "region"]`.
    pub(super) fn at(&self, path: &[&str]) -> Option<Node<'_>> {
        let root = Node { tree: self, value: &self.root, path: String::new() };
        path.iter().try_fold(root, |node, key| node.child(key))
    }

    /// The paths of all values that were not read.
    pub(super) fn unread(&self) -> Vec<String> {
        let mut found = Vec::new();
        let root = Node { tree: self, value: &self.root, path: String::new() };
        root.leaves(&mut found);
        let read_paths = self.read_paths.borrow();
        found.retain(|path| !read_paths.contains(path));
        found
    }
}

impl Node<'_> {
    /// The child `key` of this field. A child that is null counts as absent.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { tree: self.tree, value, path: below(&self.path, key) })
    }

    /// The first of `keys` that exists.
    pub(super) fn any(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.child(key))
    }

    /// The text of this field, which may be a number or a boolean.
    pub(super) fn text(&self) -> Result<String, String> {
        self.tree.read_paths.borrow_mut().insert(self.path.clone());
        let text = match self.value {
            Value::String(text) => text.strip_prefix(':').unwrap_or(text).trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(word) => word.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(format!("{}: must be a text", self.path));
            }
        };
        if text.is_empty() { Err(format!("{}: is empty", self.path)) } else { Ok(text) }
    }

    /// The items of a list, or the items of a map with their keys.
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

    /// Whether this field is a map.
    pub(super) fn is_map(&self) -> bool {
        self.value.is_object()
    }

    /// Whether this field is a text.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_string()
    }

    /// Marks this field and all below it as read, so they are not reported as left out.
    pub(super) fn mark_read(&self) {
        let mut below = Vec::new();
        self.leaves(&mut below);
        self.tree.read_paths.borrow_mut().extend(below);
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
            // Sorted by name: the order of fields in a map depends on the features of `serde_json` in this build.
            let fields = fields.into_iter().map(|(name, value)| (key(name), plain(value)));
            Value::Object(fields.collect::<BTreeMap<_, _>>().into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
