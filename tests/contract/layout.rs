//! JSON for people: short values stand on one line.

use serde_json::Value;

/// The most characters of a line.
const WIDTH: usize = 110;

/// The text of `value`, on as few lines as possible.
pub(crate) fn layout(value: &Value) -> String {
    block(value, 0, 0)
}

/// `value` on as many lines as it needs, `depth` levels deep, after `used` letters of its first line.
fn block(value: &Value, depth: usize, used: usize) -> String {
    let short = line(value);
    if 2 * depth + used + short.len() < WIDTH && depth > 0 {
        return short;
    }
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields = fields.iter().map(|(key, value)| {
                let key = format!("{}: ", Value::from(key.as_str()));
                format!("{inner}{key}{}", block(value, depth + 1, key.len()))
            });
            format!("{{\n{}\n{outer}}}", fields.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            format!("[\n{}\n{outer}]", filled(items, &inner))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| format!("{inner}{}", block(item, depth + 1, 0)));
            format!("[\n{}\n{outer}]", items.collect::<Vec<_>>().join(",\n"))
        }
        _ => short,
    }
}

/// Items, as many on a line as fit.
fn filled(items: &[Value], indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for (index, item) in items.iter().enumerate() {
        let item = format!("{item}{}", if index + 1 < items.len() { "," } else { "" });
        let line = lines.last_mut().filter(|line| line.len() + item.len() < WIDTH);
        match line {
            Some(line) if line == indent => line.push_str(&item),
            Some(line) => line.extend([" ", &item]),
            None => lines.push(format!("{indent}{item}")),
        }
    }
    lines.join("\n")
}

fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), line(value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

#[test]
fn short_values_stand_on_one_line() {
    let words: Vec<_> = (0..30).map(|number| format!("word {number}")).collect();
    let value = serde_json::json!({
        "short": {"a": [1, 2], "b": null},
        "words": words,
        "long": {"text": "x".repeat(99), "list": [{"text": "y".repeat(99)}]},
    });
    let text = layout(&value);
    assert!(
        text.starts_with("{\n  \"short\": {\"a\": [1, 2], \"b\": null},\n  \"words\": [\n"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    assert!(text.lines().count() < 20, "{text}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
}
