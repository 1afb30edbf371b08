//! The results of a command on its instances.

use std::collections::BTreeMap;

use crate::host::{Notice, Report, StartError};

/// The log line of a command that fails without output.
pub(super) const FAILED: &str = "An error occurred during execution of command [app-deploy]";

/// The result of a command on one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Executed {
    Successful,
    Failed,
    TimedOut,
}

/// The results of a command on all its instances.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    results: Vec<(String, Executed)>,
    /// The reports of failed steps, by instance.
    failures: BTreeMap<String, String>,
    /// The warnings about commands, with their instances.
    warnings: Vec<(String, String)>,
    /// The events of the platform, each once.
    notices: Vec<Notice>,
    /// The sentences about steps that were not run, each once.
    omissions: Vec<String>,
}

/// The reason why a command did not succeed on an instance.
#[derive(Debug)]
pub(super) struct Failure {
    executed: Executed,
    /// A sentence, and below it up to 50 lines of output.
    text: String,
}

impl Failure {
    pub(super) fn of(error: &StartError) -> Self {
        let executed = match error {
            StartError::Late { .. } => Executed::TimedOut,
            _ => Executed::Failed,
        };
        Self { executed, text: error.to_string() }
    }
}

impl Summary {
    pub(super) fn of(ids: &[String], executed: Executed) -> Self {
        let results = ids.iter().map(|id| (id.clone(), executed)).collect();
        Self { results, ..Self::default() }
    }

    /// Adds the results of other instances.
    pub(super) fn append(&mut self, others: Self) {
        self.results.extend(others.results);
        self.failures.extend(others.failures);
        self.warnings.extend(others.warnings);
        self.notices.extend(others.notices);
        self.omissions.extend(others.omissions);
    }

    /// Adds the result of one instance.
    pub(super) fn add(&mut self, id: String, result: Result<(), Failure>) {
        let executed = match result {
            Ok(()) => Executed::Successful,
            Err(failure) => {
                self.failures.insert(id.clone(), failure.text);
                failure.executed
            }
        };
        self.results.push((id, executed));
    }

    /// Adds what an instance reports.
    pub(super) fn note(&mut self, id: &str, report: Report) {
        if let Some(omissions) = report.omissions() {
            self.warn(id, omissions.clone());
            if !self.omissions.contains(&omissions) {
                self.omissions.push(omissions);
            }
        }
        for notice in report.notices {
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
    }

    /// Adds a warning about a command.
    pub(super) fn warn(&mut self, id: &str, warning: String) {
        self.warnings.push((id.to_owned(), warning));
    }

    /// The events of the platform.
    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The sentences about steps that were not run.
    pub(super) fn omissions(&self) -> &[String] {
        &self.omissions
    }

    /// The report of an instance on which a command timed out by itself.
    pub(super) fn timeouts(&self) -> impl Iterator<Item = (&str, &str)> {
        let late = self.results.iter().filter(|(_, executed)| *executed == Executed::TimedOut);
        late.filter_map(|(id, _)| Some((id.as_str(), self.failures.get(id)?.as_str())))
    }

    /// The warnings, by instance.
    pub(super) fn warnings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.warnings.iter().map(|(id, warning)| (id.as_str(), warning.as_str()))
    }

    /// The report of the failed step on an instance: a sentence, and below it up to 50 lines of output.
    pub(super) fn failure(&self, id: &str) -> &str {
        self.failures.get(id).map_or(FAILED, String::as_str)
    }

    pub(crate) fn all_successful(&self) -> bool {
        self.results.iter().all(|(_, executed)| *executed == Executed::Successful)
    }

    /// The instances with this result.
    pub(crate) fn with(&self, wanted: Executed) -> Vec<&str> {
        self.results
            .iter()
            .filter(|(_, executed)| *executed == wanted)
            .map(|(id, _)| id.as_str())
            .collect()
    }

    /// The instances on which the command did not succeed.
    pub(crate) fn unsuccessful(&self) -> Vec<&str> {
        self.results
            .iter()
            .filter(|(_, executed)| *executed != Executed::Successful)
            .map(|(id, _)| id.as_str())
            .collect()
    }
}
