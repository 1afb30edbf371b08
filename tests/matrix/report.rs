//! The table of results.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use mist_local::gate::{Fault, Times};
use mist_tests::Result;

use crate::{cases::Point, release::Verdict};

const HEAD: &str = "\
# Faults

What becomes of a release when one of its calls fails. Made by `MATRIX=all cargo test -p mist-tests --test matrix`.

A row is a call of a function: which service, which operation, and which of several such calls in the release. A column
is what happens to it; [the gate](../rehearsal/mist-local/src/gate/fault.rs) says what each means. A cell says how the
release ends: `done`, or the error that [RUNBOOK.md](RUNBOOK.md) explains (without its `Mist.`). Of two ends, the first
is when it happens once, and the second when it goes on until the retries end. A dash is what cannot happen, `not made`
is a poll that this release did not need, and ✗ marks a broken promise.

After each case these were checked: the name leads to a side that answers with the version it must; it leads to the new
side only if the release succeeded, and then that side runs the new version; no client lost a request; the end has a
name that the runbook knows; the lock is free; the history says how it ended, and what is remembered as live is live;
the next release succeeds.

What the state machine writes into its tables by itself does not pass the gate, so it has no rows here.
";

/// Writes `docs/FAULTS.md`.
pub(crate) fn write(points: &[Point], verdicts: &[Verdict]) -> Result {
    let broken: Vec<_> = verdicts.iter().filter(|verdict| !verdict.broken.is_empty()).collect();
    let mut text = HEAD.to_owned();
    writeln!(
        text,
        "\n{} calls, {} cases, {} with a broken promise.\n",
        points.len(),
        verdicts.len(),
        broken.len()
    )?;
    text.push_str(&table(points, verdicts));
    text.push_str("\n## Ends\n\n| end | cases |\n| --- | --- |\n");
    let mut ends = BTreeMap::new();
    for verdict in verdicts {
        *ends.entry(verdict.end.as_str()).or_insert(0) += 1;
    }
    for (end, count) in ends {
        writeln!(text, "| `{end}` | {count} |")?;
    }
    if !broken.is_empty() {
        text.push_str("\n## Broken promises\n\n");
        for line in list(&broken) {
            writeln!(text, "- {line}")?;
        }
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FAULTS.md"), text)?;
    Ok(())
}

/// A line for each case with the promises that it broke.
pub(crate) fn list(broken: &[&Verdict]) -> Vec<String> {
    broken.iter().map(ToString::to_string).collect()
}

fn table(points: &[Point], verdicts: &[Verdict]) -> String {
    let mut rows = vec![vec!["call".to_owned()], vec!["---".to_owned()]];
    rows[0].extend(Fault::ALL.map(|fault| fault.to_string()));
    rows[1].extend(Fault::ALL.map(|_| "---".to_owned()));
    for point in points {
        let mut row = vec![point.to_string()];
        row.extend(Fault::ALL.map(|fault| cell(point, fault, verdicts)));
        rows.push(row);
    }
    let lines: Vec<_> = rows.iter().map(|row| format!("| {} |", row.join(" | "))).collect();
    lines.join("\n") + "\n"
}

fn cell(point: &Point, fault: Fault, verdicts: &[Verdict]) -> String {
    let end = |times: Times| {
        let is_it = |verdict: &&Verdict| {
            let case = &verdict.case;
            case.point == *point && case.fault == fault && case.times == times
        };
        let verdict = verdicts.iter().find(is_it)?;
        let name = verdict.end.trim_start_matches("Mist.");
        Some(match (verdict.broken.is_empty(), verdict.hits) {
            (true, 0) => "not made".to_owned(),
            (true, _) => name.to_owned(),
            (false, _) => format!("{name} ✗"),
        })
    };
    match (end(Times::Once), end(Times::Always)) {
        (None, None) => "–".to_owned(),
        (Some(once), Some(always)) if once != always => format!("{once}, {always}"),
        (Some(end), _) | (None, Some(end)) => end,
    }
}
