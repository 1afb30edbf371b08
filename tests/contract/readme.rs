//! `statemachine/README.md` shows the definition as it is.
//!
//! `UPDATE=1` writes its picture and its tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use serde_json::Value;

use crate::{
    asl::{
        Definition,
        definition::{State, strings},
        expressions::inner,
    },
    example::{Example, update},
    project::{self, Result, none},
};

const README: &str = "statemachine/README.md";

#[test]
fn the_readme_shows_the_definition_as_it_is() -> Result {
    let machine = project::machine()?;
    let mut text = project::read(README)?;
    let mut problems = Vec::new();
    for (part, expected) in [
        ("picture", picture(&machine)?),
        ("states", sentences(&machine)),
        ("errors", errors(&machine)?),
        ("examples", examples()?),
    ] {
        match replaced(&text, part, &expected) {
            None => problems.push(format!("{README}: has no part `<!-- {part} -->`; put it back")),
            Some(new) if new != text && !update() => {
                problems
                    .push(format!("{README}: its {part} are old; run this again with UPDATE=1"));
            }
            Some(new) => text = new,
        }
    }
    none(&problems);
    if update() {
        fs::write(project::root().join(README), text)?;
    }
    Ok(())
}

#[test]
fn a_part_is_replaced_and_what_is_around_it_stays() {
    let text = "before\n<!-- it -->\nold\n<!-- end -->\nafter\n";
    let new = "before\n<!-- it -->\n\nnew\n\n<!-- end -->\nafter\n";
    assert_eq!(replaced(text, "it", "new\n").as_deref(), Some(new));
    assert_eq!(replaced(text, "that", "new\n"), None);
}

/// `text` with another content of `part`, which stands between `<!-- part -->` and `<!-- end -->`.
pub(crate) fn replaced(text: &str, part: &str, content: &str) -> Option<String> {
    let start = format!("<!-- {part} -->\n");
    let (before, rest) = text.split_once(&start)?;
    let (_, after) = rest.split_once("<!-- end -->")?;
    Some(format!("{before}{start}\n{content}\n<!-- end -->{after}"))
}

fn picture(machine: &Definition) -> Result<String> {
    let mut picture = "```mermaid\nflowchart TD\n".to_owned();
    let states = machine.reachable();
    writeln!(picture, "    start((\" \")) --> {}", id(machine.start()))?;
    for state in &states {
        let (left, right) = match state.kind() {
            "Choice" => ("{\"", "\"}"),
            "Succeed" | "Fail" => ("([\"", "\"])"),
            _ if state.waits() => ("{{\"", "\"}}"),
            _ => ("[\"", "\"]"),
        };
        writeln!(picture, "    {}{left}{}{right}", id(state.name), state.name)?;
    }
    for state in &states {
        for (index, transition) in state.transitions().iter().enumerate() {
            let arrow = match transition.field.as_str() {
                "Next" => "-->".to_owned(),
                "Default" => "-->|otherwise|".to_owned(),
                _ if transition.is_catch() => "-. error .->".to_owned(),
                _ => format!("-->|\"{}\"|", condition(*state, index)),
            };
            writeln!(picture, "    {} {arrow} {}", id(state.name), id(transition.to))?;
        }
        for retrier in state.list("Retry").iter().filter(|it| polls(it) && !state.waits()) {
            let pause = &retrier["IntervalSeconds"];
            let own = id(state.name);
            writeln!(picture, "    {own} -->|\"not ready: again in {pause} s\"| {own}")?;
        }
    }
    Ok(picture + "```\n")
}

// The transitions of a choice begin with its rules, in their order.
fn condition(state: State<'_>, index: usize) -> String {
    let rule = state.list("Choices").get(index);
    let text = rule.and_then(|rule| rule["Condition"].as_str()).unwrap_or_default();
    inner(text).unwrap_or(text).replace('"', "#quot;")
}

/// Whether a retrier polls a state, rather than retries a fault.
fn polls(retrier: &Value) -> bool {
    retrier["BackoffRate"].as_f64() == Some(1.0)
}

fn id(name: &str) -> String {
    let words = name.split(' ').map(project::pascal);
    words.collect::<String>().replace(|letter: char| !letter.is_alphanumeric(), "")
}

fn sentences(machine: &Definition) -> String {
    let states = machine.reachable();
    let lines = states.iter().map(|state| format!("- **{}**: {}", state.name, state.comment()));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// A row for all errors with the same reaction in the same states.
fn errors(machine: &Definition) -> Result<String> {
    let tasks = machine.states().filter(|state| state.kind() == "Task").count();
    let mut reactions: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for state in machine.states() {
        let retried = state.list("Retry").iter().map(|entry| (entry, retries(entry)));
        let caught = state.list("Catch").iter().map(|entry| {
            let next = entry["Next"].as_str().unwrap_or_default();
            (entry, format!("continues with **{next}**"))
        });
        for (entry, reaction) in retried.chain(caught) {
            for name in strings(entry, "ErrorEquals") {
                reactions.entry((name, reaction.clone())).or_default().insert(state.name);
            }
        }
    }
    let mut rows: BTreeMap<(BTreeSet<&str>, String), Vec<String>> = BTreeMap::new();
    for ((name, reaction), states) in reactions {
        rows.entry((states, reaction)).or_default().push(format!("`{name}`"));
    }
    let mut lines = Vec::new();
    for ((states, reaction), names) in rows {
        let names = names.join(", ");
        let places = if states.len() == tasks {
            "every task".to_owned()
        } else {
            states.into_iter().collect::<Vec<_>>().join(", ")
        };
        lines.push(format!("| {names} | {reaction} | {places} |"));
    }
    lines.sort();
    let mut table = "| Error | Reaction | In |\n| --- | --- | --- |\n".to_owned();
    for line in lines {
        writeln!(table, "{line}")?;
    }
    Ok(table)
}

fn retries(retrier: &Value) -> String {
    let [pause, most] = ["IntervalSeconds", "MaxAttempts"].map(|field| &retrier[field]);
    if polls(retrier) {
        return format!("retries after {pause} s, at most {most} times");
    }
    let longest = retrier.get("MaxDelaySeconds").unwrap_or(pause);
    format!("retries after up to {pause} s, then up to {longest} s, at most {most} times")
}

fn examples() -> Result<String> {
    let all = Example::all()?;
    let lines =
        all.iter().map(|it| format!("- [{0}](examples/{0}.json): {1}", it.name, it.about()));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}
