//! Renders `mist.yaml`, with a comment at each field that must be filled in.

use super::draft::{Draft, DraftStack, Field, NEW_RELIC_SECRET};

/// The text of `mist.yaml`. A field that must be filled in is empty, and `mist config validate` refuses it.
pub(super) fn yaml(draft: &Draft, source: &str) -> String {
    let mut lines = Lines::default();
    lines.comment(0, &format!("Converted from {source} of the first mist."));
    lines.field(0, "application", &draft.application);
    lines.field(0, "region", &draft.region);
    lines.push(0, "");
    lines.push(0, "artifacts:");
    lines.field(1, "bucket", &draft.bucket);
    lines.push(0, "");
    lines.push(0, "stacks:");
    for stack in &draft.stacks {
        lines.stack(stack);
    }
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn push(&mut self, depth: usize, line: &str) {
        if !line.is_empty() {
            self.text.push_str(&"  ".repeat(depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    // A line break in the comment would start a line of YAML.
    fn comment(&mut self, depth: usize, text: &str) {
        let text: String =
            text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        self.push(depth, &format!("# {text}"));
    }

    fn known(&mut self, depth: usize, name: &str, value: &str) {
        self.push(depth, &format!("{name}: {}", scalar(value)));
    }

    fn field(&mut self, depth: usize, name: &str, field: &Field) {
        match field {
            Field::Known(value) => self.known(depth, name, value),
            Field::Open(what) => {
                self.comment(depth, &format!("Fill in: {what}"));
                self.known(depth, name, "");
            }
        }
    }

    fn stack(&mut self, stack: &DraftStack) {
        self.push(1, &format!("{}:", scalar(&stack.name)));
        self.field(2, "domain", &stack.domain);
        self.field(2, "hostedZoneId", &stack.hosted_zone_id);
        self.push(2, "environments:");
        let [a, b] = &stack.environments;
        self.field(3, "a", a);
        self.field(3, "b", b);
        if stack.https || stack.port.is_some() || stack.paths.is_some() {
            self.push(2, "warmUp:");
        }
        if stack.https {
            self.known(3, "scheme", "https");
        }
        if let Some(port) = stack.port {
            self.push(3, &format!("port: {port}"));
        }
        if let Some(path) = &stack.paths {
            self.push(3, &format!("paths: [{}]", scalar(path)));
        }
        if let Some(secret) = &stack.basic_auth_secret {
            self.comment(3, "A secret in Secrets Manager that holds USER:PASSWORD.");
            self.known(3, "basicAuthSecret", secret);
        }
        if let Some(application) = &stack.new_relic {
            self.push(2, "newRelic:");
            self.known(3, "application", application);
            self.comment(3, "A secret in Secrets Manager that holds the user key (NRAK-...).");
            self.known(3, "apiKeySecret", NEW_RELIC_SECRET);
        }
    }
}

// Text that YAML could parse as another type is quoted like JSON.
fn scalar(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    let word = value.to_ascii_lowercase();
    let other = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let begins = value.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if begins && value.chars().all(plain) && !other.contains(&word.as_str()) {
        value.to_owned()
    } else {
        serde_json::Value::from(value).to_string()
    }
}
