//! Output: results to standard output, everything else to standard error. Nothing else writes to either, and all text
//! passes [`shown`] on its way.

pub(crate) mod document;
mod failure_text;
mod style;
mod tables;
mod times;
mod visible;

use std::io::Write as _;

use clap::ValueEnum;
use comfy_table::Table;
use console::Term;
use serde::Serialize;

pub(crate) use self::times::{ago, moment, took};
use crate::failure::Failure;

/// The output format.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// `text` as it is printed: no character of it can command the terminal or hide, and signs have colors if `colors`.
fn shown(text: &str, colors: bool) -> String {
    style::signs(&visible::visible(text), colors)
}

/// Prints a result.
pub(crate) fn result(text: impl std::fmt::Display) {
    out(&shown(&text.to_string(), console::colors_enabled()));
}

/// Prints the heading of a part of a result.
pub(crate) fn heading(text: &str) {
    out(&style::bold(&visible::visible(text), console::colors_enabled()));
}

/// Prints the file that a command makes, as it is and in place of a document.
pub(crate) fn file(bytes: &[u8]) {
    document::is_file();
    drop(std::io::stdout().lock().write_all(bytes));
}

/// Prints no colors from now on.
pub(crate) fn without_colors() {
    console::set_colors_enabled(false);
    console::set_colors_enabled_stderr(false);
}

/// Prints a table, whose first line or first framed line is its heading.
pub(crate) fn table(table: &mut Table) {
    out(&drawn(table, &Term::stdout(), console::colors_enabled()));
}

fn drawn(table: &mut Table, terminal: &Term, colors: bool) -> String {
    tables::drawn(table, terminal.size_checked().map(|(_, columns)| columns.into()), colors)
}

/// Keeps the result of the command for programs. [`end`] prints it when the command ends.
pub(crate) fn json(value: &impl Serialize) {
    document::result(value);
}

/// Prints the document of `command`, which ended with `failure` or succeeded, if `format` is JSON.
pub(crate) fn end(command: &str, failure: Option<&Failure>, format: Format) {
    if format == Format::Json
        && let Some(text) = document::take(command, failure)
    {
        out(&visible::visible_json(&text));
    }
}

// A reader that closed the pipe, such as `head`, is no failure of the command.
fn out(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// `number` with the noun `one`, or its plural with an *s*.
pub(crate) fn counted(number: impl Into<u64>, one: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Prints progress or a hint for a person.
pub(crate) fn note(text: impl std::fmt::Display) {
    error(&shown(&text.to_string(), console::colors_enabled_stderr()));
}

/// Prints a difference, whose lines begin with `-`, `+` or a space.
pub(crate) fn difference(text: &str) {
    error(&style::difference(&visible::visible(text), console::colors_enabled_stderr()));
}

/// Prints `question` without the end of a line, and returns the answer; `None` if standard input cannot be read.
pub(crate) fn prompt(question: &str) -> Option<String> {
    let mut stderr = std::io::stderr().lock();
    let question = shown(question, false);
    drop(write!(stderr, "{question} ").and_then(|()| stderr.flush()));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok().map(|_| answer)
}

/// `text` on one line, as the spinner shows it.
pub(crate) fn one_line(text: &str) -> String {
    visible::visible(text).replace(['\n', '\t'], " ")
}

/// `text` after `first` columns, in lines that fit the terminal of progress and are indented by `indent`.
pub(crate) fn wrapped(text: &str, first: usize, indent: usize) -> String {
    style::wrapped(text, first, indent, style::width(&Term::stderr()))
}

fn error(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

/// Prints a failure for a person.
pub(crate) fn failure(failure: &Failure) {
    for line in failure_text::lines(failure) {
        note(line);
    }
}

#[cfg(test)]
mod tests;
