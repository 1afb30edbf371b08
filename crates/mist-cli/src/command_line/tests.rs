//! What all commands have in common.

use super::*;
use crate::arguments::{Command as Chosen, Operate};

fn words(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

fn parsed(line: &str) -> CommandLine {
    parse(words(line)).unwrap_or_else(|_| panic!("`{line}` is invalid"))
}

/// The visible commands that can be run by themselves, by their names.
fn leaves(command: &Command, above: &str, found: &mut Vec<(String, Command)>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{above} {}", sub.get_name()).trim_start().to_owned();
        leaves(sub, &path, found);
        if !sub.is_subcommand_required_set() {
            found.push((path, sub.clone()));
        }
    }
}

fn all() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    let mut command = command();
    command.build();
    leaves(&command, "", &mut found);
    found
}

#[test]
fn the_command_line_is_well_formed() {
    command().debug_assert();
}

#[test]
fn every_command_has_examples_that_are_valid() {
    let commands = all();
    assert!(commands.len() > 15, "{commands:?}");
    for (name, _) in &commands {
        let examples = examples::of(name).unwrap_or_else(|| panic!("`{name}` has no example"));
        for line in examples.lines() {
            let line = line.trim().split("  ").next().unwrap().trim();
            let Some(line) = line.strip_prefix("mist ") else { continue };
            let line = line.split(" | ").next().unwrap().split(" > ").next().unwrap();
            let CommandLine { name: of, .. } = parsed(&format!("mist {line}"));
            assert_eq!(of, *name, "`mist {line}` is an example of another command");
        }
        assert!(examples.contains(&format!("mist {name}")), "{name}: {examples}");
    }
}

#[test]
fn the_result_of_every_command_is_in_the_schema() {
    let schema = include_str!("../../../../mist-output.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let rules = schema["allOf"].as_array().unwrap();
    let of_rule = |rule: &serde_json::Value| rule["if"]["properties"]["command"]["enum"].clone();
    let named: Vec<_> =
        rules.iter().filter_map(|it| of_rule(it).as_array().cloned()).flatten().collect();
    for (name, _) in all() {
        // These print a file and no document.
        let is_file = ["completion", "config schema"].contains(&name.as_str());
        assert_eq!(named.contains(&name.as_str().into()), !is_file, "`{name}`");
    }
}

#[test]
fn no_example_is_of_a_command_that_does_not_exist() {
    let names: Vec<_> = all().into_iter().map(|(name, _)| name).collect();
    for (name, _) in examples::EXAMPLES {
        assert!(names.iter().any(|it| it == name), "`{name}` is no command");
    }
}

#[test]
fn the_help_of_a_command_does_not_repeat_the_options_of_all() {
    for (name, mut sub) in all() {
        let help = sub.render_long_help().to_string();
        assert!(!help.contains("--profile <PROFILE>"), "{name}: {help}");
        assert!(help.contains("Options of all commands: -o json"), "{name}: {help}");
    }
    let help = command().render_long_help().to_string();
    assert!(help.contains("--profile <PROFILE>"), "{help}");
}

#[test]
fn an_option_of_all_commands_has_the_same_effect_in_every_place() {
    for line in ["mist -o json status", "mist status -o json", "mist --output=json status"] {
        assert_eq!(parsed(line).arguments.output, Format::Json, "{line}");
    }
    let line = "mist lock -r eu-west-1 status -s QA --profile prod --no-color";
    let CommandLine { arguments, name } = parsed(line);
    assert_eq!(name, "lock status");
    assert_eq!(arguments.region.as_deref(), Some("eu-west-1"));
    assert_eq!(arguments.profile.as_deref(), Some("prod"));
    assert!(arguments.no_color);
}

#[test]
fn an_invalid_command_line_has_exit_code_2() {
    for line in ["mist", "mist deploy", "mist deploy -s Q/A", "mist relaese", "mist -o xml status"]
    {
        assert!(parse(words(line)).is_err(), "{line}");
    }
}

#[test]
fn words_that_cannot_be_parsed_can_ask_for_json() {
    for line in ["mist no -o json", "mist -ojson", "mist --output=json no", "mist no --output json"]
    {
        assert!(is_json(&words(line)), "{line}");
    }
    for line in ["mist no", "mist no -o table", "mist no --output", "mist no json"] {
        assert!(!is_json(&words(line)), "{line}");
    }
}

#[test]
fn the_stack_of_a_command_that_needs_one_can_be_a_variable() {
    for (name, sub) in all() {
        let stack = sub.get_arguments().find(|it| it.get_id() == "stack");
        let Some(stack) = stack.filter(|it| it.is_required_set()) else { continue };
        assert_eq!(stack.get_env().and_then(|it| it.to_str()), Some("MIST_STACK"), "{name}");
    }
    let Chosen::Operate(Operate::Swap(swap)) = parsed("mist swap -s QA").arguments.command else {
        panic!("another command");
    };
    assert_eq!(swap.operation.execution.stack.as_str(), "QA");
}
