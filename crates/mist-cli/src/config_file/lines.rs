//! A YAML document as a value, with the line of each field.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

/// The names of the fields, or the places in lists, from the root to a value.
pub(super) type Path = Vec<String>;

/// A document and the line of each of its fields.
pub(super) struct Document {
    /// The document.
    pub(super) value: Value,
    lines: BTreeMap<Path, u64>,
}

impl Document {
    /// Parses `text`. An error is that of the parser.
    pub(super) fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        let root: Spanned<Node> = serde_saphyr::from_str(text)?;
        let mut lines = BTreeMap::from([(Path::new(), root.referenced.line())]);
        let value = root.value.value(&Path::new(), &mut lines);
        Ok(Self { value, lines })
    }

    /// The line of the field at `path`, or of the nearest one around it.
    pub(super) fn line(&self, path: &[String]) -> u64 {
        let around = (0..=path.len()).rev().map(|length| &path[..length]);
        around.filter_map(|path| self.lines.get(path)).copied().next().unwrap_or(1)
    }
}

/// A value whose parts have lines.
enum Node {
    Fields(Vec<(Spanned<String>, Spanned<Node>)>),
    Items(Vec<Spanned<Node>>),
    Scalar(Value),
}

impl Node {
    /// The value of this node at `path`, whose parts are added to `lines`.
    fn value(self, path: &Path, lines: &mut BTreeMap<Path, u64>) -> Value {
        let below = |name: String| path.iter().cloned().chain([name]).collect::<Path>();
        match self {
            Self::Scalar(value) => value,
            Self::Items(items) => items
                .into_iter()
                .enumerate()
                .map(|(place, item)| {
                    let path = below(place.to_string());
                    lines.insert(path.clone(), item.referenced.line());
                    item.value.value(&path, lines)
                })
                .collect(),
            Self::Fields(fields) => {
                let fields = fields.into_iter().map(|(name, field)| {
                    let path = below(name.value.clone());
                    lines.insert(path.clone(), name.referenced.line());
                    (name.value, field.value.value(&path, lines))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Node::Items(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(field) = fields.next_entry()? {
            found.push(field);
        }
        Ok(Node::Fields(found))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(names: &[&str]) -> Path {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn every_field_has_its_line() {
        let document = Document::parse("a: 1\nb:\n  c: [x,\n      true]\n  d: 1.5\ne:\n").unwrap();
        assert_eq!(
            document.value,
            json!({ "a": 1, "b": { "c": ["x", true], "d": 1.5 }, "e": null })
        );
        let line = |names: &[&str]| document.line(&path(names));
        assert_eq!(
            [line(&["a"]), line(&["b"]), line(&["b", "c"]), line(&["b", "d"])],
            [1, 2, 3, 5]
        );
        assert_eq!([line(&["b", "c", "1"]), line(&["b", "no"]), line(&[])], [4, 2, 1]);
    }
}
