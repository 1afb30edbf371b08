//! `statemachine/README.md` shows the definition as it is.
//!
//! `UPDATE=1` writes its picture and its tables anew.

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
    examples::{Example, update},
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
fn replaced(text: &str, part: &str, content: &str) -> Option<String> {
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
            "Pass" | "Succeed" | "Fail" => ("([\"", "\"])"),
            _ => ("[\"", "\"]"),
        };
        writeln!(picture, "    {}{left}{}{right}", id(state.name), state.name)?;
    }
    for state in &states {
        for (index, way) in state.transitions().iter().enumerate() {
            let arrow = match way.field.as_str() {
                "Next" => "-->".to_owned(),
                "Default" => "-->|otherwise|".to_owned(),
                _ if way.is_catch() => "-. error .->".to_owned(),
                _ => format!("-->|\"{}\"|", condition(*state, index)),
            };
            writeln!(picture, "    {} {arrow} {}", id(state.name), id(way.to))?;
        }
        for retrier in state.list("Retry").iter().filter(|retrier| waits(retrier)) {
            let names = strings(retrier, "ErrorEquals").join(", ");
            let pause = &retrier["IntervalSeconds"];
            let own = id(state.name);
            writeln!(picture, "    {own} -->|\"{names}: again in {pause} s\"| {own}")?;
        }
    }
    Ok(picture + "```\n")
}

// The ways of a choice begin with its rules, in their order.
fn condition(state: State<'_>, index: usize) -> String {
    let rule = state.list("Choices").get(index);
    let text = rule.and_then(|rule| rule["Condition"].as_str()).unwrap_or_default();
    inner(text).unwrap_or(text).replace('"', "#quot;")
}

/// Whether a retrier looks again at what takes its time, and not at a fault.
fn waits(retrier: &Value) -> bool {
    retrier["BackoffRate"].as_f64() == Some(1.0)
}

fn id(name: &str) -> String {
    let words = name.split(' ').map(project::pascal);
    words.collect()
}

fn sentences(machine: &Definition) -> String {
    let states = machine.reachable();
    let lines = states.iter().map(|state| format!("- **{}**: {}", state.name, state.comment()));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn errors(machine: &Definition) -> Result<String> {
    let tasks = machine.states().filter(|state| state.kind() == "Task").count();
    let mut found: BTreeMap<&str, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    for state in machine.states() {
        for retrier in state.list("Retry") {
            for name in strings(retrier, "ErrorEquals") {
                found
                    .entry(name)
                    .or_default()
                    .entry(again(retrier))
                    .or_default()
                    .insert(state.name);
            }
        }
        for catcher in state.list("Catch") {
            let next = format!("goes on with **{}**", catcher["Next"].as_str().unwrap_or_default());
            for name in strings(catcher, "ErrorEquals") {
                found.entry(name).or_default().entry(next.clone()).or_default().insert(state.name);
            }
        }
    }
    let mut table = "| Error | What the machine does | In |\n| --- | --- | --- |\n".to_owned();
    for (name, reactions) in found {
        for (reaction, states) in reactions {
            let names: Vec<_> = states.iter().copied().collect();
            let places =
                if states.len() == tasks { "every task".to_owned() } else { names.join(", ") };
            writeln!(table, "| `{name}` | {reaction} | {places} |")?;
        }
    }
    Ok(table)
}

fn again(retrier: &Value) -> String {
    let [pause, most] = ["IntervalSeconds", "MaxAttempts"].map(|field| &retrier[field]);
    if waits(retrier) {
        return format!("tries again every {pause} s, at most {most} times");
    }
    let longest = retrier.get("MaxDelaySeconds").unwrap_or(pause);
    format!("tries again after up to {pause} s, then up to {longest} s, at most {most} times")
}

fn examples() -> Result<String> {
    let all = Example::all()?;
    let lines =
        all.iter().map(|it| format!("- [{0}](examples/{0}.json): {1}", it.name, it.story()));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}
