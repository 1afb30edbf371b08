//! The state of the recorder.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::applications::Applications;
use super::failure::Rule;
use super::marker::Marker;
use super::request::RecordedRequest;

/// The valid key, until [`Recorder::expect_key`](super::Recorder::expect_key) sets another.
pub const API_KEY: &str = "local-api-key";

/// The state that the server and its owner share.
pub(crate) type SharedState = Arc<Mutex<State>>;

/// The valid keys, the applications, the rules of failures, and the requests so far.
#[derive(Debug)]
pub(crate) struct State {
    pub(super) key: String,
    pub(super) rest_key: Option<String>,
    pub(super) applications: Applications,
    pub(super) last_id: usize,
    pub(super) rules: Vec<Rule>,
    pub(super) requests: Vec<RecordedRequest>,
    pub(super) markers: Vec<Marker>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            key: API_KEY.to_owned(),
            rest_key: None,
            applications: Applications::of_every_name(1),
            last_id: 0,
            rules: Vec::new(),
            requests: Vec::new(),
            markers: Vec::new(),
        }
    }

    pub(super) fn next_id(&mut self) -> String {
        self.last_id += 1;
        format!("deployment-{}", self.last_id)
    }

    pub(super) fn keep(&mut self, marker: Marker) {
        self.markers.push(marker);
    }
}

/// The state, even if a thread that held it has panicked.
pub(crate) fn lock(state: &SharedState) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
