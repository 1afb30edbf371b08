//! The journal: every call of the API, as it came and what became of it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;

/// How many calls are kept; the oldest go first.
const KEPT: usize = 100_000;

/// One call of the API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// The operation, such as `UpdateEnvironment`; empty when none was named.
    pub operation: String,
    /// Its parameters, by their names on the wire.
    pub parameters: BTreeMap<String, String>,
    /// The access key that signed it.
    pub access_key: Option<String>,
    /// The identifier that the answer carries.
    pub request_id: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum Outcome {
    /// It is still running, or the caller hung up.
    Pending,
    /// It was answered with what was asked for.
    Success,
    /// It did its work, but the answer was lost on purpose.
    AnswerLost,
    /// It was refused.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The message.
        message: String,
    },
}

/// The latest calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: VecDeque<Call>,
    forgotten: usize,
}

impl Journal {
    /// Adds a call and returns its number.
    pub(crate) fn begin(&mut self, call: Call) -> usize {
        if self.calls.len() >= KEPT {
            self.calls.pop_front();
            self.forgotten += 1;
        }
        self.calls.push_back(call);
        self.forgotten + self.calls.len() - 1
    }

    /// Notes what became of a call, unless it has been forgotten.
    pub(crate) fn finish(&mut self, number: usize, outcome: Outcome) {
        if let Some(call) =
            number.checked_sub(self.forgotten).and_then(|index| self.calls.get_mut(index))
        {
            call.outcome = outcome;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.forgotten += self.calls.len();
        self.calls.clear();
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str) -> Call {
        Call {
            at: Timestamp::UNIX_EPOCH,
            operation: operation.to_owned(),
            parameters: BTreeMap::new(),
            access_key: None,
            request_id: String::new(),
            outcome: Outcome::Pending,
        }
    }

    #[test]
    fn the_outcome_reaches_its_call_though_others_were_forgotten() {
        let mut journal = Journal::default();
        for _ in 0..KEPT {
            journal.begin(call("Old"));
        }
        let number = journal.begin(call("New"));
        journal.finish(0, Outcome::Success);
        journal.finish(number, Outcome::Success);

        let calls = journal.calls();
        assert_eq!(calls.len(), KEPT);
        assert_eq!(calls.iter().filter(|call| call.outcome == Outcome::Success).count(), 1);
        assert_eq!(calls.last().map(|call| call.operation.as_str()), Some("New"));
    }

    #[test]
    fn a_call_that_was_cleared_away_stays_away() {
        let mut journal = Journal::default();
        let number = journal.begin(call("Old"));
        journal.clear();
        journal.begin(call("New"));
        journal.finish(number, Outcome::Success);
        assert_eq!(journal.calls()[0].outcome, Outcome::Pending);
    }
}
