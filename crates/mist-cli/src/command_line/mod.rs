//! The command line as a whole: what the commands have in common, and its errors.

mod examples;

use std::{ffi::OsString, process::ExitCode};

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use crate::{
    arguments::Arguments,
    failure::Failure,
    output::{self, Format},
};

/// The variable that names the stack for commands that need one.
const STACK: &str = "MIST_STACK";

/// A command line that is valid.
pub(crate) struct CommandLine {
    /// Its arguments.
    pub(crate) arguments: Arguments,
    /// The name of its command, such as `lock status`.
    pub(crate) name: String,
}

/// The command `mist`, with examples, and without the options of all commands in the help of each.
pub(crate) fn command() -> Command {
    let command = Arguments::command();
    let global: Vec<_> = command.get_arguments().filter(|it| it.is_global_set()).cloned().collect();
    let hidden: Vec<_> = global.into_iter().map(|it| it.hide(true)).collect();
    let finish = |sub: Command| finished(sub, "", &hidden);
    command.mut_subcommands(finish).after_help(
        "`mist COMMAND --help` has examples. Topics: `mist help exit-codes`, `environment`, `output`.",
    )
}

fn finished(command: Command, above: &str, hidden: &[clap::Arg]) -> Command {
    let path = format!("{above} {}", command.get_name()).trim_start().to_owned();
    let mut command = command.args(hidden.iter().cloned());
    if command.get_arguments().any(|it| it.get_id() == "stack" && it.is_required_set()) {
        command = command.mut_arg("stack", |it| it.env(STACK).hide_env_values(true));
    }
    let examples = examples::of(&path).map(|lines| {
        let lines: Vec<_> = lines.lines().map(|line| format!("  {}", line.trim())).collect();
        format!("Examples:\n{}\n\n", lines.join("\n"))
    });
    let after = format!(
        "{}Options of all commands: -o json, -r REGION, --profile PROFILE, --no-color (`mist --help`)",
        examples.unwrap_or_default()
    );
    command.after_help(after).mut_subcommands(|sub| finished(sub, &path, hidden))
}

/// Parses `words`. If they are invalid, or ask for help, what a person should see is printed, and the exit code is
/// returned.
pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<CommandLine, ExitCode> {
    let words: Vec<_> = words.into_iter().collect();
    let parsed = command().try_get_matches_from(&words).and_then(|matches| {
        let arguments = Arguments::from_arg_matches(&matches)?;
        Ok(CommandLine { arguments, name: name(&matches) })
    });
    parsed.map_err(|error| {
        if error.exit_code() == 0 {
            // Help, to a pipe that may be closed.
            drop(error.print());
        } else {
            // What was typed is in it, so it passes the same filter as all text.
            output::note(error.render().to_string().trim_end());
            explain(&error, &words);
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

/// Prints the document of `error` if `words` ask for JSON.
fn explain(error: &clap::Error, words: &[OsString]) {
    if !is_json(words) {
        return;
    }
    let message = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        "a command is missing".to_owned()
    } else {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let lines: Vec<_> = first.lines().map(str::trim).collect();
        lines.join(" ").trim_start_matches("error: ").to_owned()
    };
    let partial = command().ignore_errors(true).try_get_matches_from(words);
    let name = partial.map(|matches| name(&matches)).unwrap_or_default();
    output::end(&name, Some(&Failure::Usage(message)), Format::Json);
}

/// Whether `words`, which cannot be parsed, ask for JSON.
fn is_json(words: &[OsString]) -> bool {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let given = words.iter().enumerate().find_map(|(place, word)| match &**word {
        "-o" | "--output" => words.get(place + 1).map(|it| it.clone().into_owned()),
        word => ["--output=", "-o=", "-o"]
            .iter()
            .find_map(|it| word.strip_prefix(it))
            .map(str::to_owned),
    });
    given.or_else(|| std::env::var("MIST_OUTPUT").ok()).is_some_and(|format| format == "json")
}

/// The names of the subcommands of `matches`, from the outermost one on.
fn name(matches: &ArgMatches) -> String {
    let subs = std::iter::successors(matches.subcommand(), |(_, matches)| matches.subcommand());
    subs.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
