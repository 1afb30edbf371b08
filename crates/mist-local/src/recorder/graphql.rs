//! Reads as much of GraphQL as is needed to see what a mutation was called with.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::{Map, Number, Value};

/// The arguments of the first call of `field` in the query, with variables put in; `None` when it is not called.
///
/// Enum values read as strings, and so do numbers that JSON cannot hold.
pub(crate) fn arguments(query: &str, field: &str, variables: &Value) -> Option<Map<String, Value>> {
    query.match_indices(field).find_map(|(start, _)| {
        let rest = query.get(start + field.len()..)?.trim_start().strip_prefix('(')?;
        Reader { letters: rest.chars().peekable(), variables }.fields(')')
    })
}

struct Reader<'text> {
    letters: Peekable<Chars<'text>>,
    variables: &'text Value,
}

impl Reader<'_> {
    /// `name: value` pairs up to the closing letter.
    fn fields(&mut self, close: char) -> Option<Map<String, Value>> {
        let mut fields = Map::new();
        loop {
            if self.skip_to()? == close {
                self.letters.next();
                return Some(fields);
            }
            let name = self.word();
            if name.is_empty() || self.skip_to()? != ':' {
                return None;
            }
            self.letters.next();
            let value = self.value()?;
            fields.insert(name, value);
        }
    }

    fn value(&mut self) -> Option<Value> {
        match self.skip_to()? {
            '{' => {
                self.letters.next();
                self.fields('}').map(Value::Object)
            }
            '[' => {
                self.letters.next();
                self.list()
            }
            '"' => {
                self.letters.next();
                self.string().map(Value::String)
            }
            '$' => {
                self.letters.next();
                let name = self.word();
                Some(self.variables.get(&name).cloned().unwrap_or_default())
            }
            _ => Some(plain(&self.word())).filter(|value| value != ""),
        }
    }

    fn list(&mut self) -> Option<Value> {
        let mut values = Vec::new();
        while self.skip_to()? != ']' {
            values.push(self.value()?);
        }
        self.letters.next();
        Some(Value::Array(values))
    }

    fn string(&mut self) -> Option<String> {
        let mut text = String::from("\"");
        loop {
            let letter = self.letters.next()?;
            text.push(letter);
            match letter {
                // The escapes of GraphQL are those of JSON.
                '"' => return serde_json::from_str(&text).ok(),
                '\\' => text.push(self.letters.next()?),
                _ => {}
            }
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(letter) =
            self.letters.next_if(|letter| letter.is_alphanumeric() || "_-+.".contains(*letter))
        {
            word.push(letter);
        }
        word
    }

    /// The next letter that means something; commas are white space in GraphQL.
    fn skip_to(&mut self) -> Option<char> {
        while self.letters.next_if(|letter| letter.is_whitespace() || *letter == ',').is_some() {}
        self.letters.peek().copied()
    }
}

fn plain(word: &str) -> Value {
    match word {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => word.parse::<Number>().map_or_else(|_| Value::from(word), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_arguments_that_stand_in_the_query() {
        let query = r#"mutation { create(deployment: { version: "4\"2", type: BLUE_GREEN, at: 12, tags: ["a" "b"] }) { id } }"#;
        let found = arguments(query, "create", &Value::Null).unwrap();
        let expected = json!({ "deployment": { "version": "4\"2", "type": "BLUE_GREEN", "at": 12, "tags": ["a", "b"] } });
        assert_eq!(Value::Object(found), expected);
    }

    #[test]
    fn puts_variables_in() {
        let query = "mutation($d: Input!) { create(deployment: $d) { id } }";
        let found = arguments(query, "create", &json!({ "d": { "version": "42" } })).unwrap();
        assert_eq!(found["deployment"]["version"], "42");
    }

    #[test]
    fn a_field_that_is_not_called_has_no_arguments() {
        assert_eq!(arguments("{ actor { create } }", "create", &Value::Null), None);
        assert_eq!(arguments("{ create(broken", "create", &Value::Null), None);
    }
}
