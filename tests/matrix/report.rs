//! The table of results.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use mist_local::gate::{Fault, Times};
use mist_tests::Result;

use crate::{cases::Point, release::Verdict};

const HEAD: &str = "\
# Faults

What becomes of a release when one of its calls fails. Made by `MATRIX=all cargo test -p mist-tests --test matrix`.

A row is a call of a function: the service, the operation, and its number among such calls in the release. A column is
a fault of the call; [the gate](../rehearsal/mist-local/src/gate/fault.rs) defines each. A cell is the end of the
release: `done`, or the error that [RUNBOOK.md](RUNBOOK.md) explains (without its `Mist.`). Of two ends, the first is
that of one fault, and the second that of faults until the retries end. A dash is a fault that cannot happen, `not made`
is a poll that this release did not need, and ✗ marks a broken invariant.

After each case these invariants were checked: the record points to an environment that answers with the right version;
it points to the new environment only if the release succeeded, and then that one runs the new version; no client lost
a request; the runbook has an entry for the end; the lock is free; the history has the end of the release, and the
environment that is stored as live is live; the next release succeeds.

What the state machine writes into its tables by itself does not pass the gate, so it has no rows here.
";

/// Writes `docs/FAULTS.md`.
pub(crate) fn write(points: &[Point], verdicts: &[Verdict]) -> Result {
    let broken: Vec<_> = verdicts.iter().filter(|verdict| !verdict.broken.is_empty()).collect();
    let mut text = HEAD.to_owned();
    writeln!(
        text,
        "\n{} calls, {} cases, {} with a broken invariant.\n",
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
        text.push_str("\n## Broken invariants\n\n");
        for line in list(&broken) {
            writeln!(text, "- {line}")?;
        }
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FAULTS.md"), text)?;
    Ok(())
}

/// A line for each case with the invariants that it broke.
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
