//! Every error name has an entry in the runbook, and every entry an error name.

use std::collections::BTreeSet;

use mist_core::Error;

use crate::project::{self, Result, none};

/// What the runbook `text` lacks, or has too much of.
fn check(text: &str, names: &[&str]) -> Vec<String> {
    let headings = text.lines().filter_map(|line| {
        let heading = line.strip_prefix("### ").or_else(|| line.strip_prefix("## "))?;
        Some(heading.trim().trim_matches('`')).filter(|heading| heading.starts_with("Mist."))
    });
    let mut problems = Vec::new();
    let mut entries = BTreeSet::new();
    for heading in headings {
        if !names.contains(&heading) {
            problems
                .push(format!("docs/RUNBOOK.md: nothing raises `{heading}`; take its entry out"));
        }
        if !entries.insert(heading) {
            problems.push(format!("docs/RUNBOOK.md: has two entries for `{heading}`"));
        }
    }
    let missing = names.iter().filter(|name| !entries.contains(*name));
    problems
        .extend(missing.map(|name| format!("docs/RUNBOOK.md: has no entry `## {name}`; write it")));
    problems
}

#[test]
fn the_runbook_has_an_entry_for_every_error_name_and_for_no_other() -> Result {
    none(&check(&project::read("docs/RUNBOOK.md")?, Error::NAMES));
    Ok(())
}

#[test]
fn a_missing_a_misspelt_and_a_double_entry_are_found() {
    let names = ["Mist.NotReady", "Mist.Throttled"];
    assert!(check("# Runbook\n## Mist.NotReady\nWait.\n### `Mist.Throttled`\n", &names).is_empty());
    let says = |text, expected: &str| {
        let problems = check(text, &names);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{problems:?}");
    };
    says("## Mist.NotReady\n", "has no entry `## Mist.Throttled`");
    says("## Mist.NotReadyYet\n", "nothing raises `Mist.NotReadyYet`");
    says("## Mist.NotReady\n## Mist.NotReady\n", "two entries for `Mist.NotReady`");
}
