//! The results of a command on its instances.

use std::collections::BTreeMap;

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
    /// The warnings about commands that succeeded, by instance.
    warnings: BTreeMap<String, String>,
}

impl Summary {
    pub(super) fn of(ids: &[String], executed: Executed) -> Self {
        let results = ids.iter().map(|id| (id.clone(), executed)).collect();
        Self { results, ..Self::default() }
    }

    /// Adds the result of one instance: success, or the report of the failed step.
    pub(super) fn add(&mut self, id: String, result: Result<(), String>) {
        let executed = if result.is_ok() { Executed::Successful } else { Executed::Failed };
        if let Err(failure) = result {
            self.failures.insert(id.clone(), failure);
        }
        self.results.push((id, executed));
    }

    /// Adds a warning about a command that succeeded.
    pub(super) fn warn(&mut self, id: &str, warning: String) {
        self.warnings.insert(id.to_owned(), warning);
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
