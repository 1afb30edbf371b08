//! `mist help`: the help of a command, or of a topic that concerns all of them.

use clap::Command;
use serde_json::json;

use crate::{
    arguments::Help,
    command_line,
    failure::Failure,
    output::{self, Format},
    stacks::similar,
};

/// The topics, each with its text.
const TOPICS: [(&str, &str); 3] = [
    ("exit-codes", include_str!("help/exit_codes.txt")),
    ("environment", include_str!("help/environment.txt")),
    ("output", include_str!("help/output.txt")),
];

/// Prints the help of the command or the topic that is named; without one, that of mist.
pub(super) fn run(arguments: &Help, format: Format) -> Result<(), Failure> {
    let words: Vec<_> = arguments.words.iter().map(String::as_str).collect();
    let text = match words[..] {
        [word] if topic(word).is_some() => topic(word).unwrap_or_default().to_owned(),
        _ => help_of(&words)?,
    };
    match format {
        Format::Table => output::result(text.trim_end()),
        Format::Json => output::json(&json!({ "help": text })),
    }
    Ok(())
}

fn topic(name: &str) -> Option<&'static str> {
    TOPICS.iter().find(|(topic, _)| *topic == name).map(|(_, text)| *text)
}

/// The help of the command whose names, from the outermost one on, are `words`.
fn help_of(words: &[&str]) -> Result<String, Failure> {
    let mut command = command_line::command();
    command.build();
    let mut found = command;
    for (place, word) in words.iter().enumerate() {
        let next = found.find_subcommand(word).cloned();
        found = next.ok_or_else(|| unknown(&found, &words[..=place]))?;
    }
    Ok(found.render_long_help().to_string())
}

/// The failure that the last of `words` is no command below `command`, with a suggestion.
fn unknown(command: &Command, words: &[&str]) -> Failure {
    let mut names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
    if words.len() == 1 {
        names.extend(TOPICS.iter().map(|(name, _)| *name));
    }
    let suggested = words.last().and_then(|word| similar(word, &names));
    let suggested = suggested.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
    Failure::Usage(format!("there is no command or topic `{}`{suggested}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mist_core::error::Error;

    use super::*;

    #[test]
    fn the_help_of_a_nested_command_is_found() {
        let text = help_of(&["lock", "release"]).unwrap();
        assert!(text.contains("Usage: mist lock release"), "{text}");
        assert!(help_of(&[]).unwrap().contains("Usage: mist"));
    }

    #[test]
    fn an_unknown_word_has_a_suggestion_and_status_2() {
        let failure = help_of(&["lock", "relaese"]).unwrap_err();
        assert_eq!(failure.code(), 2);
        assert_eq!(
            failure.message(),
            "there is no command or topic `lock relaese`; did you mean `release`?"
        );
        assert!(help_of(&["exit-code"]).unwrap_err().message().contains("`exit-codes`"));
    }

    #[test]
    fn every_exit_code_is_documented() {
        let named = Error::NAMES.iter().map(|name| Failure::operation(name, String::new()).code());
        let codes: BTreeSet<_> = named.chain([0, 3, 4, 130]).collect();
        let documented = topic("exit-codes")
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.split(' ').next()?.parse::<u8>().ok());
        assert_eq!(documented.collect::<BTreeSet<_>>(), codes);
    }
}
