//! The journal: every API call, with its parameters and its outcome.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

/// The most calls that are kept. The oldest are dropped first.
const KEPT: usize = 100_000;
/// The most bytes that the kept calls may use.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// The approximate bytes of a call, and of each parameter, without their texts.
const OVERHEAD: usize = 256;

/// One API call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The date of the call.
    pub at: Timestamp,
    /// The operation, such as `UpdateEnvironment`; empty if the call has none.
    pub operation: String,
    /// The parameters, by their names on the wire.
    pub parameters: Arc<BTreeMap<String, String>>,
    /// The access key that signed the call.
    pub access_key: Option<String>,
    /// The request ID in the answer.
    pub request_id: String,
    /// The HTTP status of the answer, if any.
    pub status: Option<u16>,
    /// The outcome.
    pub outcome: Outcome,
    /// The body of the answer as it was sent, if any.
    pub answer: Option<Arc<str>>,
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub enum Outcome {
    /// The call is in progress, or the caller hung up.
    Pending,
    /// The call succeeded.
    Success,
    /// The call succeeded, and a fault dropped its answer.
    AnswerLost,
    /// A fault cut the connection before the call had an effect.
    Reset,
    /// The call was refused.
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
    /// The approximate memory that the calls use, in bytes.
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

    /// Records the outcome of a call, and the HTTP status and body of its answer. A call that was dropped is ignored.
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
        // The latest call stays, whatever its size.
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
    fn the_outcome_reaches_its_call_after_older_calls_were_dropped() {
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
