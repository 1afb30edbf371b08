//! The report of setup: a line for each finding at once, and all findings at the end.

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;

use super::finding::{Finding, Verdict};
use crate::{
    failure::Failure,
    output::{self, Format, counted, note},
};

// Wide enough for the name of an environment beside a sentence, and narrow enough for a terminal.
const WIDTH: u16 = 120;

/// The findings and changes so far. Each is printed as soon as it is added.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    stored: Vec<String>,
}

impl Report {
    /// Adds and prints findings.
    pub(super) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Finding { about, check, verdict, found, .. } = &finding;
            note(format!("{} {about}: {check}: {found}", verdict.sign()));
            self.findings.push(finding);
        }
    }

    /// Adds and prints a change.
    pub(super) fn stored(&mut self, what: impl Into<String>) {
        let what = what.into();
        note(format!("✓ {what}"));
        self.stored.push(what);
    }

    /// Whether `check` of `about` has a finding that blocks.
    pub(super) fn failed(&self, about: &str, check: &str) -> bool {
        let failed = |it: &Finding| it.verdict == Verdict::Blocking && it.check == check;
        self.findings.iter().any(|it| it.about == about && failed(it))
    }

    /// Whether `about` has a finding that blocks.
    pub(super) fn blocks(&self, about: &str) -> bool {
        self.findings.iter().any(|it| it.about == about && it.verdict == Verdict::Blocking)
    }

    /// Prints the findings with a remedy, and the verdict. A finding that blocks is a failure.
    pub(super) fn end(&self, format: Format) -> Result<(), Failure> {
        let outcome = self.outcome();
        match format {
            Format::Json => output::json(&json!({
                "good": outcome.is_ok(), "findings": self.findings, "stored": self.stored,
            })),
            Format::Table => {
                // The others were printed as they were found, and need no remedy.
                let open: Vec<_> = self.findings.iter().filter(|it| it.remedy.is_some()).collect();
                if !open.is_empty() {
                    output::table(&mut table(&open));
                }
                output::result(self.verdict());
            }
        }
        outcome
    }

    /// The number of findings of each verdict, in a line.
    fn verdict(&self) -> String {
        let number = |verdict| {
            let found = self.findings.iter().filter(|it| it.verdict == verdict).count();
            u64::try_from(found).unwrap_or_default()
        };
        let good = counted(number(Verdict::Good), "check");
        let warnings = counted(number(Verdict::Warning), "warning");
        match number(Verdict::Blocking) {
            0 => format!("✓ {good} passed, {warnings}"),
            blocking => format!("✗ {good} passed, {blocking} failed, {warnings}"),
        }
    }

    fn outcome(&self) -> Result<(), Failure> {
        match self.findings.iter().filter(|it| it.verdict == Verdict::Blocking).count() {
            0 => Ok(()),
            1 => Err(Failure::Setup("setup is not complete: 1 check failed".to_owned())),
            many => Err(Failure::Setup(format!("setup is not complete: {many} checks failed"))),
        }
    }
}

fn table(findings: &[&Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["", "about", "check", "found", "remedy"]);
    for finding in findings {
        table.add_row([
            finding.verdict.sign(),
            &finding.about,
            &finding.check,
            &finding.found,
            finding.remedy.as_deref().unwrap_or_default(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_a_table_with_their_remedies() {
        let findings = [
            Finding::good("account", "credentials", "arn:aws:iam::123456789012:user/ada"),
            Finding::skipped("QA", "New Relic", "mist.yaml names no application"),
            Finding::warning(
                "QA",
                "platform",
                "the platforms differ",
                "update both to one platform",
            ),
            Finding::blocking(
                "QA",
                "record",
                "it does not exist",
                "docs/RUNBOOK.md#mistrecordmissing",
            ),
        ];
        insta::assert_snapshot!(table(&findings.iter().collect::<Vec<_>>()));
    }

    #[test]
    fn only_a_finding_that_blocks_is_a_failure() {
        let mut report = Report::default();
        report.add([Finding::warning("QA", "platform", "the platforms differ", "update both")]);
        assert!(!report.blocks("QA") && report.outcome().is_ok());
        report.add([Finding::blocking("QA", "record", "it does not exist", "create it")]);
        assert!(report.blocks("QA") && !report.blocks("UAT"));
        let Failure::Setup(problem) = report.outcome().unwrap_err() else {
            panic!("another kind of failure");
        };
        assert_eq!(problem, "setup is not complete: 1 check failed");
        assert_eq!(report.verdict(), "✗ 0 checks passed, 1 failed, 1 warning");
    }
}
