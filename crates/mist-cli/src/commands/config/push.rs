//! `mist config push`: shows what changes, asks, and writes the stacks of `mist.yaml`.

use mist_aws::Aws;
use mist_core::stack::{document::StackDocument, settings::Stack};
use serde_json::{Value, json};
use similar::TextDiff;

use super::conflicts::{Stored, conflicts};
use crate::{
    account::Place,
    arguments::ConfigPush,
    ask,
    failure::Failure,
    output::{self, Format, note},
};

/// Writes `stacks`, which are of one file and one region, unless a stored stack forbids one of them.
pub(super) async fn run(
    stacks: &[Stack],
    arguments: &ConfigPush,
    place: Place<'_>,
    format: Format,
) -> Result<(), Failure> {
    // Releases read the parameters in the region of their environments, which the file names.
    let Some(expected) = stacks.first().map(|stack| stack.region.as_str()) else { return Ok(()) };
    if let Some(region) = place.region.filter(|region| *region != expected) {
        return Err(Failure::Setup(format!("mist.yaml is for region {expected}, not {region}")));
    }
    let place = Place { region: Some(expected), ..place };
    let aws = place.open().await?;
    let names: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    place.announce(&aws, &format!("configuration of {}", names.join(", "))).await?;
    let stored = Stored::read(&aws).await?;
    let found: Vec<_> = stacks
        .iter()
        .flat_map(|stack| conflicts(stack, &stored, stacks, arguments.replace))
        .collect();
    if !found.is_empty() {
        return Err(Failure::Setup(format!("nothing was pushed: {}", found.join("; "))));
    }
    let changed: Vec<_> =
        stacks.iter().filter(|stack| stored.of(&stack.name) != Some(stack)).collect();
    for stack in &changed {
        show(stack, &stored);
    }
    if !changed.is_empty() {
        ask::consent(
            "Push this?",
            arguments.yes,
            "nothing was pushed: no terminal to confirm the changes; --yes pushes them without confirmation",
            "nothing was pushed",
        )?;
    }
    write(&aws, stacks, &changed, format).await
}

/// Shows the difference between the stored configuration of `stack` and `stack`.
fn show(stack: &Stack, stored: &Stored) {
    let parameter = StackDocument::parameter(&stack.name);
    let unreadable = stored.unreadable.iter().find(|(name, _)| *name == stack.name);
    if let Some((_, problem)) = unreadable {
        note(format!("! {parameter} is replaced, and cannot be compared: {problem}"));
    } else if stored.of(&stack.name).is_none() {
        note(format!("{parameter} is new"));
    } else {
        note(format!("{parameter} changes"));
    }
    output::difference(&difference(stored.of(&stack.name), stack));
}

/// The lines that differ between `before` and `after`, with three lines around each change.
fn difference(before: Option<&Stack>, after: &Stack) -> String {
    let (before, after) = (before.map(lines).unwrap_or_default(), lines(after));
    let diff = TextDiff::from_lines(&before, &after);
    let shown = diff.unified_diff().context_radius(3).to_string();
    let shown = shown.lines().filter(|line| !line.starts_with("@@") && !line.starts_with('\\'));
    shown.map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// The fields of a stack, one a line, as `mist.yaml` names them.
fn lines(stack: &Stack) -> String {
    let mut lines = String::new();
    add(&json!(stack), "", &mut lines);
    lines
}

// A path a line shows where a value belongs, also far from the name of its section.
fn add(value: &Value, path: &str, lines: &mut String) {
    let Some(fields) = value.as_object().filter(|fields| !fields.is_empty()) else {
        lines.extend([path, ": ", &value.to_string(), "\n"]);
        return;
    };
    for (name, value) in fields {
        let name = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        add(value, name.trim_start_matches("settings."), lines);
    }
}

async fn write(
    aws: &Aws,
    stacks: &[Stack],
    changed: &[&Stack],
    format: Format,
) -> Result<(), Failure> {
    for stack in stacks {
        let parameter = StackDocument::parameter(&stack.name);
        let is_changed = changed.contains(&stack);
        if is_changed {
            let store = aws.stacks();
            Box::pin(store.push(stack.clone())).await?;
        }
        let done = if is_changed { "pushed" } else { "unchanged:" };
        if format == Format::Table {
            output::result(format!("{done} {parameter} in {}", stack.region));
        }
    }
    if format == Format::Json {
        let names = |stacks: &mut dyn Iterator<Item = &Stack>| {
            stacks.map(|stack| stack.name.to_string()).collect::<Vec<_>>()
        };
        let unchanged = &mut stacks.iter().filter(|stack| !changed.contains(stack));
        output::json(&json!({
            "pushed": names(&mut changed.iter().copied()), "unchanged": names(unchanged),
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use clap::Parser as _;
    use mist_testkit::stack;

    use super::*;
    use crate::{
        arguments::{Arguments, Command, Config},
        testing,
    };

    #[test]
    fn a_difference_has_the_changed_fields_by_their_paths() {
        let before = stack().unwrap();
        let mut after = before.clone();
        after.settings.environments.b = "Demo-QA-C".parse().unwrap();
        let shown = difference(Some(&before), &after);
        assert!(shown.contains("\n  -environments.b: \"Demo-QA-B\"\n"), "{shown}");
        assert!(shown.contains("\n  +environments.b: \"Demo-QA-C\"\n"), "{shown}");
        assert!(shown.lines().count() < 12, "{shown}");
        assert_eq!(difference(Some(&before), &before), "");
        let new = difference(None, &after);
        assert!(new.lines().all(|line| line.starts_with("  +")), "{new}");
    }

    fn parsed(words: &[&str]) -> ConfigPush {
        let words = ["mist", "config", "push"].iter().chain(words);
        match Arguments::parse_from(words).command {
            Command::Config(Config::Push(push)) => push,
            other => panic!("{other:?}"),
        }
    }

    /// Writes `stack` without a change into an AWS that stores nothing, and returns the names of the calls.
    async fn written(changed: bool) -> Vec<String> {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&calls);
        let aws = testing::aws(move |call, _| {
            noted.lock().unwrap().push(call.to_owned());
            Ok(json!({}))
        });
        let stack = stack().unwrap();
        let changed: Vec<_> = std::iter::once(&stack).filter(|_| changed).collect();
        write(&aws.await, std::slice::from_ref(&stack), &changed, Format::Table).await.unwrap();
        let calls = calls.lock().unwrap();
        calls.clone()
    }

    #[tokio::test]
    async fn only_a_changed_stack_is_written() {
        assert_eq!(Box::pin(written(true)).await, ["PutParameter"]);
        assert!(Box::pin(written(false)).await.is_empty());
    }

    #[test]
    fn a_push_asks_unless_yes_is_given() {
        assert!(!parsed(&[]).yes);
        assert!(parsed(&["-y", "--replace"]).yes);
        assert!(parsed(&["--yes", "--replace"]).replace);
    }
}
