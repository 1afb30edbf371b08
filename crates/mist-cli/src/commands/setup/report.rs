//! Tells what setup found: a line as it is found, and everything at the end.

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use serde_json::json;

use super::finding::{Finding, Verdict};
use crate::{
    arguments::Format,
    failure::Failure,
    output::{self, note},
};

// Wide enough for a name of an environment beside a sentence, and narrow enough for a terminal.
const WIDTH: u16 = 120;

/// What was found and done so far. Whatever is added is told at once.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
    stored: Vec<String>,
}

impl Report {
    /// Adds what was found, and tells a person.
    pub(super) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let Finding { about, check, verdict, found, .. } = &finding;
            note(format!("{} {about}: {check}: {found}", verdict.sign()));
            self.findings.push(finding);
        }
    }

    /// Adds what was done, and tells a person.
    pub(super) fn stored(&mut self, what: impl Into<String>) {
        let what = what.into();
        note(format!("✓ {what}"));
        self.stored.push(what);
    }

    /// Whether `check` found something about `about` that blocks.
    pub(super) fn refused(&self, about: &str, check: &str) -> bool {
        let refused = |it: &Finding| it.verdict == Verdict::Blocking && it.check == check;
        self.findings.iter().any(|it| it.about == about && refused(it))
    }

    /// Whether releases of `about` would fail.
    pub(super) fn blocks(&self, about: &str) -> bool {
        self.findings.iter().any(|it| it.about == about && it.verdict == Verdict::Blocking)
    }

    /// Prints everything; what blocks releases is a failure.
    pub(super) fn end(&self, format: Format) -> Result<(), Failure> {
        let outcome = self.outcome();
        match format {
            Format::Json => output::json(&json!({
                "good": outcome.is_ok(), "findings": self.findings, "stored": self.stored,
            })),
            Format::Table => output::result(table(&self.findings)),
        }
        outcome
    }

    fn outcome(&self) -> Result<(), Failure> {
        match self.findings.iter().filter(|it| it.verdict == Verdict::Blocking).count() {
            0 => Ok(()),
            1 => Err(Failure::Setup("1 finding must be dealt with".to_owned())),
            many => Err(Failure::Setup(format!("{many} findings must be dealt with"))),
        }
    }
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["", "about", "check", "found", "what to do"]);
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
            Finding::warning("QA", "platform", "the sides differ", "bring both to one platform"),
            Finding::blocking(
                "QA",
                "record",
                "it is not there",
                "docs/RUNBOOK.md#mistrecordmissing",
            ),
        ];
        insta::assert_snapshot!(table(&findings));
    }

    #[test]
    fn only_what_blocks_is_a_failure() {
        let mut report = Report::default();
        report.add([Finding::warning("QA", "platform", "the sides differ", "change that")]);
        assert!(!report.blocks("QA") && report.outcome().is_ok());
        report.add([Finding::blocking("QA", "record", "it is not there", "make it")]);
        assert!(report.blocks("QA") && !report.blocks("UAT"));
        let Failure::Setup(problem) = report.outcome().unwrap_err() else {
            panic!("another kind of failure");
        };
        assert_eq!(problem, "1 finding must be dealt with");
    }
}
