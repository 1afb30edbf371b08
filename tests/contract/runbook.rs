//! Every error name has an entry in the runbook, and every entry an error name; so has every reason for a missing
//! marker.

use std::collections::BTreeSet;

use mist_core::{error::Error, ports::MarkError};

use crate::{
    example::Example,
    project::{self, Result, none},
};

/// The missing and the needless entries of the runbook `text`.
fn check(text: &str, names: &[&str]) -> Vec<String> {
    let headings = text.lines().filter_map(|line| {
        let heading = line.strip_prefix("### ").or_else(|| line.strip_prefix("## "))?;
        Some(heading.trim().trim_matches('`'))
            .filter(|heading| heading.starts_with("Mist.") || heading.starts_with("NewRelic."))
    });
    let mut problems = Vec::new();
    let mut entries = BTreeSet::new();
    for heading in headings {
        if !names.contains(&heading) {
            problems.push(format!("docs/RUNBOOK.md: nothing raises `{heading}`; remove its entry"));
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
    let names = [Error::NAMES, MarkError::NAMES].concat();
    none(&check(&project::read("docs/RUNBOOK.md")?, &names));
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
    says("### NewRelic.Gone\n", "nothing raises `NewRelic.Gone`");
    says("## Mist.NotReadyYet\n", "nothing raises `Mist.NotReadyYet`");
    says("## Mist.NotReady\n## Mist.NotReady\n", "two entries for `Mist.NotReady`");
}

/// The names under which no execution ends in the local cloud, with the reason.
const NEVER_SEEN: &[(&str, &str)] = &[
    ("Mist.ArtifactChanged", "a bundle that is replaced within one call: a unit test of `deploy`"),
    ("Mist.Duplicate", "the execution succeeds then: the example `duplicate`"),
    ("Mist.SourceNotFetched", "the source is fetched then: the example `fetched`"),
    ("Mist.NotSwapped", "the failure of the swap is reported: the example `swap-refused`"),
    ("Mist.VerifyFailed", "the record is pointed back then: the example `swap-back-answer-lost`"),
    ("Mist.BakeFailed", "the record is pointed back then: the example `rolled-back`"),
    ("Mist.NotReady", "it is waited for, and then ends as `Mist.StepTimedOut`"),
    (
        "Mist.EnvironmentBusy",
        "mist waits for it, for hours: a golden trace waits for a managed update",
    ),
    ("Mist.RoleDenied", "the emulator lets every caller assume every role: a test of the adapter"),
    ("Mist.SecretMissing", "a warm-up without its password: a unit test of `warm`"),
    ("Mist.ServiceFailed", "an error that has no other name"),
];

#[test]
fn every_error_name_ends_a_golden_trace_or_an_example() -> Result {
    let mut seen = String::new();
    for file in project::entries("tests/scenarios/snapshots")? {
        seen.push_str(&project::read(file)?);
    }
    let examples = Example::all()?;
    let ends = |name: &&&str| {
        seen.contains(&format!("failed: {name}\n"))
            || examples.iter().any(|example| example.error() == Some(**name))
    };
    let excused = |name: &&&str| NEVER_SEEN.iter().any(|(excused, _)| *excused == **name);
    let missing = Error::NAMES.iter().filter(|name| !ends(name) && !excused(name));
    let mut problems: Vec<_> =
        missing.map(|name| format!("`{name}`: no story ends under it; write one")).collect();
    let needless = Error::NAMES
        .iter()
        .filter(|name| excused(name) && seen.contains(&format!("failed: {name}\n")));
    problems.extend(needless.map(|name| {
        format!("`{name}`: an execution ends so, and it is excused; remove the excuse")
    }));
    none(&problems);
    Ok(())
}
