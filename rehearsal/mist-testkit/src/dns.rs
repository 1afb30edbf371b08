//! A hosted zone in memory.

use std::sync::Mutex;

use mist_core::{
    dns::record::{Change, Record, RecordRef},
    error::Error,
    ports::Dns,
};

use crate::mutex::lock;

/// A hosted zone in memory, with one record.
#[derive(Debug)]
pub struct FakeDns {
    record: Mutex<Option<Record>>,
    lose_answers: Mutex<u32>,
    rival: Mutex<Option<String>>,
}

impl FakeDns {
    /// A zone in which the record `which` points to `target`, with a TTL of 60 s.
    pub fn pointing(which: RecordRef, target: &str) -> Self {
        Self::with(Record { ttl_seconds: Some(60), alias: None, target: target.to_owned(), which })
    }

    /// A zone with `record`.
    pub fn with(record: Record) -> Self {
        Self {
            record: Mutex::new(Some(record)),
            lose_answers: Mutex::default(),
            rival: Mutex::default(),
        }
    }

    /// Points the record to `target`, as another client does.
    pub fn point(&self, target: &str) {
        if let Some(record) = lock(&self.record).as_mut() {
            target.clone_into(&mut record.target);
        }
    }

    /// Deletes the record, as another client does.
    pub fn delete(&self) {
        *lock(&self.record) = None;
    }

    /// The target of the record.
    pub fn target(&self) -> Option<String> {
        lock(&self.record).as_ref().map(|record| record.target.clone())
    }

    /// The whole record.
    pub fn current(&self) -> Option<Record> {
        lock(&self.record).clone()
    }

    /// Makes another client point the record to `target` just before the next change. If that change has the same
    /// target, it is a repeated request whose first answer was lost.
    pub fn move_first(&self, target: &str) {
        *lock(&self.rival) = Some(target.to_owned());
    }

    /// Makes the next change succeed and lose its answer.
    pub fn lose_next_answer(&self) {
        *lock(&self.lose_answers) = 1;
    }
}

impl Dns for FakeDns {
    async fn record(&self, which: &RecordRef) -> Result<Record, Error> {
        lock(&self.record).clone().filter(|record| record.which == *which).ok_or_else(|| {
            Error::RecordMissing {
                kind: which.kind.to_string(),
                name: which.name.to_string(),
                zone: which.zone.clone(),
            }
        })
    }

    async fn replace(&self, from: &Record, to: &Record) -> Result<Change, Error> {
        if let Some(target) = lock(&self.rival).take() {
            self.point(&target);
        }
        let mut record = lock(&self.record);
        if record.as_ref() != Some(from) {
            return Err(Error::RecordChanged {
                name: from.which.name.to_string(),
                expected: from.to_string(),
                found: record.as_ref().map_or_else(String::new, ToString::to_string),
            });
        }
        *record = Some(to.clone());
        if std::mem::take(&mut *lock(&self.lose_answers)) > 0 {
            return Err(Error::ServiceUnavailable {
                service: "route53",
                message: "no answer".to_owned(),
            });
        }
        Ok(Change { id: "C1".to_owned() })
    }
}
