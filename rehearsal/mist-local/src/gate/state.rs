//! The state of the gate: rules, calls, and answers to repeat.

use std::collections::{HashMap, HashSet};

use super::call::Call;
use super::fault::Fault;
use super::wire::Message;

/// A fault, and the calls that it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The kind of calls.
    pub call: Call,
    /// The text that a call must contain; `None` matches all calls.
    pub about: Option<String>,
    /// The first matching call that fails, counted from 1 since the rule was added.
    pub nth: usize,
    /// The number of calls that fail.
    pub times: Times,
    /// The fault.
    pub fault: Fault,
}

/// The number of calls that a rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Times {
    /// One call.
    Once,
    /// That call and all later calls.
    Always,
}

/// A call that the gate received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The kind of call.
    pub call: Call,
    /// The request: method, path and body. For a call about a change of Route 53, also the request of that change.
    pub text: String,
    /// Whether the same request has succeeded before.
    pub repeated: bool,
    /// The status of the service's answer; `None` if there is no answer yet, or the service was not called.
    pub status: Option<u16>,
    /// The fault that it got; `None` if it passed.
    pub fault: Option<Fault>,
}

/// A call that is being handled.
pub(super) struct Arrival {
    /// The index among the calls.
    pub(super) number: usize,
    pub(super) call: Call,
    /// The number of the matching rule, and its fault.
    pub(super) fault: Option<(usize, Fault)>,
    key: String,
}

struct Active {
    number: usize,
    rule: Rule,
    /// The number of matching calls so far.
    seen: usize,
    /// The number of calls that failed.
    hits: usize,
}

#[derive(Default)]
pub(super) struct State {
    rules: Vec<Active>,
    made: usize,
    calls: Vec<Passed>,
    /// The last successful answer to each read.
    answers: HashMap<String, Message>,
    answered: HashSet<String>,
    /// The request of each change of Route 53, by the id of the change.
    changes: HashMap<String, String>,
}

impl State {
    pub(super) fn calls(&self) -> &[Passed] {
        &self.calls
    }

    pub(super) fn add(&mut self, rule: Rule) -> usize {
        self.made += 1;
        self.rules.push(Active { number: self.made, rule, seen: 0, hits: 0 });
        self.made
    }

    /// Removes a rule, and returns the number of calls that it made fail.
    pub(super) fn remove(&mut self, number: usize) -> usize {
        let hits = self.hits(number);
        self.rules.retain(|it| it.number != number);
        hits
    }

    /// The number of calls that a rule made fail so far.
    pub(super) fn hits(&self, number: usize) -> usize {
        self.rules.iter().find(|it| it.number == number).map_or(0, |it| it.hits)
    }

    pub(super) fn arrive(&mut self, request: &Message, upstream: u16) -> Arrival {
        let call = Call::of(request);
        let mut text = request.text();
        let key = format!("{upstream} {text}");
        if let Some(made_by) = change_asked_for(request).and_then(|id| self.changes.get(id)) {
            text = format!("{text} {made_by}");
        }
        let mut fault = None;
        for active in &mut self.rules {
            let Rule { call: of, about, nth, times, fault: wanted } = &active.rule;
            if *of != call || about.as_ref().is_some_and(|about| !text.contains(about)) {
                continue;
            }
            active.seen += 1;
            let fires = match times {
                Times::Once => active.seen == *nth,
                Times::Always => active.seen >= *nth,
            };
            if fires && fault.is_none() {
                fault = Some((active.number, *wanted));
            }
        }
        let number = self.calls.len();
        let repeated = self.answered.contains(&key);
        self.calls.push(Passed { call: call.clone(), text, repeated, status: None, fault: None });
        Arrival { number, call, fault, key }
    }

    /// Records that the fault was applied to the call.
    pub(super) fn hit(&mut self, arrival: &Arrival) {
        let Some((rule, fault)) = arrival.fault else { return };
        if let Some(active) = self.rules.iter_mut().find(|it| it.number == rule) {
            active.hits += 1;
        }
        if let Some(passed) = self.calls.get_mut(arrival.number) {
            passed.fault = Some(fault);
        }
    }

    /// Records the service's answer.
    pub(super) fn answered(&mut self, arrival: &Arrival, answer: &Message) {
        let status = answer.status();
        let Some(passed) = self.calls.get_mut(arrival.number) else { return };
        passed.status = Some(status);
        if !(200..300).contains(&status) {
            return;
        }
        if let Some(id) = change_made(&arrival.call, answer) {
            self.changes.insert(id, passed.text.clone());
        }
        self.answered.insert(arrival.key.clone());
        if arrival.call.is_read() {
            self.answers.insert(arrival.key.clone(), answer.clone());
        }
    }

    /// The previous answer to the same request.
    pub(super) fn stale(&self, arrival: &Arrival) -> Option<Message> {
        self.answers.get(&arrival.key).cloned()
    }
}

// GetChange has only the id of the change, so the request that made it is kept.
fn change_asked_for(request: &Message) -> Option<&str> {
    request.path().strip_prefix("/2013-04-01/change/")
}

fn change_made(call: &Call, answer: &Message) -> Option<String> {
    if call.operation != "ChangeResourceRecordSets" {
        return None;
    }
    let text = str::from_utf8(&answer.content).ok()?;
    let (_, rest) = text.split_once("<Id>")?;
    let (id, _) = rest.split_once("</Id>")?;
    Some(id.trim_start_matches("/change/").to_owned())
}
