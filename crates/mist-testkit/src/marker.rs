//! A New Relic in memory.

use std::sync::Mutex;

use mist_core::{
    NewRelic,
    ports::{Marker, Outcome, Release},
};
use secrecy::SecretString;

use crate::lock;

/// A New Relic in memory.
#[derive(Debug, Default)]
pub struct FakeMarker {
    marks: Mutex<Vec<Release>>,
    broken: bool,
}

impl FakeMarker {
    /// A New Relic that is down.
    pub fn broken() -> Self {
        Self { broken: true, ..Self::default() }
    }

    /// What was marked.
    pub fn marks(&self) -> Vec<Release> {
        lock(&self.marks).clone()
    }
}

impl Marker for FakeMarker {
    async fn mark(&self, _settings: &NewRelic, _key: &SecretString, release: &Release) -> Outcome {
        if self.broken {
            return Outcome::Warning { reason: "New Relic answered 500".to_owned() };
        }
        let mut marks = lock(&self.marks);
        marks.push(release.clone());
        Outcome::Done { id: format!("mark-{}", marks.len()) }
    }
}
