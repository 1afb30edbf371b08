//! The journal: every call of the API, as it came and what became of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

/// How many calls are kept; the oldest go first.
const KEPT: usize = 100_000;
/// How many bytes the calls that are kept may take.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// Roughly what a call, and each of its parameters, takes besides its texts.
const OVERHEAD: usize = 256;

/// One call of the API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// The operation, such as `UpdateEnvironment`; empty when none was named.
    pub operation: String,
    /// Its parameters, by their names on the wire.
    pub parameters: Arc<BTreeMap<String, String>>,
    /// The access key that signed it.
    pub access_key: Option<String>,
    /// The identifier that the answer carries.
    pub request_id: String,
    /// The HTTP status of the answer, if there is one.
    pub status: Option<u16>,
    /// What became of it.
    pub outcome: Outcome,
    /// The body of the answer as it was sent, if there is one.
    pub answer: Option<Arc<str>>,
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
    /// Its connection was broken on purpose before anything was done.
    Reset,
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
    bytes: usize,
}

impl Call {
    /// Roughly how much memory it takes.
    fn size(&self) -> usize {
        let parameters = self.parameters.iter();
        let parameters = parameters.map(|(name, value)| name.len() + value.len() + OVERHEAD);
        let answer = self.answer.as_ref().map_or(0, |answer| answer.len());
        OVERHEAD + self.operation.len() + answer + parameters.sum::<usize>()
    }
}

impl Journal {
    /// Adds a call and returns its number.
    pub(crate) fn begin(&mut self, call: Call) -> usize {
        self.bytes += call.size();
        self.calls.push_back(call);
        let number = self.forgotten + self.calls.len() - 1;
        self.shrink();
        number
    }

    /// Notes what became of a call and its answer, HTTP status and body, unless it has been forgotten.
    pub(crate) fn finish(&mut self, number: usize, outcome: Outcome, answer: Option<(u16, &str)>) {
        let index = number.checked_sub(self.forgotten);
        let Some(call) = index.and_then(|index| self.calls.get_mut(index)) else { return };
        call.outcome = outcome;
        if let Some((status, body)) = answer {
            call.status = Some(status);
            call.answer = Some(Arc::from(body));
            self.bytes += body.len();
        }
        self.shrink();
    }

    pub(crate) fn clear(&mut self) {
        self.forgotten += self.calls.len();
        self.calls.clear();
        self.bytes = 0;
    }

    /// The calls that are kept, oldest first.
    pub(crate) fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.iter()
    }

    fn shrink(&mut self) {
        // The latest stays, however large it is.
        while self.calls.len() > KEPT || (self.bytes > KEPT_BYTES && self.calls.len() > 1) {
            let Some(call) = self.calls.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(call.size());
            self.forgotten += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str) -> Call {
        Call {
            at: Timestamp::UNIX_EPOCH,
            operation: operation.to_owned(),
            parameters: Arc::default(),
            access_key: None,
            request_id: String::new(),
            status: None,
            outcome: Outcome::Pending,
            answer: None,
        }
    }

    #[test]
    fn the_outcome_reaches_its_call_though_others_were_forgotten() {
        let mut journal = Journal::default();
        for _ in 0..KEPT {
            journal.begin(call("Old"));
        }
        let number = journal.begin(call("New"));
        journal.finish(0, Outcome::Success, None);
        journal.finish(number, Outcome::Success, None);

        let calls: Vec<_> = journal.calls().collect();
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
        journal.finish(number, Outcome::Success, None);
        let outcomes: Vec<_> = journal.calls().map(|call| &call.outcome).collect();
        assert_eq!(outcomes, [&Outcome::Pending]);
    }

    #[test]
    fn long_answers_push_the_oldest_calls_out() {
        let mut journal = Journal::default();
        let answer = "x".repeat(KEPT_BYTES / 4);
        for _ in 0..6 {
            let number = journal.begin(call("Long"));
            journal.finish(number, Outcome::Success, Some((200, &answer)));
        }
        assert_eq!(journal.calls().count(), 3);
        assert!(journal.bytes <= KEPT_BYTES);
        let sizes: usize = journal.calls().map(Call::size).sum();
        assert_eq!(journal.bytes, sizes);
    }
}
