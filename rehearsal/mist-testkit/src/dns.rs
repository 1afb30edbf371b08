//! A hosted zone in memory.

use std::sync::Mutex;

use mist_core::{
    dns::{
        names::StackNames,
        record::{AliasTarget, Change, Record, RecordRef, RecordType},
        set::{Page, Place, RecordSet},
    },
    error::Error,
    ports::Dns,
};

use crate::mutex::lock;

/// The number of record sets on a page of Route 53.
const PAGE: usize = 300;

/// A hosted zone in memory. Its first record set is that of the stack's domain.
#[derive(Debug)]
pub struct FakeDns {
    zone: String,
    sets: Mutex<Vec<RecordSet>>,
    lose_answers: Mutex<u32>,
    rival: Mutex<Option<String>>,
    pages: Mutex<u32>,
}

impl FakeDns {
    /// A zone in which the domain of `names` points to `target`: by a CNAME with a TTL of 60 s, or an alias of type A.
    pub fn pointing(names: StackNames, target: &str) -> Self {
        let kind = names.kind.first().to_string();
        let set = match names.kind {
            RecordType::Cname => simple(&kind, names.name.as_str(), target),
            RecordType::Alias => alias(&kind, names.name.as_str(), target),
        };
        Self::of(names.zone, set)
    }

    /// A zone with `record`.
    pub fn with(record: Record) -> Self {
        let RecordRef { zone, name, kind } = record.which.clone();
        let set = RecordSet {
            name: name.to_string(),
            kind: kind.to_string(),
            targets: vec![record.target],
            ttl_seconds: record.ttl_seconds,
            alias: record.alias,
            feature: None,
        };
        Self::of(zone, set)
    }

    fn of(zone: String, set: RecordSet) -> Self {
        Self {
            zone,
            sets: Mutex::new(vec![set]),
            lose_answers: Mutex::default(),
            rival: Mutex::default(),
            pages: Mutex::default(),
        }
    }

    /// Adds `set`, as another client does.
    pub fn add(&self, set: RecordSet) {
        lock(&self.sets).push(set);
    }

    /// Adds the CNAME `name` that points to `target`.
    pub fn add_cname(&self, name: &str, target: &str) {
        self.add(simple("CNAME", name, target));
    }

    /// Adds the alias `name` of type `kind` that points to `target`.
    pub fn add_alias(&self, kind: &str, name: &str, target: &str) {
        self.add(alias(kind, name, target));
    }

    /// Points the record of the domain to `target`, as another client does.
    pub fn point(&self, target: &str) {
        if let Some(set) = lock(&self.sets).first_mut() {
            set.targets = vec![target.to_owned()];
        }
    }

    /// Deletes the record of the domain, as another client does.
    pub fn delete(&self) {
        let mut sets = lock(&self.sets);
        if !sets.is_empty() {
            sets.remove(0);
        }
    }

    /// Deletes the set `name` of type `kind`, as another client does.
    pub fn delete_set(&self, kind: &str, name: &str) {
        lock(&self.sets).retain(|set| set.kind != kind || set.name != name);
    }

    /// The target of the domain.
    pub fn target(&self) -> Option<String> {
        lock(&self.sets).first()?.targets.first().cloned()
    }

    /// The whole record of the domain.
    pub fn current(&self) -> Option<Record> {
        lock(&self.sets).first()?.record(&self.zone).ok()
    }

    /// Type, name and target of all record sets.
    pub fn all(&self) -> Vec<String> {
        lock(&self.sets).iter().map(RecordSet::described).collect()
    }

    /// The number of pages that were read.
    pub fn pages(&self) -> u32 {
        *lock(&self.pages)
    }

    /// Makes another client point the record of the domain to `target` just before the next change. If that change has
    /// the same target, it is a repeated request whose first answer was lost.
    pub fn move_first(&self, target: &str) {
        *lock(&self.rival) = Some(target.to_owned());
    }

    /// Makes the next change succeed and lose its answer.
    pub fn lose_next_answer(&self) {
        *lock(&self.lose_answers) = 1;
    }
}

fn simple(kind: &str, name: &str, target: &str) -> RecordSet {
    RecordSet {
        name: name.to_owned(),
        kind: kind.to_owned(),
        targets: vec![target.to_owned()],
        ttl_seconds: Some(60),
        alias: None,
        feature: None,
    }
}

fn alias(kind: &str, name: &str, target: &str) -> RecordSet {
    let alias = AliasTarget { zone: "Z117KPS5GTRQ2G".to_owned(), evaluate_health: false };
    RecordSet { ttl_seconds: None, alias: Some(alias), ..simple(kind, name, target) }
}

impl Dns for FakeDns {
    async fn page(&self, zone: &str, from: Option<&Place>) -> Result<Page, Error> {
        *lock(&self.pages) += 1;
        if zone != self.zone {
            return Err(Error::HostedZoneMissing { zone: zone.to_owned() });
        }
        let sets = lock(&self.sets);
        let begin = |place: &Place| {
            let begins = |set: &RecordSet| {
                set.name == place.name && place.kind.as_ref().is_none_or(|kind| *kind == set.kind)
            };
            sets.iter().position(begins).unwrap_or(sets.len())
        };
        let mut rest = sets.iter().skip(from.map(begin).unwrap_or_default());
        let page = rest.by_ref().take(PAGE).cloned().collect();
        let next = rest.next().map(|set| Place {
            name: set.name.clone(),
            kind: Some(set.kind.clone()),
            identifier: None,
        });
        Ok(Page { sets: page, next })
    }

    async fn replace(&self, moves: &[(Record, Record)]) -> Result<Change, Error> {
        if let Some(target) = lock(&self.rival).take() {
            self.point(&target);
        }
        let mut sets = lock(&self.sets);
        let mut next = sets.clone();
        for (from, to) in moves {
            let named = |set: &&mut RecordSet| {
                set.name == from.which.name.as_str() && set.kind == from.which.kind.to_string()
            };
            let set = next.iter_mut().find(named);
            let found = set.as_ref().and_then(|set| set.record(&self.zone).ok());
            let (Some(set), true) = (set, found.as_ref() == Some(from)) else {
                return Err(Error::RecordChanged {
                    name: from.which.name.to_string(),
                    expected: from.to_string(),
                    found: found.map_or_else(|| "nothing".to_owned(), |found| found.to_string()),
                });
            };
            set.targets = vec![to.target.clone()];
            set.ttl_seconds = to.ttl_seconds;
        }
        *sets = next;
        if std::mem::take(&mut *lock(&self.lose_answers)) > 0 {
            return Err(Error::ServiceUnavailable {
                service: "route53",
                message: "no answer".to_owned(),
            });
        }
        Ok(Change { id: "C1".to_owned() })
    }
}
