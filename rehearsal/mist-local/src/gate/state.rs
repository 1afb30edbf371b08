//! What the gate knows: the rules, the calls that passed, and answers that can be given again.

use std::collections::{HashMap, HashSet};

use super::call::Call;
use super::fault::Fault;
use super::wire::Message;

/// What shall go wrong, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The calls it is about.
    pub call: Call,
    /// Only calls that mention this text anywhere; `None` for all of them.
    pub about: Option<String>,
    /// The first of these calls that it happens to, counted from 1 and from when the rule was made.
    pub nth: usize,
    /// How often it happens.
    pub times: Times,
    /// What happens.
    pub fault: Fault,
}

/// How often something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Times {
    /// One call.
    Once,
    /// That call and all after it.
    Always,
}

/// A call that came to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// What it was.
    pub call: Call,
    /// What it asked for: method, path and body, and for a call about a change the request that made it.
    pub text: String,
    /// Whether the very same request was made and answered well before.
    pub repeated: bool,
    /// The status that the service answered with; `None` while it has not, or was not asked.
    pub status: Option<u16>,
    /// What was done to it.
    pub fault: Option<Fault>,
}

/// A call on its way.
pub(super) struct Arrival {
    /// Its place among the calls.
    pub(super) number: usize,
    pub(super) call: Call,
    /// What the rules want, and the number of the rule.
    pub(super) fault: Option<(usize, Fault)>,
    key: String,
}

struct Active {
    number: usize,
    rule: Rule,
    /// How many calls it was about so far.
    seen: usize,
    /// To how many it happened.
    hits: usize,
}

#[derive(Default)]
pub(super) struct State {
    rules: Vec<Active>,
    made: usize,
    calls: Vec<Passed>,
    /// The last good answer to each request that reads.
    answers: HashMap<String, Message>,
    answered: HashSet<String>,
    /// The request that made each change of Route 53, by the change's id.
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

    /// Takes a rule away and says to how many calls it happened.
    pub(super) fn remove(&mut self, number: usize) -> usize {
        let hits = self.hits(number);
        self.rules.retain(|it| it.number != number);
        hits
    }

    /// To how many calls a rule happened so far.
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

    /// Notes that `fault` really happened to a call.
    pub(super) fn hit(&mut self, arrival: &Arrival) {
        let Some((rule, fault)) = arrival.fault else { return };
        if let Some(active) = self.rules.iter_mut().find(|it| it.number == rule) {
            active.hits += 1;
        }
        if let Some(passed) = self.calls.get_mut(arrival.number) {
            passed.fault = Some(fault);
        }
    }

    /// Notes what the service answered.
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

    /// The answer that the same request got the last time.
    pub(super) fn stale(&self, arrival: &Arrival) -> Option<Message> {
        self.answers.get(&arrival.key).cloned()
    }
}

// A change is asked for by its id alone, so whose it is has to be remembered.
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
