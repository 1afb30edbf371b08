//! `mist explain`: the entry of the runbook for the name of an error.

use serde_json::json;

use crate::{
    arguments::Explain,
    failure::Failure,
    output::{self, Format},
    stacks::similar,
};

/// The runbook of this version of mist.
const RUNBOOK: &str = include_str!("../../../../docs/RUNBOOK.md");

/// Prints the entry of an error. An unknown name is refused, with a suggestion.
pub(crate) fn run(arguments: &Explain, format: Format) -> Result<(), Failure> {
    let entry = find(&arguments.name).ok_or_else(|| unknown(&arguments.name))?;
    match format {
        Format::Table => {
            output::heading(entry.name);
            output::result(entry.text);
            output::result(format!("\n{}", entry.section));
        }
        Format::Json => output::json(&json!({
            "error": entry.name, "text": entry.text, "section": entry.section,
        })),
    }
    Ok(())
}

/// The entry of an error in the runbook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry<'a> {
    /// The name of the error.
    pub(crate) name: &'a str,
    /// What it means, what mist did, and what to do.
    pub(crate) text: &'a str,
    /// The text that all errors of the section share; empty if there is none.
    pub(crate) section: &'a str,
}

/// The entries of the runbook, in their order.
fn entries(runbook: &str) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    for part in runbook.split("\n## ").skip(1) {
        let mut pieces = part.split("\n### ");
        let section = pieces.next().and_then(|it| it.split_once('\n')).map_or("", |it| it.1).trim();
        for piece in pieces {
            let (name, text) = piece.split_once('\n').unwrap_or((piece, ""));
            let (name, text) = (name.trim().trim_matches('`'), text.trim());
            found.push(Entry { name, text, section });
        }
    }
    found
}

/// The entry of the error `name`, which may be without its prefix and in any case.
pub(crate) fn find(name: &str) -> Option<Entry<'static>> {
    let is_it = |entry: &Entry<'_>| {
        let own = entry.name.split_once('.').map_or("", |(_, own)| own);
        entry.name.eq_ignore_ascii_case(name) || own.eq_ignore_ascii_case(name)
    };
    entries(RUNBOOK).into_iter().find(is_it)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<_> = entries(RUNBOOK).iter().map(|entry| entry.name).collect();
    let prefixed = if name.contains('.') { name.to_owned() } else { format!("Mist.{name}") };
    let suggested = similar(&prefixed, &names).map(|it| format!("; did you mean `{it}`?"));
    Failure::Usage(format!("the runbook has no error `{name}`{}", suggested.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use mist_core::{error::Error, ports::MarkError};

    use super::*;

    #[test]
    fn every_error_has_an_entry() {
        for name in [Error::NAMES, MarkError::NAMES].concat() {
            let entry = find(name).unwrap_or_else(|| panic!("docs/RUNBOOK.md has no entry {name}"));
            assert_eq!(entry.name, name);
            assert!(entry.text.len() > 20 && !entry.text.contains("\n## "), "{entry:?}");
        }
    }

    #[test]
    fn a_name_is_found_in_any_case_and_without_its_prefix() {
        assert_eq!(find("locked"), find("Mist.Locked"));
        assert_eq!(find("MIST.LOCKED"), find("Mist.Locked"));
        assert!(find("Mist.Locked").unwrap().text.contains("lock"));
    }

    #[test]
    fn an_unknown_name_has_a_suggestion_and_status_2() {
        let failure = unknown("Lockd");
        assert_eq!(failure.code(), 2);
        assert_eq!(
            failure.message(),
            "the runbook has no error `Lockd`; did you mean `Mist.Locked`?"
        );
    }

    #[test]
    fn an_entry_ends_before_the_next_heading() {
        let runbook = "# Runbook\n\n## One\n\nShared.\n\n### Mist.A\nDo a.\n\n### `Mist.B`\nDo b.\n\n## Two\n\n### Mist.C\nDo c.\n";
        let found = entries(runbook);
        let named: Vec<_> = found.iter().map(|it| (it.name, it.text, it.section)).collect();
        let expected = [
            ("Mist.A", "Do a.", "Shared."),
            ("Mist.B", "Do b.", "Shared."),
            ("Mist.C", "Do c.", ""),
        ];
        assert_eq!(named, expected);
    }
}
